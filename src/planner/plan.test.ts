/** Each file in testdata is a story: SQL in, the plan's tree out, and which rules had to fire. */
import { readdirSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";
import { errorText } from "../base/errors.ts";
import { mysqlEnvironment } from "../sqlparser/environment.ts";
import { parse } from "../sqlparser/parse.ts";
import { runCases } from "../testing/cases.ts";
import { completeVSchema, type FoundTable } from "../vschema/complete-vschema.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import type { VColumn } from "../vschema/vschema.ts";
import { isPlannable, plan } from "./plan.ts";
import { printPlan } from "./print.ts";

const sharded = { type: "hash" };
const by = (column: string) => ({ column_vindexes: [{ column, name: "hash" }] });
const written = parseVSchema({
  keyspaces: {
    commerce: {
      tables: {
        product: {},
        seq: { type: "sequence" },
        country: {},
        note: { auto_increment: { column: "id", sequence: "seq" } },
      },
    },
    customer: {
      sharded: true,
      vindexes: {
        hash: sharded,
        xx: { type: "xxhash" },
        region: { type: "region_experimental", params: { region_bytes: "1" } },
      },
      tables: {
        user: { ...by("id"), auto_increment: { column: "id", sequence: "commerce.seq" } },
        orders: by("user_id"),
        item: { ...by("user_id"), columns: [{ name: "user_id" }, { name: "sku" }], column_list_authoritative: true },
        name: {
          column_vindexes: [
            { column: "name", name: "xx" },
            { column: "user_id", name: "hash" },
          ],
        },
        place: { column_vindexes: [{ columns: ["region", "id"], name: "region" }] },
        city: { type: "reference" },
        country: { type: "reference", source: "commerce.country" },
        pin: { pinned: "80" },
        account: by("owner"),
        detail: by("id"),
      },
    },
  },
  routing_rules: { rules: [{ from_table: "moved", to_tables: ["customer.orders"] }] },
});

/** Tables whose columns and keys the servers told. */
const column = (name: string): VColumn => ({
  name,
  type: "INT64",
  isInvisible: false,
  collation: "",
  isNullable: false,
  isGenerated: false,
  isAutoIncrement: false,
  default: "none",
});
const known = (columns: readonly string[], unique: readonly string[] = []): FoundTable => ({
  columns: columns.map(column),
  keys: { primary: ["id"], unique: unique.map((name) => ({ name, columns: [name], isWhole: true })) },
  view: undefined,
});
const viewOf = (view: string): FoundTable => ({ columns: [], keys: undefined, view });
const found = new Map([
  ["account", known(["id", "owner", "name", "detail", "x", "city"])],
  ["detail", known(["id", "name"])],
  ["city", known(["id", "name"])],
  [
    "rich",
    viewOf("select `u`.`id` as `id`, `u`.`name` as `name` from `vt_customer`.`user` `u` where (`u`.`money` > 5)"),
  ],
  ["names", viewOf("select `rich`.`name` as `name`, count(0) as `n` from `rich` group by `rich`.`name`")],
]);
const schema = completeVSchema(written, new Map([["customer", found]]));

const folder = `${import.meta.dirname}/testdata/`;
for (const file of readdirSync(folder)) {
  test(`plans in ${file}`, () => {
    runCases(folder + file, ({ command, args, input }) => {
      const keyspace = command === "plan" ? "" : command.replace("plan@", "");
      try {
        const statement = parse(input, mysqlEnvironment);
        assert.ok(isPlannable(statement), input);
        const { root, rules, sessionBinds } = plan(
          statement,
          schema,
          { keyspace, tabletType: "PRIMARY" },
          { text: input, environment: mysqlEnvironment },
        );
        for (const wanted of args) assert.ok(rules.has(wanted), `${wanted} did not fire for ${input}`);
        const binds = sessionBinds.map(({ bind, fact }) => `${bind} = ${fact.kind}`);
        return [printPlan(root), ...binds].join("\n");
      } catch (thrown) {
        if (thrown instanceof assert.AssertionError) throw thrown;
        return errorText(thrown);
      }
    });
  });
}
