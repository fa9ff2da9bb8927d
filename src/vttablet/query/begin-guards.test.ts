/** Who is held back before a transaction begins. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { integerValue } from "../../sqltypes/value.ts";
import { callerKey, HotRows, hotRowKey, isOverShare } from "./begin-guards.ts";
import type { HeldConnection } from "./held-connections.ts";
import { Plans } from "./plans.ts";

const caller = (username: string, principal = "") => ({
  immediate: { username, groups: [] },
  effective: { principal, component: "c", subcomponent: "s" },
});
const held = (username: string, isInTransaction = true) =>
  ({ caller: caller(username), isInTransaction }) as unknown as HeldConnection;

test("a caller gets its share of the pool, and at least one transaction", () => {
  const limit = { isDryRun: false, share: 0.4, by: ["username"] as const };
  const all = [held("a"), held("a"), held("b"), held("a", false)];
  assert.equal(isOverShare(caller("a"), limit, all, 5), true);
  assert.equal(isOverShare(caller("a"), limit, all, 10), false);
  assert.equal(isOverShare(caller("b"), limit, all, 5), false);
  assert.equal(isOverShare(caller("c"), limit, all, 1), false);
  assert.equal(isOverShare(caller("b"), limit, all, 1), true);
  assert.notEqual(callerKey(caller("a", "x"), ["principal"]), callerKey(caller("a", "y"), ["principal"]));
});

test("writes of the same rows have the same key", () => {
  const plans = new Plans(10_000);
  const key = (sql: string, id: number) => hotRowKey(plans.of(sql), { binds: { id: integerValue(id) } });
  assert.equal(key("update t set a = 1 where id = :id", 5), "t where id = 5");
  assert.equal(key("update t set b = 2 where id = :id", 5), key("delete from t where id = :id", 5));
  assert.notEqual(key("update t set a = 1 where id = :id", 5), key("update t set a = 1 where id = :id", 6));
  assert.equal(key("insert into t values (:id)", 5), undefined);
  assert.equal(key("select * from t where id = :id for update", 5), undefined);
});

test("a few at once, then a queue in order, then refusals; other rows do not wait", () => {
  const rows = new HotRows({ isDryRun: false, concurrentMax: 1, queueMax: 3, globalQueueMax: 100 });
  const started: string[] = [];
  const enter = (key: string, name: string) => rows.enter(key, () => started.push(name));
  enter("k", "a");
  enter("k", "b");
  enter("k", "c");
  enter("other", "x");
  assert.deepEqual(started, ["a", "x"]);
  assert.throws(() => enter("k", "d"), { code: "VT26017" });
  rows.leave("k");
  assert.deepEqual(started, ["a", "x", "b"]);
  rows.leave("k");
  rows.leave("k");
  rows.leave("other");
  assert.deepEqual(started, ["a", "x", "b", "c"]);
  assert.deepEqual([rows.now.length, rows.waits, rows.refusals], [0, 3, 1]);
});

test("all rows together have a queue of their own; a dry run counts alone", () => {
  const few = new HotRows({ isDryRun: false, concurrentMax: 1, queueMax: 10, globalQueueMax: 1 });
  few.enter("a", () => {});
  few.enter("a", () => {});
  few.enter("b", () => {});
  assert.throws(() => few.enter("b", () => {}), { code: "VT26017" });
  const dry = new HotRows({ isDryRun: true, concurrentMax: 1, queueMax: 1, globalQueueMax: 1 });
  let count = 0;
  for (let i = 0; i < 5; i++) dry.enter("a", () => count++);
  assert.deepEqual([count, dry.refusals], [5, 4]);
  for (let i = 0; i < 5; i++) dry.leave("a");
  assert.equal(dry.now.length, 0);
});
