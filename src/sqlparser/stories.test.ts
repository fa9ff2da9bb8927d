/**
 * The stories of testdata: SQL in, canonical text out. First line of a case: `mysql` or `mariadb`, then sql_modes, or
 * `normalize` or `redact` first. Each printed text must parse to the same tree again.
 */
import assert from "node:assert/strict";
import { VtError } from "../base/errors.ts";
import type { Statement } from "./ast.ts";
import { directivesOf } from "./directives.ts";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { normalize } from "./normalize.ts";
import { parse } from "./parse.ts";
import { print } from "./printer.ts";
import { redact } from "./redact.ts";
import { splitScript } from "./split.ts";
import { testStories } from "../testing/stories.ts";

testStories(`${import.meta.dirname}/testdata`, ({ words: [first = "", ...rest], input }) => {
  const isCommand = first !== "mysql" && first !== "mariadb";
  const [flavour, ...modes] = isCommand ? rest : [first, ...rest];
  const base = flavour === "mariadb" ? mariadbEnvironment : mysqlEnvironment;
  const environment: Environment = modes.length === 0 ? base : { ...base, sqlMode: modes.join(",") };
  switch (first) {
    case "mysql":
    case "mariadb":
      return input
        .split("\n")
        .map((line) => printTwice(line, environment))
        .join("\n");
    case "normalize":
      return input
        .split("\n")
        .map((line) => normalized(line, environment))
        .join("\n");
    case "redact":
      return redact(input, environment);
    case "directives":
      return input
        .split("\n")
        .map((line) => JSON.stringify(directivesOf(parse(line, environment))))
        .join("\n");
    case "split":
      return [...splitScript(input, environment)]
        .map(({ text, line }) => `${line}: ${JSON.stringify(text)}`)
        .join("\n");
    default:
      throw new Error(`unknown command ${first}`);
  }
});

/** The canonical text, or the error; checks that the text means the same tree. */
function printTwice(sql: string, environment: Environment): string {
  let tree: Statement;
  try {
    tree = parse(sql, environment);
  } catch (error) {
    if (error instanceof VtError) return error.message;
    return `1064 ${String((error as Error).message).replace(/^.* near /, "near ")}`;
  }
  const text = print(tree, environment);
  assert.deepEqual(withoutText(parse(text, environment)), withoutText(tree), text);
  return text;
}

/** SelectItem.text is as written: the one field that printing may change. */
function withoutText(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === "text" && typeof inner === "string" ? "" : inner)));
}

function normalized(sql: string, environment: Environment): string {
  const { statement, binds } = normalize(parse(sql, environment));
  const values = Object.entries(binds).map(([name, value]) =>
    "values" in value
      ? `${name}: (${value.values.map((item) => `${item.type} ${String(item.bytes)}`).join(", ")})`
      : `${name}: ${value.type} ${String(value.bytes)}`,
  );
  return [print(statement, environment), ...values.map((value) => `  ${value}`)].join("\n");
}
