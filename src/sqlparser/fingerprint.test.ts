/** The fingerprint scanner on statements chosen by hand; the property tests are in fingerprint-property.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fingerprint, literalsMax, literalStride, slotStride } from "./fingerprint.ts";
import { FingerprintCache } from "./fingerprint-cache.ts";
import { continuedFlag, literalKinds } from "./fingerprint-kinds.ts";

const plain = { ansiQuotes: false, noBackslashEscapes: false };
const scanner = new Fingerprint(42);

function scan(sql: string, mode = plain): Fingerprint | undefined {
  const bytes = Buffer.from(sql);
  return scanner.scan(bytes, 0, bytes.length, mode, 1) ? scanner : undefined;
}

/** The statement with its slots shown as <kind text>. */
function show(sql: string, mode = plain): string {
  const found = scan(sql, mode);
  if (found === undefined) return "refused";
  let out = "";
  let at = found.bodyStart;
  const text = (from: number, to: number) => Buffer.from(found.bytes.subarray(from, to)).toString();
  for (let slot = 0; slot < found.slotCount; slot++) {
    const [start = 0, end = 0] = found.slots.subarray(slot * slotStride, slot * slotStride + 2);
    out += `${text(at, start)}<${text(start, end)}>`;
    at = end;
  }
  return out + text(at, found.bodyEnd);
}

/** Would a plan made for `a` serve `b`? All slots are free unless `isFree` says otherwise. */
function isSame(a: string, b: string, isFree: (slot: number) => boolean = () => true): boolean {
  const cache = new FingerprintCache<string>(1 << 20);
  assert.ok(scan(a), a);
  cache.store(scanner, 1, isFree, a);
  assert.ok(scan(b), b);
  return cache.find(scanner, 1) === a;
}

test("literals become slots", () => {
  const cases = [
    ["select a from t where id = 5", "select a from t where id = <5>"],
    ["select 'it''s', \"x\\\"y\"", "select <'it''s'>, <\"x\\\"y\">"],
    [
      "select 1.5e3, .5, 1., 0x1F, 0b01, x'4a', b'01', N'a'",
      "select <1.5e3>, <.5>, <1.>, <0x1F>, <0b01>, <x'4a'>, <b'01'>, <N'a'>",
    ],
    ["select a1, t.e2, 1a, 0xg, `5`, @5, @'5', @`5` from t5", "select a1, t.e2, 1a, 0xg, `5`, @5, @'5', @`5` from t5"],
    ["select -1, a-1, a - -1", "select -<1>, a-<1>, a - -<1>"],
    ["select _utf8mb4'a', _latin1 x'41'", "select _utf8mb4<'a'>, _latin1 <x'41'>"],
    ["select 1 /* 2 */ + 3 -- 4\n, 5 # 6\n", "select <1> /* 2 */ + <3> -- 4\n, <5>"],
    ["select 1--1", "select <1>--<1>"],
    ["select :v1, ?, ::list, 7", "select :v1, ?, ::list, <7>"],
    ["select 'a'   'b'", "select <'a'>   <'b'>"],
    ["select t.x'41'", "select t.x<'41'>"],
  ] as const;
  for (const [sql, shown] of cases) assert.equal(show(sql), shown);
});

test("lists after IN and VALUES become one slot", () => {
  const cases = [
    ["select 1 in (1, 2,3 )", "select <1> in <(1, 2,3 )>"],
    ["select a NOT IN(-1,'x')", "select a NOT IN<(-1,'x')>"],
    ["select (a,b) in ((1,2),(3,4) )", "select (a,b) in <((1,2),(3,4) )>"],
    ["insert into t values (1,'a') , (2,null)", "insert into t values <(1,'a') , (2,null)>"],
    ["insert into t values (1,'a'),(2,now())", "insert into t values (<1>,<'a'>),(<2>,now())"],
    ["insert into t values (1),(2,3)", "insert into t values (<1>),(<2>,<3>)"],
    ["select a in (1, null)", "select a in (<1>, null)"],
    ["select a in (1, 'a' 'b')", "select a in (<1>, <'a'> <'b'>)"],
    ["select a in (select 1)", "select a in (select <1>)"],
    ["select a in ()", "select a in ()"],
    [
      "insert into t value (5) on duplicate key update a = values(a)",
      "insert into t value <(5)> on duplicate key update a = values(a)",
    ],
  ] as const;
  for (const [sql, shown] of cases) assert.equal(show(sql), shown);
});

test("asks the parser for what it cannot judge", () => {
  for (const sql of [
    "",
    "  /* only a comment */ ",
    "select 'open",
    "select `open",
    "select /* open",
    "select 'a\\'",
    "select /*!80000 1 */",
    "select /*M! 1 */ 2",
    "select 1; select 2",
    "select 1.5.6, 1",
    "select t.1 from t",
    "select x'123'",
    "select x'gg'",
    "select b'2'",
    "select 1.e",
    "select $$body$$",
  ])
    assert.equal(show(sql), "refused", sql);
  assert.equal(scan(`select ${"1,".repeat(literalsMax)}1`), undefined);
});

