/** The protocol through a whole gateway: several statements in one text, kills, cursors over shards, session tracking. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type mysql from "mysql2/promise";
import { silentLogger } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { noAuthentication } from "../mysql/authentication.ts";
import { startServer } from "../mysql/server.ts";
import { capability, command } from "../mysql/packets/capabilities.ts";
import { decodeError } from "../mysql/packets/answers.ts";
import { connect as connectTo } from "../mysql/client.ts";
import { sql, value } from "../mysql/sql.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import { connectGateway } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours, testEnvironment } from "../testing/throwaway-database.ts";
import { wireCapabilities, WireClient } from "../testing/wire-client.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import { Gateway } from "./gateway.ts";

const vschema = parseVSchema({
  keyspaces: {
    commerce: { tables: { product: {} } },
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" } },
      tables: {
        buyer: {
          column_vindexes: [{ column: "id", name: "hash" }],
          columns: [{ name: "id" }, { name: "name" }],
          column_list_authoritative: true,
        },
      },
    },
  },
});

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    const connect = (options: mysql.ConnectionOptions = {}) =>
      connectGateway(live.server.port, { database: "commerce", ...options });
    const wire = (username = "app") =>
      WireClient.login(
        { host: "127.0.0.1", port: live.server.port },
        { username, database: "customer", capabilities: wireCapabilities | capability.deprecateEof },
      );
    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const connection = await connect({ multipleStatements: true });
      await connection.query("create table product (sku int primary key, name varchar(20))");
      await connection.query("use customer");
      await connection.query("create table buyer (id int primary key, name varchar(20))");
      await connection.query("insert into buyer values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f')");
      await connection.end();
    });
    after(() => live.stop());

    test("several statements in one text: an answer each, an error ends the rest", async () => {
      const connection = await connect({ multipleStatements: true });
      const [results] = await connection.query("select 1; select 2, 3; insert into product values (1, 'x')");
      assert.deepEqual((results as unknown[]).slice(0, 2), [[[1]], [[2, 3]]]);
      const failing = connection.query(
        "insert into product values (2, 'y'); selec; insert into product values (3, 'z')",
      );
      await assert.rejects(failing, { errno: 1064 });
      assert.deepEqual((await connection.query("select sku from product order by sku"))[0], [[1], [2]]);
      await connection.query("use commerce; set @a = 1;".repeat(2000));
      assert.deepEqual((await connection.query("select @a"))[0], [[1]]);
      const single = await connect();
      await assert.rejects(single.query("select 1; select 2"), { errno: 1064 });
      assert.deepEqual((await single.query("select 5"))[0], [[5]]);
      await single.end();
      await connection.end();
    });

    test("kills: a query, a connection, by statement and by command; nobody else's", async () => {
      const [victim, killer] = [await connect(), await connect()];
      const [[[id]]] = (await victim.query("select connection_id()")) as unknown as [[[number]]];
      const slept = assert.rejects(victim.query("select sleep(60) from product"), { errno: 1317 });
      while (!isBusy(live, id)) await new Promise(setImmediate);
      await killer.query(`kill query ${id}`);
      await slept;
      assert.deepEqual((await victim.query("select 1"))[0], [[1]]);
      const stranger = await connect({ user: "stranger" });
      await assert.rejects(stranger.query(`kill ${id}`), { errno: 1095 });
      await assert.rejects(killer.query("kill 16777215"), { errno: 1094 });
      victim.on("error", () => {}); // It is told, besides what it asks.
      await killer.query(`kill ${id}`);
      await assert.rejects(victim.query("select 1"));
      const [first, second] = [await wire(), await wire()];
      const asked = await first.command(queryOf("select connection_id()"));
      const firstId = Number(asked[2]?.toString("latin1", 1));
      const killed = await second.command(new WireWriter().u8(command.killConnection).u32(firstId).finish());
      assert.equal(killed[0]?.[0], 0);
      await assert.rejects(first.packet(), /closed/);
      second.close();
      for (const connection of [killer, stranger]) await connection.end();
    });

    test("KILL of others' connections: refused, and allowed by allow-kill-statement", async () => {
      const gateway = new Gateway(live.gateway.cluster, live.gateway.env, {
        ...live.gateway.options,
        killsForAll: true,
      });
      const service = { open: gateway.open.bind(gateway) };
      const options = { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication, serverVersion: "9" };
      const server = await startServer(
        { ...testEnvironment, log: silentLogger, random: systemRandom },
        options,
        service,
      );
      const open = async (user: string) => {
        const connection = await connect({ user, port: server.port });
        connection.on("error", () => {});
        const [[[id]]] = (await connection.query("select connection_id()")) as unknown as [[[number]]];
        return { connection, id };
      };
      const [first, second] = [await open("one"), await open("two")];
      const slept = assert.rejects(first.connection.query("select sleep(60) from product"), { errno: 1317 });
      while (server.connections.get(first.id)?.isBusy !== true) await new Promise(setImmediate);
      await second.connection.query(`kill query ${first.id}`);
      await slept;
      await second.connection.query(`kill ${first.id}`);
      await assert.rejects(first.connection.query("select 1"));
      await second.connection.end();
      await server.close();
    });

    test("a cursor over shards stays open while its session writes; COM_FIELD_LIST names a table's columns", async () => {
      const client = await wire();
      const prepared = await client.command(prepareOf("select id, name from buyer order by id"), (_, i) => i === 2);
      assert.equal(prepared[0]?.[0], 0, prepared[0]?.toString());
      await client.command(queryOf("begin"));
      const opened = await client.command(new WireWriter().u8(command.statementExecute).u32(1).u8(1).u32(1).finish());
      assert.equal(opened.length, 4);
      await client.command(queryOf("delete from buyer"));
      const fetched = await client.command(fetchOf(4), endsRows);
      const rest = await client.command(fetchOf(4), endsRows);
      assert.deepEqual([fetched.length, rest.length], [5, 3]);
      assert.equal((rest.at(-1)?.readUInt16LE(3) ?? 0) & 128, 128);
      await client.command(queryOf("rollback"));
      const list = (pattern: string) =>
        client.command(Buffer.concat([Buffer.from([command.fieldList]), Buffer.from(`buyer\0${pattern}`)]), endsRows);
      assert.deepEqual([(await list("")).length, (await list("na%")).length, (await list("x%")).length], [3, 2, 1]);
      const missing = await client.command(Buffer.from(`${String.fromCharCode(command.fieldList)}nowhere\0`), endsRows);
      assert.ok(decodeError(missing[0] as Buffer).errno > 0);
      client.close();
    });

    test("changes of the session are told with the OK that brought them", async () => {
      const connection = await connect({ rowsAsArray: false });
      const changesOf = async (text: string) => {
        const [{ stateChanges }] = (await connection.query(text)) as unknown as [{ stateChanges?: Changes }];
        return { schema: stateChanges?.schema ?? undefined, variables: { ...stateChanges?.systemVariables } };
      };
      assert.deepEqual(await changesOf("use customer"), { schema: "customer", variables: {} });
      assert.deepEqual(await changesOf("set autocommit = 0"), { schema: undefined, variables: { autocommit: "OFF" } });
      assert.deepEqual(await changesOf("set autocommit = 1, time_zone = '+02:00'"), {
        schema: undefined,
        variables: { autocommit: "ON", time_zone: "+02:00" },
      });
      assert.deepEqual(await changesOf("set @x = 1"), { schema: undefined, variables: {} });
      await connection.changeUser({ user: "other", database: "commerce" });
      const [[row]] = (await connection.query("select user() as u, database() as d")) as unknown as [
        [{ u: string; d: string }],
      ];
      assert.deepEqual({ ...row }, { u: "other@%", d: "commerce" });
      await connection.end();
    });

    test("GTIDs of what was committed come with the OK, where they are asked for", async () => {
      const connection = await connect();
      const told = async (text: string) => {
        const [{ stateChanges }] = (await connection.query(text)) as unknown as [{ stateChanges?: Changes }];
        return { gtids: [...(stateChanges?.gtids ?? [])].join(), ...stateChanges?.systemVariables };
      };
      /** What the servers have executed, the gateway's GTIDs among it. */
      const isExecuted = async (database: number, gtid: string) => {
        const direct = await connectDirectly(live.databases[database]?.socketPath ?? "");
        const asked =
          flavour === "mysql"
            ? sql`select gtid_subset(${value(gtid)}, @@global.gtid_executed)`
            : sql`select find_in_set(${value(gtid)}, @@global.gtid_binlog_pos) > 0`;
        const { rows } = await direct.query(asked);
        direct.close();
        return rows[0]?.[0] === "1";
      };
      assert.deepEqual(await told("insert into product values (100, 'g')"), { gtids: "" });
      assert.deepEqual((await connection.query("select @@session_track_gtids"))[0], [["OFF"]]);
      await connection.query("set session_track_gtids = own_gtid");
      assert.deepEqual((await connection.query("select @@session_track_gtids"))[0], [["OWN_GTID"]]);
      const first = (await told("insert into product values (101, 'g')")).gtids;
      assert.ok(await isExecuted(0, first), first);
      assert.deepEqual(await told("begin"), { gtids: "" });
      assert.deepEqual(await told("insert into product values (102, 'g')"), { gtids: "" });
      const second = (await told("commit")).gtids;
      assert.ok(second !== first && (await isExecuted(0, second)), second);
      assert.deepEqual(await told("update product set name = 'h' where sku = -1"), { gtids: "" });
      // Over shards: those of all.
      const both = (await told("insert into customer.buyer values (101, 'g'), (102, 'g'), (103, 'g'), (104, 'g')"))
        .gtids;
      const [left = "", right = ""] = both.split(",");
      assert.notEqual(right, "", both);
      const places = await Promise.all([0, 1].flatMap((i) => [left, right].map((gtid) => isExecuted(i, gtid))));
      assert.ok(places[0] === true || places[1] === true, both);
      assert.ok(places[2] === true || places[3] === true, both);
      await connection.query("set session_track_gtids = default");
      assert.deepEqual(await told("delete from product where sku > 100"), { gtids: "" });
      await assert.rejects(connection.query("set session_track_gtids = all_gtids"), { errno: 1235 });
      if (flavour === "mariadb") {
        await connection.query("set session_track_system_variables = 'autocommit,last_gtid'");
        const { last_gtid: last = "" } = (await told("delete from product where sku = 100")) as { last_gtid?: string };
        assert.ok(await isExecuted(0, last), last);
      }
      await connection.end();
    });
  });

interface Changes {
  readonly gtids?: readonly string[];
  readonly schema: string | null;
  readonly systemVariables: Readonly<Record<string, string>>;
}

const connectDirectly = (path: string) => connectTo(testEnvironment, { address: { path }, username: "root" });

function isBusy({ server }: LiveGateway, id: number): boolean {
  return server.connections.get(id)?.isBusy === true;
}

const queryOf = (text: string) => Buffer.concat([Buffer.from([command.query]), Buffer.from(text)]);
const prepareOf = (text: string) => Buffer.concat([Buffer.from([command.statementPrepare]), Buffer.from(text)]);
const fetchOf = (count: number) => new WireWriter().u8(command.statementFetch).u32(1).u32(count).finish();
const endsRows = (packet: Buffer) => packet[0] === 0xfe || packet[0] === 0xff;
