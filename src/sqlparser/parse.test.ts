/** Statements that parse, statements that do not, and the form of the error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { cutFirst, parse, parseMany, parseScript, print } from "./parse.ts";
import { decodeSource, encodeText } from "./source.ts";
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

test("a text of many statements, and a script with delimiters", () => {
  const texts = [...parseMany("select ?; select ';' ; insert into t values (?, ?)")].map(({ statement }) =>
    print(statement),
  );
  assert.deepEqual(texts, ["select :v1", "select ';'", "insert into t values (:v1, :v2)"]);
  assert.throws(() => [...parseMany("select 1 2; select 3")], SqlSyntaxError);
  const script = "create table t (a int);\ndelimiter //\ncreate procedure p() begin select 1; select 2; end//\n";
  assert.deepEqual(
    [...parseScript(script)].map(({ statement }) => statement.kind),
    ["CreateTable", "CreateRoutine"],
  );
});

test("bytes that are no UTF-8 come back as they were", () => {
  const bytes = Buffer.concat([Buffer.from("select _binary'"), Buffer.of(0xff, 0xc3, 0x28, 0x80), Buffer.from("é'")]);
  const statement = parse(decodeSource(bytes));
  assert.deepEqual(
    encodeText(print(statement)),
    Buffer.from(bytes.toString("latin1").replace("_binary'", "_binary '"), "latin1"),
  );
});

test("client character sets whose letters hold a backslash or a quote", () => {
  // In gbk 0xBF5C is one letter, whose second byte is a backslash.
  const bytes = Buffer.concat([Buffer.from("select '"), Buffer.of(0xbf, 0x5c), Buffer.from("'")]);
  const statement = parse(decodeSource(bytes, "gbk"));
  assert.equal(print(statement), "select '縗'");
});

test("the first of several statements is cut off, bodies and all", () => {
  const trigger = "create trigger t before insert on a for each row begin set @x = ';'; set @y = 2; end";
  assert.deepEqual(cutFirst(`${trigger}; select 2; select 3`), { text: trigger, rest: "select 2; select 3" });
  assert.deepEqual(cutFirst("select ';' ; -- no more\n"), { text: "select ';' ; -- no more\n", rest: "" });
  assert.deepEqual(cutFirst("select from; select 2"), { text: "select from; select 2", rest: "" });
  assert.deepEqual(cutFirst(""), { text: "", rest: "" });
});
