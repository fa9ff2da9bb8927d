/** The gateway over gRPC: sessions that travel, binds by name, batches, streams, and what is refused. Both flavours. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock as clock } from "../base/clock.ts";
import type { QueryResult } from "../proto/generated/query_pb.js";
import type { Session } from "../proto/generated/vtgate_pb.js";
import { Vitess } from "../proto/generated/vtgateservice_pb.js";
import { dialGrpc } from "../rpc/grpc-client.ts";
import { type GrpcServer, serveGrpc } from "../rpc/grpc-server.ts";
import type { Channel, ServiceClient } from "../rpc/service.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";
import { vitessService } from "./vitess-service.ts";

const vschema = parseVSchema({
  keyspaces: {
    commerce: { tables: { thing: {} } },
    customer: {
      sharded: true,
      vindexes: { hash: { type: "hash" } },
      tables: {
        buyer: {
          columnVindexes: [{ column: "id", name: "hash" }],
          columns: [{ name: "id" }, { name: "name" }],
          columnListAuthoritative: true,
        },
      },
    },
  },
});
const rowsMax = 500;

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    let server: GrpcServer;
    let channel: Channel;
    let vitess: ServiceClient<typeof Vitess>;

    before(async () => {
      live = await startLiveGateway(flavour, vschema);
      const services = [vitessService(() => live.gateway, { rowsMax, trustsCallerIds: false })];
      server = await serveGrpc({ clock, listen: { host: "127.0.0.1", port: 0 }, services });
      channel = dialGrpc(server.address, { clock });
      vitess = channel.client(Vitess);
      const { error } = await execute("create table buyer (id bigint primary key, name varchar(20))");
      assert.equal(error, undefined);
      await execute("insert into buyer values (1, 'a'), (2, 'b'), (3, 'c'), (4, null)");
    });
    after(async () => {
      await channel.close();
      await server.close(0);
      await live.stop();
    });

    type Binds = Record<string, { type: number; value: Uint8Array }>;
    const int = (n: number) => ({ type: 265, value: Buffer.from(String(n)) });
    const target = (targetString: string) => ({ autocommit: true, targetString });
    const execute = (sql: string, session?: Session, bindVariables: Binds = {}) =>
      vitess.execute({ session: session ?? target("customer"), query: { sql, bindVariables } });
    const cells = ({ rows }: QueryResult): (string | null)[][] =>
      rows.map(({ lengths, values }) => {
        let at = 0;
        return lengths.map((length) => {
          if (length < 0n) return null;
          const cell = Buffer.from(values.subarray(at, at + Number(length))).toString();
          at += Number(length);
          return cell;
        });
      });
    const count = async () => cells((await execute("select count(*) from buyer")).result as QueryResult)[0]?.[0];

    test("a statement with binds by name answers fields, rows and the session", async () => {
      const reply = await execute("select id, name from buyer where id in (:a, :b) order by id", undefined, {
        a: int(4),
        b: int(2),
      });
      assert.equal(reply.error, undefined);
      assert.deepEqual(
        reply.result?.fields.map(({ name }) => name),
        ["id", "name"],
      );
      assert.deepEqual(cells(reply.result as QueryResult), [
        ["2", "b"],
        ["4", null],
      ]);
      assert.equal(reply.session?.targetString, "customer@primary");
      assert.equal(reply.session?.autocommit, true);
    });

    test("no session at all means a new one with autocommit", async () => {
      const { session, result } = await vitess.execute({ query: { sql: "select 1 + 1" } });
      assert.equal(session?.autocommit, true);
      assert.deepEqual(cells(result as QueryResult), [["2"]]);
    });

    test("a transaction over two shards goes on from call to call, and ends where it is told", async () => {
      let { session } = await execute("begin");
      for (const id of [11, 12, 13, 14])
        ({ session } = await execute(`insert into buyer values (${id}, 't')`, session));
      assert.equal(session?.inTransaction, true);
      assert.equal(session?.shardSessions.length, 2);
      assert.ok(session.shardSessions.every(({ rowsAffected }) => rowsAffected));
      assert.equal(await count(), "4", "nobody else sees them");
      ({ session } = await execute("rollback", session));
      assert.deepEqual([session?.inTransaction, session?.shardSessions.length], [false, 0]);
      assert.equal(await count(), "4");
      ({ session } = await execute("begin", session));
      ({ session } = await execute("insert into buyer values (11, 't'), (12, 't')", session));
      await execute("commit", session);
      assert.equal(await count(), "6");
      await execute("delete from buyer where id > 10");
    });

    test("closing a session rolls back what it holds", async () => {
      let { session } = await execute("begin");
      ({ session } = await execute("insert into buyer values (21, 'x')", session));
      await vitess.closeSession(session === undefined ? {} : { session });
      const { error } = await execute("insert into buyer values (21, 'y')", session);
      assert.match(error?.message ?? "", /VT26003|VT09032/);
      assert.equal(await count(), "4");
    });

    test("named locks and warnings travel with the session", async () => {
      let { session } = await execute("select get_lock('mine', 0)");
      assert.deepEqual(session?.advisoryLock, { mine: 1n });
      assert.notEqual(session?.lockSession?.reservedId, 0n);
      const other = await execute("select get_lock('mine', 0)");
      assert.deepEqual(cells(other.result as QueryResult), [["0"]]);
      ({ session } = await execute("select get_lock('mine', 0)", session));
      assert.deepEqual(session?.advisoryLock, { mine: 2n });
      await vitess.closeSession({ ...(session !== undefined && { session }) });
      const after = await execute("select is_free_lock('mine')");
      assert.deepEqual(cells(after.result as QueryResult), [["1"]]);
      const warned = await execute("select cast('7x' as signed)");
      assert.deepEqual(
        warned.session?.warnings.map(({ code }) => code),
        [1292],
      );
    });

    test("settings and variables travel with the session", async () => {
      let { session } = await execute("set @who = 'me', sql_mode = 'ANSI_QUOTES'");
      assert.equal(session?.systemVariables["sql_mode"], "'ANSI_QUOTES'");
      const reply = await execute('select @who, "name" from buyer where id = 1', session);
      assert.deepEqual(cells(reply.result as QueryResult), [["me", "a"]]);
      ({ session } = reply);
      assert.equal(Buffer.from(session?.userDefinedVariables["who"]?.value ?? []).toString(), "me");
    });

    test("what a session must not smuggle in is refused", async () => {
      const bad = (fields: Partial<Session>) =>
        vitess.execute({ session: fields as Session, query: { sql: "select 1" } });
      for (const systemVariables of [
        { sql_mode: "'', @@global.read_only = 0" },
        { sql_mode: "(select 1 from buyer)" },
        { "sql_mode = '', @@global.x": "1" },
      ])
        await assert.rejects(bad({ systemVariables }), /VT23007|1064|syntax/);
      await assert.rejects(bad({ savepoints: ["drop table buyer"] }), /VT23007/);
      await assert.rejects(bad({ targetString: "nowhere" }), /VT05003/);
      await assert.rejects(vitess.execute({}), /VT23007.*query/);
      assert.equal(await count(), "4");
    });

    test("errors of servers arrive with their number, beside the session", async () => {
      const { error, session } = await execute("select nothing from buyer where id = 1");
      assert.match(error?.message ?? "", /\(errno 1054\) \(sqlstate 42S22\)/);
      assert.equal(session?.targetString, "customer@primary");
    });

    test("a batch answers each statement; several in one text end with the first error", async () => {
      const batch = await vitess.executeBatch({
        session: target("customer"),
        queries: [{ sql: "select 1" }, { sql: "select nothing" }, { sql: "select 3" }],
      });
      assert.deepEqual(
        batch.results.map(({ result, error }) => error?.message.includes("1054") ?? cells(result as QueryResult)),
        [[["1"]], true, [["3"]]],
      );
      const multi = await vitess.executeMulti({
        session: target("customer"),
        sql: "select 1; select ';'; select nothing; select 4",
      });
      assert.deepEqual(multi.results.map(cells), [[["1"]], [[";"]]]);
      assert.match(multi.error?.message ?? "", /1054/);
    });

    test("a large answer streams with its session last; a unary call refuses it", async () => {
      const values = Array.from({ length: 2000 }, (_, i) => `(${1000 + i}, repeat('x', 20))`).join(", ");
      await execute(`insert into buyer values ${values}`);
      let [fields, rows, session] = [0, 0, undefined as Session | undefined];
      for await (const piece of vitess.streamExecute({
        session: target("customer"),
        query: { sql: "select * from buyer where id >= 1000" },
      })) {
        assert.equal(session, undefined, "nothing comes after the session");
        fields += piece.result?.fields.length ?? 0;
        rows += piece.result?.rows.length ?? 0;
        session = piece.session;
      }
      assert.deepEqual([fields, rows, session?.autocommit], [2, 2000, true]);
      const { error } = await execute("select * from buyer");
      assert.match(error?.message ?? "", /VT21001.*500 rows.*max-memory-rows/);
      const merged = await execute("select name, count(*) from buyer group by name order by name limit 2");
      assert.deepEqual(cells(merged.result as QueryResult), [
        [null, "1"],
        ["a", "1"],
      ]);
      await execute("delete from buyer where id >= 1000");
      assert.equal(await count(), "4");
    });

    test("streams of several statements mark where each begins and whether more come", async () => {
      const marks: string[] = [];
      for await (const { result, newResult, moreResults, session } of vitess.streamExecuteMulti({
        session: target("customer"),
        sql: "select 1; select nothing",
      }))
        marks.push(
          session !== undefined
            ? "session"
            : `${newResult ? "new" : "same"} ${moreResults ? "more" : "last"} ${result?.error === undefined ? "ok" : "error"}`,
        );
      assert.equal(marks[0], "new more ok");
      assert.deepEqual(marks.slice(-2), ["new last error", "session"]);
    });

    test("a prepared statement is described", async () => {
      const reply = await vitess.prepare({
        session: target("customer"),
        query: { sql: "select id, name from buyer where id = ?" },
      });
      assert.equal(reply.paramsCount, 1);
      assert.deepEqual(
        reply.fields.map(({ name }) => name),
        ["id", "name"],
      );
    });

    test("VStream and binlog dumps are not served", async () => {
      await assert.rejects(async () => {
        for await (const _ of vitess.vStream({})) assert.fail("nothing comes");
      }, /VT25006/);
    });
  });
