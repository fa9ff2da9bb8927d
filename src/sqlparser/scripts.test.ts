/**
 * Whole scripts: sakila with its routines (where the shared folder is there), and what mysqldump and mariadb-dump write. Every statement
 * parses, and printing gives the same tree.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Statement } from "./ast.ts";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { parse, parseScript } from "./parse.ts";
import { print } from "./printer.ts";

const sakila = `${import.meta.dirname}/../../../shared/data/sakila`;
const environments: readonly Environment[] = [{ ...mysqlEnvironment, version: 90700 }, mariadbEnvironment];

const plain = (tree: Statement) =>
  JSON.stringify(tree, (key, value: unknown) => (key === "text" && typeof value === "string" ? "" : value));

/** How many statements of each kind the script has. */
function read(script: string, environment: Environment): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { statement } of parseScript(script, environment)) {
    counts.set(statement.kind, (counts.get(statement.kind) ?? 0) + 1);
    const printed = print(statement, environment);
    assert.equal(plain(parse(printed, environment)), plain(statement), printed.slice(0, 500));
  }
  return counts;
}

if (existsSync(sakila))
  for (const environment of environments)
    test(`sakila, ${environment.flavour}`, () => {
      const schema = read(readFileSync(`${sakila}/schema.sql`, "utf8"), environment);
      assert.equal(schema.get("CreateTable"), 16);
      assert.equal(schema.get("CreateRoutine"), 6);
      assert.equal(schema.get("CreateView"), 7);
      assert.ok((read(readFileSync(`${sakila}/data.sql`, "utf8"), environment).get("Insert") ?? 0) > 10);
    });

for (const environment of environments)
  test(`a dump of ${environment.flavour}`, () => {
    const file = environment.flavour === "mysql" ? "mysqldump" : "mariadb-dump";
    const counts = read(readFileSync(`${import.meta.dirname}/testdata/${file}.sql`, "utf8"), environment);
    for (const kind of [
      "CreateTable",
      "CreateView",
      "CreateTrigger",
      "CreateRoutine",
      "CreateEvent",
      "Insert",
      "LockTables",
    ])
      assert.ok((counts.get(kind) ?? 0) > 0, `no ${kind}`);
  });
