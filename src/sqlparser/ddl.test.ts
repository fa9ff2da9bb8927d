/** Definitions, administration, SHOW, and what ORMs and sysbench send: what a server takes parses, and printing it gives back the same tree. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { comparable } from "../testing/sql-trees.ts";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { hasCommentsWithin } from "./head-comments.ts";
import { parse } from "./parse.ts";
import { print } from "./printer.ts";

const mysql: Environment = { ...mysqlEnvironment, version: 90700 };
const mariadb: Environment = { ...mariadbEnvironment, version: 110800 };
const lines = (name: string) =>
  readFileSync(`${import.meta.dirname}/testdata/${name}.sql`, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");

/** A comment behind the first word is printed behind the first word; queries that begin otherwise have none there. */
function checkComment(sql: string, environment: Environment): void {
  if (/^\s*(\(|with|values|table|\/)/i.test(sql)) return;
  const comment = "/*vt+ WORKLOAD_NAME=a */";
  const tree = parse(sql.replace(/^\s*\w+/, `$& ${comment} `), environment);
  if (hasCommentsWithin(tree.kind) && !("comments" in tree)) return;
  const printed = print(tree, environment);
  assert.ok(printed.includes(comment), `${sql}\n${printed}`);
  assert.equal(comparable(parse(printed, environment)), comparable(tree), `${sql}\n${printed}`);
}

for (const [flavour, environment, files] of [
  ["MySQL", mysql, ["ddl-both", "ddl-mysql", "ddl-vitess", "corpus-both", "corpus-mysql"]],
  ["MariaDB", mariadb, ["ddl-both", "ddl-mariadb", "ddl-mariadb-11", "ddl-vitess", "corpus-both", "corpus-mariadb"]],
] as const)
  for (const file of files)
    test(`${flavour}: ${file}`, () => {
      for (const sql of lines(file)) {
        const tree = parse(sql, environment);
        const printed = print(tree, environment);
        assert.equal(comparable(parse(printed, environment)), comparable(tree), `${sql}\n${printed}`);
        checkComment(sql, environment);
      }
    });
