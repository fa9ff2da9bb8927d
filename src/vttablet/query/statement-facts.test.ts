/** What the tree of a statement tells: which plan, which tables, and whether its answer may be shared. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { statementFacts } from "./statement-facts.ts";

test("plans, tables and locked rows", () => {
  const facts = (text: string) => {
    const { planType, tables, lockedRows } = statementFacts(text);
    return [planType, tables.join(" "), ...(lockedRows === undefined ? [] : [lockedRows])].join(" | ");
  };
  assert.equal(facts("select a from t join vt_ks.u using (id) where id = :id"), "Select | t u");
  assert.equal(facts("select next :n values from seq"), "Nextval | seq");
  assert.equal(facts("update t set a = 1 where id = :id limit 1"), "UpdateLimit | t | t where id = :id");
  assert.equal(facts("delete from t where id in ::ids"), "Delete | t | t where id in ::ids");
  assert.equal(facts("delete from t"), "Delete | t");
  assert.equal(facts("alter table t add column x int"), "DDL | t");
  assert.equal(facts("select GET_LOCK('a', 1)"), "SelectLockFunc | ");
  assert.equal(facts("flush local tables t"), "Flush | t");
  assert.equal(facts("optimize table t"), "OtherAdmin | t");
  assert.equal(facts("this is no statement"), "OtherRead | ");
  assert.equal(statementFacts("this is no statement").needs, "unknown");
});

test("answers that differ from call to call, or that lock, are not shared", () => {
  const shareable = (text: string) => statementFacts(text).isShareable;
  for (const text of [
    "select id, count(*) from t where name like :a and x between 1 and 2 group by id order by id limit 5",
    "select lower(name) from t where id in (select id from u)",
    "select 1 from t union all select 2 from u",
  ])
    assert.ok(shareable(text), text);
  for (const text of [
    "select rand() from t",
    "select now()",
    "select ks.f(id) from t",
    "select f(id) from t",
    "select @a from t",
    "select @@autocommit",
    "select id from t for update",
    "select id from t lock in share mode",
    "select uuid() from t where id = 1",
    "select /*vt+ CONSOLIDATOR=disabled */ id from t",
    "select sleep(1)",
    "select get_lock('a', 1)",
    "select id from t where id = last_insert_id()",
    "update t set a = 1",
    "select next value from seq",
  ])
    assert.ok(!shareable(text), text);
});
