/** A plan found by fingerprint is the plan that the statement would have got. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { VtError } from "../base/errors.ts";
import { pick, seededRandom } from "../base/random.ts";
import { destinationOf } from "../engine/routing.ts";
import { isPlannable, plan } from "../planner/plan.ts";
import { printDestination } from "../sharding/destination.ts";
import { mysqlEnvironment } from "../sqlparser/environment.ts";
import { parse } from "../sqlparser/parse.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import { PlanCache, type PlanText } from "./plan-cache.ts";

const schema = parseVSchema({
  keyspaces: {
    commerce: {},
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" }, xx: { type: "xxhash" } },
      tables: {
        user: { column_vindexes: [{ column: "id", name: "hash" }] },
        name: { column_vindexes: [{ column: "name", name: "xx" }] },
      },
    },
  },
});
const planText: PlanText = (text) => {
  const statement = parse(text, mysqlEnvironment);
  if (!isPlannable(statement)) return { statement, plan: undefined };
  const target = { keyspace: "customer", tabletType: "PRIMARY" as const };
  return { statement, plan: plan(statement, schema, target, { text, environment: mysqlEnvironment }) };
};
const mode = { ansiQuotes: false, noBackslashEscapes: false };
const make = () => new PlanCache(7, 1 << 20);
const find = (cache: PlanCache, text: string, environment = "e") => cache.find(Buffer.from(text), environment, mode);
const store = (cache: PlanCache, text: string) => cache.store(Buffer.from(text), "e", mode, planText);

test("literals that are only compared or assigned are free", () => {
  const cache = make();
  store(cache, "select * from user where id = 5 and x > 'a'");
  const found = find(cache, "select * from user where id = 77 and x > 'bcd'");
  assert.equal(found?.bytes.toString(), "select * from user where id = 77 and x > 'bcd'");
  assert.equal(found?.binds["__slot0"]?.bytes?.toString(), "77");
  assert.equal(found?.binds["__slot1"]?.bytes?.toString(), "bcd");
  assert.equal(find(cache, "select * from user where id = 'x' and x > 'a'"), undefined, "another kind of literal");
  assert.equal(find(cache, "select * from user where id = 5 and x > 'a'", "other"), undefined, "another environment");
  store(cache, "update user set a = 1, b = 'x' where id = 2");
  assert.ok(find(cache, "update user set a = 9, b = 'y' where id = 3"));
});

test("other literals are pinned", () => {
  const cache = make();
  store(cache, "select 5, upper('x') from user where id = 3 limit 10");
  assert.ok(find(cache, "select 5, upper('x') from user where id = 4 limit 10"));
  assert.equal(find(cache, "select 6, upper('x') from user where id = 4 limit 10"), undefined);
  assert.equal(find(cache, "select 5, upper('y') from user where id = 4 limit 10"), undefined);
  assert.equal(find(cache, "select 5, upper('x') from user where id = 4 limit 11"), undefined);
  for (const text of ["select * from user where id = 007", "select * from user where id = -5"]) {
    store(cache, text);
    assert.equal(find(cache, text.replace("7", "8").replace("5", "6")), undefined, text);
  }
});

test("plans that are not the client's own words are not kept", () => {
  const cache = make();
  const clash = "select * from user where id = 5 and x = :__slot0";
  store(cache, clash);
  assert.equal(find(cache, clash), undefined, "a bind of the client's that is called like ours");
  for (const text of ["select database() from user where id = 1", "insert into user (id) values (1)", "select 1"]) {
    store(cache, text);
    if (text !== "select 1") assert.equal(find(cache, text), undefined, text);
  }
});

test("whatever the literals, a found plan goes where a fresh one goes", () => {
  const seed = Math.trunc(process.hrtime()[1] / 1000);
  const random = seededRandom(seed);
  const literals = [
    "1",
    "2",
    "300",
    "'1'",
    "'a b'",
    "'it''s'",
    "'x\\\\'",
    "18446744073709551615",
    "99999999999999999999",
    "1.5",
    "1e3",
    "0x10",
    "null",
    "-4",
    "007",
    "true",
    "date'2020-01-01'",
    "'1' '2'",
    "N'a'",
  ];
  const shapes = [
    "select * from user where id = $",
    "select * from user where id = $ and name = $ or x = $",
    "select * from user where id = $ and id = $",
    "select * from name where name = $ and $ = x",
    "select x + $ as y from user where id = $ order by 1 limit 3",
    "select * from user where id between $ and $",
    "select * from user where id in ($, $)",
    "select * from user where id = $ + $",
    "select $ from user u, name n where u.id = $ and n.name = $",
    "update user set a = $, b = b + $ where id = $",
    "delete from user where id = $ limit 2",
    "select * from user where not id = $",
    "select count(*) from user where id = $ group by $",
  ];
  const cache = make();
  let hits = 0;
  for (let i = 0; i < 4000; i++) {
    const text = pick(random, shapes).replaceAll("$", () => pick(random, literals));
    const found = find(cache, text);
    let fresh: ReturnType<PlanText>["plan"];
    try {
      fresh = planText(text).plan;
    } catch (thrown) {
      if (!(thrown instanceof VtError)) continue; // Not SQL.
      assert.equal(found, undefined, `${text}: found though it cannot be planned; seed ${seed}`);
      continue;
    }
    const root = fresh?.root;
    if (found !== undefined && root?.kind === "Route") {
      hits++;
      assert.equal(found.root.keyspace, root.keyspace, `${text}; seed ${seed}`);
      assert.equal(found.root.oneShardOnly, root.oneShardOnly, `${text}; seed ${seed}`);
      assert.equal(
        printDestination(destinationOf(found.root.routing, found.binds)),
        printDestination(destinationOf(root.routing, {})),
        `${text}; seed ${seed}`,
      );
    } else store(cache, text);
  }
  assert.ok(hits > 300, `only ${hits} hits; seed ${seed}`);
});