test("the modes decide where strings end", () => {
  assert.equal(show(`select "a", 'b'`, { ansiQuotes: true, noBackslashEscapes: false }), `select "a", <'b'>`);
  assert.equal(show("select 'a\\', 1", { ansiQuotes: false, noBackslashEscapes: true }), "select <'a\\'>, <1>");
});

test("margins are outside the key, directives are not", () => {
  assert.ok(isSame("/* one */ select 1 /* x */ ;", "select 2-- done"));
  assert.ok(!isSame("/*vt+ PLANNER=gen4 */ select 1", "select 1"));
  assert.ok(!isSame("select 1 /*vt+ X */", "select 1"));
  assert.ok(!isSame("select /*+ SET_VAR(a=1) */ 1", "select /*+ SET_VAR(a=2) */ 1"));
  const found = scan("/* a */ select 1 /* b */");
  assert.deepEqual([found?.bodyStart, found?.bodyEnd], [8, 16]);
});

test("the same statement, or not", () => {
  assert.ok(isSame("select a from t where id = 5", "select a from t where id = 700"));
  assert.ok(!isSame("select a from t where id = 5", "select a from t where id = '5'"), "kind");
  assert.ok(!isSame("select 9223372036854775807", "select 9223372036854775808"), "over 2^63");
  assert.ok(isSame("select 00009223372036854775807", "select 1"), "leading zeros");
  assert.ok(!isSame("select 18446744073709551615", "select 18446744073709551616"), "over 2^64");
  assert.ok(!isSame("select a+1 from t group by a+1", "select a+1 from t group by a+2"), "equal literals");
  assert.ok(isSame("select a+1 from t group by a+1", "select a+2 from t group by a+2"), "equal literals");
  assert.ok(!isSame("select a in (1,2) from t group by a in (1,2)", "select a in (1,2) from t group by a in (1,3)"));
  assert.ok(isSame("select a in (1,2)", "select a in (1,2,3,4)"));
  assert.ok(!isSame("select a in (1,2)", "select a in (1,'2')"), "kinds in a list");
  assert.ok(!isSame("select a in (1,2)", "select a in (1,-2)"), "signs in a list");
  assert.ok(isSame("insert into t values (1,'a'),(2,null)", "insert into t values (1,null),(2,'b'),(4,'c')"));
  assert.ok(!isSame("insert into t values (1,'a'),(2,null)", "insert into t values (1,'a'),(2,'b')"));
  assert.ok(!isSame("insert into t values (1,2)", "insert into t values (1,2,3)"), "columns");
  assert.ok(!isSame("select 'a' 'b'", "select 'a'"), "adjacent strings");
  assert.ok(!isSame("select a from t", "select b from t"));
  assert.ok(!isSame("select a from t", "SELECT a from t"), "case is kept: names may depend on it");
});

test("pinned slots are compared by value, and variants live side by side", () => {
  assert.ok(!isSame("select a from t order by 1", "select a from t order by 2", () => false));
  assert.ok(isSame("select a from t order by 1", "select a from t order by 1", () => false));
  const cache = new FingerprintCache<string>(1 << 20);
  for (const sql of ["select a, b from t order by 1", "select a, b from t order by 2"]) {
    scan(sql);
    cache.store(scanner, 1, () => false, sql);
  }
  assert.equal(cache.count, 1);
  for (const sql of ["select a, b from t order by 1", "select a, b from t order by 2"]) {
    scan(sql);
    assert.equal(cache.find(scanner, 1), sql);
  }
});

test("the environment is part of the key, even under one hash", () => {
  const cache = new FingerprintCache<string>(1 << 20);
  scan("select 1");
  cache.store(scanner, 1, () => true, "one");
  assert.equal(cache.find(scanner, 2), undefined);
});

test("a full cache forgets what is not used", () => {
  const cache = new FingerprintCache<number>(2000);
  const keep = "select a from keep where id = 1";
  scan(keep);
  cache.store(scanner, 1, () => true, -1);
  for (let i = 0; i < 200; i++) {
    scan(`select a from t${i} where id = 1`);
    cache.store(scanner, 1, () => true, i);
    scan(keep);
    assert.equal(cache.find(scanner, 1), -1);
  }
  assert.ok(cache.count < 40);
});

test("kinds and ranges of the literals stand in order", () => {
  const found = scan("select 'a' 'b', 12");
  assert.deepEqual(
    [...(found?.literals.subarray(0, 3 * literalStride) ?? [])],
    [7, 10, literalKinds.string, 11, 14, literalKinds.string | continuedFlag, 16, 18, literalKinds.integer],
  );
});

test("hostile statements take linear time", () => {
  const many = 200_000;
  for (const sql of [
    "(".repeat(many),
    "in(".repeat(many),
    "in(1,".repeat(2000),
    "values(1),".repeat(2000),
    "'' ".repeat(many),
    "/**/".repeat(many),
    "-".repeat(many),
    `select ${"1,2,".repeat(8000)}1`,
  ])
    scan(sql); // Ends: nothing here is asserted as a time.
});
