/**
 * mysql2, the mariadb connector and both flavours' command lines on a sharded keyspace, each as text and prepared, plain
 * and over TLS: write with ids from a sequence, read by key and over all shards, run transactions, meet an error.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import mariadb from "mariadb";
import mysql from "mysql2/promise";
import { testProgram } from "../programs.ts";
import { runProgram } from "../run-program.ts";
import { flavours } from "../throwaway-database.ts";
import { type ShardedGateways, startShardedGateways, type Transport, transports } from "./sharded-gateways.ts";

const place = { host: "127.0.0.1", user: "app", database: "customer" };

for (const flavour of flavours)
  describe(flavour, () => {
    let gateways: ShardedGateways;
    let admin: mysql.Connection;
    const at = (transport: Transport) => ({
      ...place,
      port: gateways.port(transport),
      ...(transport === "TLS" && { ssl: { ca: gateways.ca } }),
    });
    before(async () => {
      gateways = await startShardedGateways(flavour, { thing: { by: "id", id: "id" } });
      admin = await mysql.createConnection(at("plain"));
      await admin.query("create table thing (id bigint primary key, name varchar(20), price decimal(10, 2))");
    });
    beforeEach(() => admin.query("delete from thing"));
    after(async () => {
      await admin?.end();
      await gateways?.stop();
    });

    for (const transport of transports) {
      for (const method of ["query", "execute"] as const)
        test(`mysql2 ${method}, ${transport}`, async () => {
          const connection = await mysql.createConnection({ ...at(transport), rowsAsArray: true });
          const run = async (sql: string, values: (string | number | null)[] = []) =>
            (await (method === "query" ? connection.query(sql, values) : connection.execute(sql, values)))[0];
          const inserted = await run("insert into thing (name, price) values (?, ?), (?, ?)", [
            "né 💡",
            "12.50",
            "b",
            null,
          ]);
          const { insertId } = inserted as mysql.ResultSetHeader;
          assert.deepEqual(await run("select name, price from thing where id = ?", [insertId]), [["né 💡", "12.50"]]);
          assert.deepEqual(await run("select name from thing where price is null order by name"), [["b"]]);
          await connection.beginTransaction();
          assert.equal(((await run("update thing set price = ?", [1])) as mysql.ResultSetHeader).affectedRows, 2);
          await connection.rollback();
          assert.deepEqual(await run("select sum(price) from thing"), [["12.50"]]);
          await assert.rejects(run("insert into thing (id, name) values (?, 'x'), (?, 'y')", [1, 1]), { errno: 1062 });
          await connection.end();
        });

      for (const method of ["query", "execute"] as const)
        test(`mariadb ${method}, ${transport}`, async () => {
          const connection = await mariadb.createConnection(at(transport));
          const run = (sql: string, values: unknown[] = []) => connection[method]({ sql, rowsAsArray: true }, values);
          const { insertId } = await run("insert into thing (name, price) values (?, ?)", ["né 💡", "12.50"]);
          await connection.batch("insert into thing (name, price) values (?, ?)", [
            ["b", null],
            ["c", 3],
          ]);
          assert.deepEqual(
            [...(await run("select name, price from thing where id = ?", [insertId]))],
            [["né 💡", "12.50"]],
          );
          assert.deepEqual([...(await run("select name from thing order by name limit 2"))], [["b"], ["c"]]);
          await connection.beginTransaction();
          assert.equal((await run("delete from thing where name <> ?", ["b"])).affectedRows, 2);
          await connection.rollback();
          assert.deepEqual([...(await run("select sum(price), count(*) from thing"))], [["15.50", 3n]]);
          await assert.rejects(run("insert into thing (id, name) values (?, 'x'), (?, 'y')", [1, 1]), { errno: 1062 });
          await assert.rejects(run("select ? from no_such_table", [1]));
          assert.deepEqual([...(await run("select ?", ["on"]))], [["on"]]);
          await connection.end();
        });

      for (const program of ["mysql", "mariadb"] as const)
        test(`the ${program} command line, ${transport}`, async () => {
          const login = [
            "--no-defaults",
            "-h127.0.0.1",
            `-P${gateways.port(transport)}`,
            "-uapp",
            "--default-character-set=utf8mb4",
            "customer",
          ];
          const printed = await runProgram(testProgram(program).command, [...login, ...tlsOf(program, transport)], {
            input: script,
          });
          assert.equal(printed, "name\tprice\nb\tNULL\nné 💡\t12.50\nname\nné 💡\nleft\n1\n");
        });
    }

    function tlsOf(program: "mysql" | "mariadb", transport: Transport): readonly string[] {
      const ca = `--ssl-ca=${join(gateways.certificates, "cacert.pem")}`;
      if (program === "mysql") return transport === "TLS" ? ["--ssl-mode=VERIFY_CA", ca] : ["--ssl-mode=DISABLED"];
      return transport === "TLS" ? ["--ssl", ca] : ["--skip-ssl"];
    }
  });

/** The command lines have no prepared statements but SQL's own. */
const script = `insert into thing (name, price) values ('né 💡', 12.50), ('b', null);
select name, price from thing order by name;
prepare p from 'select name from thing where price = ?';
set @price = 12.50;
execute p using @price;
deallocate prepare p;
begin;
delete from thing;
rollback;
begin;
delete from thing where name = 'b';
commit;
select count(*) as \`left\` from thing;
`;
