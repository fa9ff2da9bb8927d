/**
 * Sakila, where its folder lies beside the repository: loaded through the gateway twice, whole into one server and sharded
 * by customer with the catalogue as reference tables. Both must answer alike. Without the folder there is nothing to test.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { mariadbEnvironment } from "../sqlparser/environment.ts";
import { splitScript } from "../sqlparser/split.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

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
const vschema = parseVSchema({
  keyspaces: {
    commerce: {},
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" } },
      tables: {
        ...Object.fromEntries(catalogue.map((name) => [name, { type: "reference" }])),
        customer: byCustomer(
          "customer_id store_id first_name last_name email address_id active create_date last_update",
        ),
        rental: byCustomer("rental_id rental_date inventory_id customer_id return_date staff_id last_update"),
        payment: byCustomer("payment_id customer_id staff_id rental_id amount payment_date last_update"),
      },
    },
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

if (folder !== undefined)
  describe("sakila", () => {
    let live: LiveGateway;
    const open = (database: string) =>
      mysql.createConnection({ host: "127.0.0.1", port: live.server.port, user: "app", database, rowsAsArray: true });
    let whole: mysql.Connection;
    let sharded: mysql.Connection;
    before(async () => {
      live = await startLiveGateway("mariadb", vschema);
      whole = await open("commerce");
      sharded = await open("customer");
      for (const file of ["schema.sql", "data.sql"])
        for (const { text } of splitScript(readFileSync(join(folder, file), "utf8"), mariadbEnvironment)) {
          // Its own database is not ours; its triggers and routines write film_text, which the data brings itself.
          if (/^(drop|create) schema|^use |^create (trigger|procedure|function|definer|(\w+ )*view)/i.test(text))
            continue;
          await whole.query(text);
          await sharded.query(text);
        }
    });
    after(async () => {
      await whole.end();
      await sharded.end();
      await live.stop();
    });
    for (const query of queries)
      test(query, async () => {
        const [wanted] = await whole.query(query);
        const [found] = await sharded.query(query);
        assert.ok((wanted as unknown[]).length > 0);
        assert.deepEqual(found, wanted);
      });
  });
