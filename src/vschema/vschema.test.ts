/** The compiled VSchema: names, rules, and every problem at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseVSchema } from "./parse-vschema.ts";
import { findKeyspace, findTable } from "./vschema.ts";

const schema = parseVSchema({
  keyspaces: {
    commerce: {
      tables: {
        product: {},
        customer_seq: { type: "sequence" },
        country: {},
        both: {},
      },
    },
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" }, region: { type: "region_experimental", params: { region_bytes: "1" } } },
      tables: {
        customer: {
          column_vindexes: [{ column: "Customer_ID", name: "hash" }],
          auto_increment: { column: "customer_id", sequence: "commerce.customer_seq" },
          columns: [
            { name: "customer_id", type: "INT64" },
            { name: "Name", type: "VARCHAR" },
          ],
          column_list_authoritative: true,
        },
        place: { column_vindexes: [{ columns: ["region", "id"], name: "region" }] },
        country: { type: "reference", source: "commerce.country" },
        pin: { pinned: "80" },
        both: { pinned: "00" },
      },
    },
    quiet: { require_explicit_routing: true, tables: { hidden: {} } },
  },
  routing_rules: {
    rules: [
      { from_table: "old", to_tables: ["customer.customer"] },
      { from_table: "commerce.product@replica", to_tables: ["customer.customer"] },
      { from_table: "gone", to_tables: [] },
    ],
  },
});

test("tables compile", () => {
  const customer = findTable(schema, "customer", "customer", "PRIMARY");
  assert.deepEqual(customer.columnVindexes[0]?.columns, ["customer_id"]);
  assert.equal(customer.columnVindexes[0]?.vindex.type, "hash");
  assert.ok(customer.columnVindexes[0]?.isPrimary && customer.isSharded && customer.isColumnListAuthoritative);
  assert.deepEqual(customer.autoIncrement, {
    column: "customer_id",
    sequence: { keyspace: "commerce", table: "customer_seq" },
  });
  assert.deepEqual(
    customer.columns.map(({ name, type }) => [name, type]),
    [
      ["customer_id", "INT64"],
      ["name", "VARCHAR"],
    ],
  );
  assert.deepEqual(findTable(schema, "customer", "pin", "PRIMARY").pinned, Buffer.from([0x80]));
});

test("names without a keyspace", () => {
  assert.equal(findTable(schema, "", "customer", "PRIMARY").keyspace, "customer");
  assert.equal(findTable(schema, "", "country", "PRIMARY").keyspace, "commerce");
  assert.throws(() => findTable(schema, "", "both", "PRIMARY"), /VT20009.*several keyspaces have a table both/);
  assert.throws(() => findTable(schema, "", "hidden", "PRIMARY"), /VT05004/);
  assert.throws(() => findTable(schema, "", "absent", "PRIMARY"), /VT05004/);
  const single = parseVSchema({ keyspaces: { only: {} } });
  assert.equal(findTable(single, "", "anything", "PRIMARY").keyspace, "only");
});

test("names with a keyspace", () => {
  assert.equal(findTable(schema, "commerce", "not_listed", "PRIMARY").isSharded, false);
  assert.throws(() => findTable(schema, "customer", "not_listed", "PRIMARY"), /VT05005/);
  assert.throws(() => findTable(schema, "nowhere", "t", "PRIMARY"), /VT05003/);
  assert.equal(findTable(schema, "quiet", "hidden", "PRIMARY").keyspace, "quiet");
});

test("routing rules lead names elsewhere", () => {
  assert.equal(findTable(schema, "", "old", "PRIMARY").name, "customer");
  assert.equal(findTable(schema, "commerce", "product", "REPLICA").name, "customer");
  assert.equal(findTable(schema, "commerce", "product", "PRIMARY").name, "product");
  assert.throws(() => findTable(schema, "", "gone", "PRIMARY"), /VT20010/);
});

test("every problem is listed, and only its keyspace suffers", () => {
  const bad = parseVSchema({
    keyspaces: {
      good: {},
      bad: {
        sharded: true,
        vindexes: {
          look: { type: "lookup" },
          h: { type: "hash", params: { odd: "1" } },
          r: { type: "region_experimental", params: { region_bytes: "3" } },
        },
        tables: {
          none: {},
          strange: { type: "strange", pinned: "xyz" },
          seq: { type: "sequence" },
          absent: { column_vindexes: [{ column: "a", name: "no_such" }] },
          wide: { column_vindexes: [{ columns: ["a", "b"], name: "h" }] },
          nameless: { column_vindexes: [{ name: "h" }], auto_increment: {} },
          twice: { pinned: "00", columns: [{ name: "a" }, { name: "A" }] },
          sourced: { pinned: "00", source: "good.x" },
          loop: { type: "reference", source: "bad.y" },
        },
      },
    },
  });
  const keyspace = bad.keyspaces.get("bad");
  assert.deepEqual(keyspace?.warnings, ["vindex h has an unknown parameter odd"]);
  assert.deepEqual(keyspace?.problems.toSorted(), [
    "VT20005: vindex look: there is no vindex type 'lookup'",
    "VT20005: vindex r: region_bytes must be a number between 1 and 2, not '3'",
    "table absent: there is no vindex no_such in this keyspace",
    "table loop: the source bad.y must be in another keyspace",
    "table nameless: auto_increment has no column",
    "table nameless: auto_increment has no sequence",
    "table nameless: vindex h has no column",
    "table none: a table of a sharded keyspace needs a primary vindex",
    "table seq: a sequence lives in an unsharded keyspace, or is pinned",
    "table sourced: only a reference table has a source",
    "table strange: pinned to 'xyz', which is no keyspace id in hex",
    "table strange: there is no table type 'strange'",
    "table twice: the column A is there twice",
    "table wide: vindex h takes 1 columns, not 2",
  ]);
  assert.throws(() => findKeyspace(bad, "bad"), /VT20006.*is not valid: VT20005/);
  assert.equal(findTable(bad, "good", "t", "PRIMARY").keyspace, "good");
  const unsharded = parseVSchema({
    keyspaces: {
      u: { vindexes: { h: { type: "hash" } }, tables: { t: { column_vindexes: [{ column: "a", name: "h" }] } } },
    },
  });
  assert.match(unsharded.keyspaces.get("u")?.problems.join() ?? "", /no vindexes/);
});
