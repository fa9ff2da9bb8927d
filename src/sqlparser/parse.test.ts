/** Statements that parse, statements that do not, and the form of the error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { parse } from "./parse.ts";
import { SqlSyntaxError } from "./syntax-error.ts";

test("an error is the server's 1064 with the offending text and its line", () => {
  assert.throws(
    () => parse("select a\nfrom t\nwhere group by x"),
    (error: unknown) => {
      assert.ok(error instanceof SqlSyntaxError);
      assert.equal(error.errno, 1064);
      assert.equal(error.sqlState, "42000");
      assert.equal(error.line, 3);
      assert.match(error.message, /MySQL server version .* near 'group by x' at line 3$/);
      return true;
    },
  );
  assert.throws(() => parse("selec 1", mariadbEnvironment), /MariaDB server version .* near 'selec 1' at line 1$/);
});

test("depth is limited, and long chains are", () => {
  const nested = (n: number) => `select ${"(".repeat(n)}1${")".repeat(n)}`;
  parse(nested(400));
  assert.throws(() => parse(nested(100_000)), /memory exhausted near/);
  assert.throws(() => parse(`select ${"-".repeat(2).replaceAll("-", "- ").repeat(50_000)}1`), /memory exhausted near/);
  assert.throws(() => parse(`select 1${" + 1".repeat(100_000)}`), /memory exhausted near/);
  const many = parse(`select 1${" or a = 1".repeat(10_000)}`);
  assert.equal(many.kind, "Select");
});

test("joins without a condition lean to the left", () => {
  const plain = (sql: string) => {
    const query = parse(sql, mysqlEnvironment);
    assert.equal(query.kind, "Select");
    return JSON.stringify(query.kind === "Select" ? query.from : undefined);
  };
  assert.equal(plain("select 1 from a join b join c on x"), plain("select 1 from (a join b) join c on x"));
  assert.equal(plain("select 1 from a join b join c on x on y"), plain("select 1 from a join (b join c on x) on y"));
});
