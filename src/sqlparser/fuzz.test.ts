/**
 * Hostile input: random bytes, token soup and mutated statements. Nothing may crash but with the servers' errors, nothing
 * may take more than linear time, and whatever parses must print to text that parses to the same tree.
 * FUZZ_SEED and FUZZ_ROUNDS choose another run.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Statement } from "./ast.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { comparable } from "../testing/sql-trees.ts";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { keywords } from "./keywords.ts";
import { Lexer } from "./lexer.ts";
import { lexicalRules } from "./lexical-rules.ts";
import { normalize } from "./normalize.ts";
import { parse } from "./parse.ts";
import { print } from "./printer.ts";
import { redact } from "./redact.ts";
import { splitMargins, splitScript } from "./split.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20261122);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 4000);
const random = seededRandom(seed);
const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;

const environments: readonly Environment[] = [
  mysqlEnvironment,
  mariadbEnvironment,
  { ...mysqlEnvironment, sqlMode: "ANSI,NO_BACKSLASH_ESCAPES" },
  { ...mysqlEnvironment, sqlMode: "HIGH_NOT_PRECEDENCE,PIPES_AS_CONCAT" },
  { ...mariadbEnvironment, sqlMode: "ORACLE" },
];

/** Parses, or answers undefined for an error of the server's, or of what we refuse; anything else that is thrown fails the test. */
function tryParse(sql: string, environment: Environment): Statement | undefined {
  try {
    return parse(sql, environment);
  } catch (error) {
    if (error instanceof ServerError && (error.errno === 1064 || error.errno === 1065)) return undefined;
    if (error instanceof VtError && (error.code === "VT20022" || error.code === "VT12001")) return undefined;
    throw new Error(`seed ${seed}: ${JSON.stringify(sql)}`, { cause: error });
  }
}

function checkRoundTrip(sql: string, environment: Environment): boolean {
  const tree = tryParse(sql, environment);
  if (tree === undefined) return false;
  const text = print(tree, environment);
  const where = `seed ${seed} ${environment.flavour} "${environment.sqlMode}"\n  ${sql}\n  ${text}`;
  const again = tryParse(text, environment);
  assert.ok(again !== undefined, `the printed text does not parse: ${where}`);
  assert.equal(comparable(again), comparable(tree), `another tree: ${where}`);
  assert.equal(print(again, environment), text, `another text: ${where}`);
  const normal = normalize(tree);
  assert.equal(tryParse(print(normal.statement, environment), environment) !== undefined, true, `normalized: ${where}`);
  return true;
}

/** The statements of the stories, as lists of tokens. */
function corpus(): readonly (readonly string[])[] {
  const folder = `${import.meta.dirname}/testdata/`;
  const rules = lexicalRules(mysqlEnvironment);
  const found: string[][] = [];
  for (const file of readdirSync(folder))
    for (const line of readFileSync(folder + file, "utf8").split("\n")) {
      if (line.startsWith("#") || !line.includes(" ")) continue;
      const lexer = new Lexer(line, rules);
      const tokens: string[] = [];
      for (lexer.next(); lexer.token !== "end" && lexer.token !== "invalid"; lexer.next())
        tokens.push(line.slice(lexer.start, lexer.position));
      if (tokens.length > 0) found.push(tokens);
    }
  return found;
}

test("mutated statements", (t) => {
  t.diagnostic(`seed ${seed}`);
  const statements = corpus();
  const words = [...new Set(statements.flat()), ...keywords];
  let accepted = 0;
  for (let i = 0; i < rounds; i++) {
    const tokens = [...pick(statements)];
    for (let j = random.below(3); j >= 0; j--) {
      const at = random.below(tokens.length + 1);
      const other = pick(statements);
      const from = random.below(other.length);
      if (random.below(3) === 0) tokens.splice(at, 1);
      else if (random.below(2) === 0) tokens.splice(at, random.below(2), pick(words));
      else tokens.splice(at, random.below(2), ...other.slice(from, from + 1 + random.below(5)));
    }
    if (checkRoundTrip(tokens.join(" "), pick(environments))) accepted++;
  }
  assert.ok(accepted > rounds / 50, `${accepted} of ${rounds} parsed`);
});

test("token soup", () => {
  const words = [...new Set(corpus().flat()), ...keywords];
  for (let i = 0; i < rounds; i++) {
    const start = pick(["select", "select a from t", "insert into t", "create", "alter table t", "set", "show", ""]);
    const soup = Array.from({ length: random.below(30) }, () => pick(words));
    checkRoundTrip([start, ...soup].join(" "), pick(environments));
  }
});

test("random characters", () => {
  const marks = "'\"`\\/*!-#@:.,;()[]{}<>=|&^~+%$?_ \n\t\0xXbBnN019aeE\u00e9\udc80".split("");
  for (let i = 0; i < rounds; i++) {
    const text = Array.from({ length: random.below(60) }, () =>
      random.below(4) === 0 ? String.fromCharCode(random.below(0x10000)) : pick(marks),
    ).join("");
    const environment = pick(environments);
    checkRoundTrip(text, environment);
    checkRoundTrip(`select ${text}`, environment);
    redact(text, environment);
    for (const piece of splitScript(text, environment)) assert.ok(text.includes(piece.text));
    const { leading, statement, trailing } = splitMargins(text, environment);
    assert.ok(text.startsWith(leading) && text.endsWith(trailing) && text.includes(statement));
  }
});

test("long hostile texts end soon", () => {
  const length = 200_000;
  const units = [
    "(",
    "((select 1) union ",
    "select ",
    "'",
    "/*",
    "/*!",
    "a.",
    "@",
    "-",
    "not ",
    "case ",
    "1 in (",
    "[",
    "begin ",
    "if a then ",
    "a join ",
    "(a join ",
    "select * from (",
    "x'",
    "1e",
    "`",
    "with a as (",
    "if(",
    "- - ",
    "!",
    "a = ",
    "a or ",
    "values (",
    "interval ",
    "{",
    "exists (",
    "a b ",
    "create table t (",
    ", ",
    "partition by ",
    "case when ",
    "a :=",
    "@a := ",
    "--",
    "# \n",
    ";",
    "row(",
  ];
  for (const unit of units)
    for (const start of ["", "select ", "select a from ", "insert into t values ", "create procedure p() "]) {
      const text = start + unit.repeat(length / unit.length);
      for (const environment of [mysqlEnvironment, mariadbEnvironment]) {
        const tree = tryParse(text, environment);
        if (tree !== undefined) print(tree, environment);
      }
    }
});
