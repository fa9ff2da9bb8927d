/**
 * Sakila, where its folder lies beside the repository: loaded with the `mariadb` client through the gateway twice, whole
 * into one shard and sharded by customer with the catalogue as reference tables, on both flavours. What the gateway reads
 * from the shards must be what the one plain server gives. Without the folder there is nothing to test.
 *
 * Triggers come along: each shard has its own. Views and routines that look at rows of all customers do not, for on one
 * shard they would answer for a part of them; they stay with the whole database.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import mysql from "mysql2/promise";
import { KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { TestCombined } from "../testing/combined.ts";
import { run } from "../testing/e2e/test-cluster.ts";
import { testProgram } from "../testing/programs.ts";
import { flavours } from "../testing/throwaway-database.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = ["..", "../.."].map((up) => join(root, up, "shared/data/sakila")).find((path) => existsSync(path));

const byCustomer = (columns: string) => ({
  column_vindexes: [{ column: "customer_id", name: "hash" }],
  columns: columns.split(" ").map((name) => ({ name })),
  column_list_authoritative: true,
});
const catalogue =
  "actor address category city country film film_actor film_category film_text inventory language staff store".split(
    " ",
  );
const vSchema = fromJson(KeyspaceSchema, {
  sharded: true,
  vindexes: { hash: { type: "hash" } },
  tables: {
    ...Object.fromEntries(catalogue.map((name) => [name, { type: "reference" }])),
    customer: byCustomer("customer_id store_id first_name last_name email address_id active create_date last_update"),
    rental: byCustomer("rental_id rental_date inventory_id customer_id return_date staff_id last_update"),
    payment: byCustomer("payment_id customer_id staff_id rental_id amount payment_date last_update"),
  },
});

const queries = [
  "select * from rental where customer_id = 130 order by rental_id",
  "select count(*), min(rental_date), max(return_date) from rental",
  "select count(*), sum(amount), min(amount), max(payment_date) from payment",
  "select staff_id, count(*), sum(amount) from payment group by staff_id order by staff_id",
  "select customer_id, count(*), sum(amount), avg(amount) from payment group by customer_id order by customer_id",
  "select last_name, first_name, email from customer order by last_name, first_name",
  "select payment_id, amount from payment order by amount desc, payment_id limit 20, 30",
  "select c.last_name, sum(p.amount) from customer c join payment p on p.customer_id = c.customer_id group by c.customer_id, c.last_name order by c.customer_id",
  "select r.rental_id, f.title from rental r join inventory i on i.inventory_id = r.inventory_id join film f on f.film_id = i.film_id where r.customer_id in (7, 8, 9) order by r.rental_id",
  "select f.title, count(*) from rental r join inventory i on i.inventory_id = r.inventory_id join film f on f.film_id = i.film_id group by f.title order by f.title limit 50",
  "select customer_id from customer c where not exists (select 1 from rental r where r.customer_id = c.customer_id and r.return_date is null) order by customer_id",
  "select count(*) from film",
];

/** The database is a keyspace that is there already; `leaveOut` are kinds of objects. */
function script(file: string, leaveOut: RegExp): string {
  const text = readFileSync(join(folder ?? "", file), "utf8").replaceAll(/^(DROP|CREATE) SCHEMA .*;$|^USE .*;$/gm, "");
  return text
    .split(/^(?=DELIMITER |CREATE )/m)
    .filter((piece) => !leaveOut.test(piece))
    .join("");
}

const nothing = /^$/;
const viewsAndRoutines = /^CREATE (\S+ )*?(VIEW|PROCEDURE|FUNCTION) /;

if (folder !== undefined)
  for (const flavour of flavours)
    describe(`sakila on ${flavour}`, () => {
      let cluster: TestCombined;
      let plain: mysql.Connection;
      let sharded: mysql.Connection;
      const load = async (keyspace: string, leaveOut: RegExp) => {
        const login = ["--no-defaults", "-h", "127.0.0.1", "-P", String(cluster.port), "-u", "root", keyspace];
        for (const file of ["schema.sql", "data.sql"]) {
          const ended = await run(testProgram("mariadb").command, login, script(file, leaveOut));
          assert.deepEqual(ended, { code: 0, out: "", err: "" }, `${file} into ${keyspace}`);
        }
      };
      before(async () => {
        const keyspaces = [
          { name: "sakila", shards: ["0"] },
          { name: "customer", shards: ["-80", "80-"] },
        ];
        cluster = await TestCombined.start({ flavour, keyspaces });
        await cluster.running.vtctld.applyVSchema({ keyspace: "customer", vSchema });
        await load("sakila", nothing);
        await load("customer", viewsAndRoutines);
        const socketPath = cluster.running.database("zone1-0000000100")?.layout.socket;
        const database = "vt_sakila";
        plain = await mysql.createConnection({
          socketPath: String(socketPath),
          user: "vt_dba",
          database,
          rowsAsArray: true,
        });
        sharded = await cluster.connect({ database: "customer" });
      });
      after(async () => {
        await plain?.end();
        await sharded?.end();
        await cluster?.remove();
      });
      for (const query of queries)
        test(query, async () => {
          const [wanted] = await plain.query(query);
          const [found] = await sharded.query(query);
          assert.ok((wanted as unknown[]).length > 0);
          assert.deepEqual(found, wanted);
        });

      test("both shards have customers, and all of the catalogue", async () => {
        const counts = async (keyspace: string) => {
          const one = await cluster.connect({ database: keyspace });
          const [rows] = await one.query("select (select count(*) from rental), (select count(*) from film)");
          await one.end();
          return (rows as number[][])[0] ?? [];
        };
        const [low, high] = [await counts("customer:-80"), await counts("customer:80-")];
        assert.ok(low[0] !== 0 && high[0] !== 0);
        assert.equal(Number(low[0]) + Number(high[0]), 16_044);
        assert.deepEqual([low[1], high[1]], [1000, 1000]);
      });

      test("each shard's triggers are at work", async () => {
        await sharded.query("insert into film (film_id, title, language_id) values (2000, 'A NEW FILM', 1)");
        const [rows] = await sharded.query("select film_id, title from film_text where film_id = 2000");
        assert.deepEqual(rows, [[2000, "A NEW FILM"]]);
        await sharded.query("delete from film where film_id = 2000");
        await sharded.query(
          "insert into rental (rental_id, inventory_id, customer_id, staff_id) values (20000, 1, 7, 1)",
        );
        const [dates] = await sharded.query(
          "select rental_date > '2020-01-01' from rental where customer_id = 7 and rental_id = 20000",
        );
        assert.deepEqual(dates, [[1]], "rental_date is the trigger's");
        await sharded.query("delete from rental where customer_id = 7 and rental_id = 20000");
      });
    });
