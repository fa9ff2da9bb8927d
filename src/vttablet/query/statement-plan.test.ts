/** Where binds stand in a text, and where only something that looks like one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesValue, integerValue, textValue } from "../../sqltypes/value.ts";
import { planStatement, prepareForm, renderStatement } from "./statement-plan.ts";

const binds = {
  a: integerValue(1),
  b: textValue("x'y"),
  raw: bytesValue(Buffer.from([0, 255])),
  list: { type: "TUPLE", values: [integerValue(1), textValue("two")] },
} as const;
const render = (text: string) => renderStatement(planStatement(text), binds);

test("binds are replaced, look-alikes are not", () => {
  assert.equal(render("select :a, :b"), "select 1, 'x''y'");
  assert.equal(render("select * from t where x in ::list"), "select * from t where x in (1, 'two')");
  assert.equal(
    render("select ':a', \":a\", `:a`, 'it''s :a', 'q\\' :a' /* :a */ -- :a\n, :a # :a"),
    "select ':a', \":a\", `:a`, 'it''s :a', 'q\\' :a' /* :a */ -- :a\n, 1 # :a",
  );
  assert.equal(render("set @x := 5"), "set @x := 5");
  assert.equal(render("select :raw"), "select x'00ff'");
});

test("a prepared form has a parameter for each value", () => {
  const { text, parameters } = prepareForm(planStatement("select :a in ::list, ':a'"), binds);
  assert.equal(text, "select ? in (?, ?), ':a'");
  assert.equal(parameters.length, 3);
});

test("missing binds and lists in the wrong place are refused", () => {
  assert.throws(() => render("select :nope"), { code: "VT26008" });
  assert.throws(() => render("select :list"), { code: "VT26008" });
  assert.throws(() => render("select ::a"), { code: "VT26008" });
  assert.throws(() => render("select :constructor"), { code: "VT26008" });
});

test("kinds", () => {
  const kind = (text: string) => planStatement(text).kind;
  assert.equal(kind("/* c */ (select 1)"), "select");
  assert.equal(kind("  -- c\n insert into t values (1)"), "change");
  assert.equal(kind("select next 5 values from seq"), "nextval");
  assert.deepEqual(planStatement("select next :n values from `ks`.`seq`").sequence, { table: "seq", count: ":n" });
  assert.equal(kind("create table t (a int)"), "ddl");
  assert.equal(kind("rollback to sp"), "other");
  assert.equal(kind("rollback"), "transaction");
  assert.equal(kind("show tables"), "other");
  for (const text of ["set @a = 1", "use other", "lock tables t read", "create temporary table t (a int)"])
    assert.equal(kind(text), "session", text);
});

test("the sidecar is seen where it is a name, not where it is text", () => {
  for (const text of ["select * from _vt.t", "select * from `_vt` . t", "delete from _VT.x"])
    assert.ok(planStatement(text).touchesSidecar, text);
  for (const text of ["select '_vt.t'", "select _vt from t", "select a_vt.x from a_vt"])
    assert.ok(!planStatement(text).touchesSidecar, text);
});
