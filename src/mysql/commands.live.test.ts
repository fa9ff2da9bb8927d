/**
 * The commands of the protocol that drivers seldom send, packet by packet: what our server answers in front of a real one
 * is what that one answers itself.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { silentLogger } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import { forwardingService } from "../testing/forwarding-service.ts";
import {
  appUser,
  flavours,
  startDatabase,
  testEnvironment,
  type ThrowawayDatabase,
} from "../testing/throwaway-database.ts";
import { wireCapabilities, WireClient } from "../testing/wire-client.ts";
import { noAuthentication } from "./authentication.ts";
import { capability, command, statusFlag } from "./packets/capabilities.ts";
import { decodeError } from "./packets/answers.ts";
import { type MysqlServer, startServer } from "./server.ts";

const environment = { ...testEnvironment, random: systemRandom, log: silentLogger };
const rows = "select a.n, repeat('x', a.n) from (select 1 as n union select 2 union select 3) a order by n";

for (const flavour of flavours)
  describe(flavour, () => {
    let database: ThrowawayDatabase;
    let server: MysqlServer;
    before(async () => {
      database = await startDatabase(flavour);
      server = await startServer(
        environment,
        {
          address: { host: "127.0.0.1", port: 0 },
          authentication: noAuthentication,
          serverVersion: "8.4.6-vitess-ts",
          cursorBytesMax: 1024 * 1024,
        },
        forwardingService(testEnvironment, { address: { path: database.socketPath }, ...appUser, database: "test" }),
      );
    });
    after(async () => {
      await server.close();
      await database.stop();
    });

    const through = (capabilities = wireCapabilities | capability.deprecateEof) =>
      WireClient.login({ host: "127.0.0.1", port: server.port }, { username: "any", database: "test", capabilities });
    const direct = (capabilities = wireCapabilities | capability.deprecateEof) =>
      WireClient.login({ path: database.socketPath }, { username: "root", database: "test", capabilities });

    for (const isNew of [true, false])
      test(`cursors ${isNew ? "without" : "with"} EOF packets: open, fetch, end, reset, errors`, async () => {
        const capabilities = wireCapabilities | (isNew ? capability.deprecateEof : 0);
        const answers: Buffer[][][] = [];
        for (const client of [await through(capabilities), await direct(capabilities)]) {
          const columns = 2;
          const prepared = await client.command(prepareOf(rows), (_, i) => i === columns + (isNew ? 0 : 1));
          const id = prepared[0]?.readUInt32LE(1) ?? 0;
          const seen: Buffer[][] = [];
          seen.push(await client.command(executeOf(id, 1)));
          seen.push(await client.command(fetchOf(id, 2), endsRows));
          seen.push(await client.command(fetchOf(id, 1), endsRows));
          seen.push(await client.command(fetchOf(id, 1), endsRows));
          seen.push(await client.command(executeOf(id, 1)));
          seen.push(await client.command(fetchOf(id, 10), endsRows));
          seen.push(await client.command(executeOf(id, 1)));
          seen.push(await client.command(idOf(command.statementReset, id)));
          seen.push(await client.command(fetchOf(id + 77, 1), endsRows));
          client.close();
          answers.push(seen);
        }
        assert.deepEqual(answers[0]?.map(shown), answers[1]?.map(shown));
      });

    test("a cursor after its end, many cursors at once, one over the budget", async () => {
      const client = await through();
      await client.command(prepareOf(rows), (_, i) => i === 2);
      await client.command(executeOf(1, 1));
      await client.command(fetchOf(1, 10), endsRows);
      assert.equal(errnoOf(await client.command(fetchOf(1, 1), endsRows)), 1421);
      await client.command(prepareOf("select repeat('x', 700000)"), (_, i) => i === 1);
      await client.command(prepareOf("select repeat('x', 600000)"), (_, i) => i === 1);
      const opened = await client.command(executeOf(2, 1));
      assert.equal((opened.at(-1)?.readUInt16LE(3) ?? 0) & statusFlag.cursorExists, statusFlag.cursorExists);
      assert.equal(errnoOf(await client.command(executeOf(3, 1))), 1153);
      client.send(idOf(command.statementClose, 2));
      await client.command(executeOf(3, 1));
      client.close();
      const other = await through();
      await other.command(prepareOf(rows), (_, i) => i === 2);
      for (let i = 2; i <= 65; i++) await other.command(prepareOf(rows), (_, at) => at === 2);
      for (let i = 1; i <= 64; i++) await other.command(executeOf(i, 1));
      assert.equal(errnoOf(await other.command(executeOf(65, 1))), 1461);
      other.close();
    });

    test("options, unknown commands and refusals answer as a server's do", async () => {
      const [ours, theirs] = [await through(), await direct()];
      for (const payload of [
        Buffer.from([command.setOption, 0, 0]),
        Buffer.from([command.setOption, 1, 0]),
        Buffer.from([command.ping]),
        Buffer.from([command.resetConnection]),
        Buffer.from([command.setOption, 9, 0]),
        Buffer.from([0x77]),
      ])
        assert.deepEqual(shown(await ours.command(payload)), shown(await theirs.command(payload)), `0x${payload[0]}`);
      assert.equal(errnoOf(await ours.command(Buffer.from([command.killConnection, 0xff, 0xff, 0xff, 0x7f]))), 1094);
      for (const code of [command.debug, command.shutdown, command.refresh])
        assert.equal(errnoOf(await ours.command(Buffer.from([code, 0]))), 1227);
      for (const code of [command.binlogDump, command.binlogDumpGtid, command.registerReplica, command.tableDump])
        assert.equal(errnoOf(await ours.command(Buffer.from([code]))), 1235);
      assert.match(String((await ours.command(Buffer.from([command.statistics]), () => true))[0]), /^Connection \d/);
      const processes = await ours.command(Buffer.from([command.listProcesses]));
      assert.ok(processes.length > 8, "no list of processes");
      ours.close();
      theirs.close();
    });

    test("query attributes are read past; what asks for them is refused", async () => {
      const client = await through(wireCapabilities | capability.deprecateEof | capability.queryAttributes);
      const attributes = new WireWriter().u8(command.query).lenenc(1).lenenc(1).u8(0).u8(1);
      attributes.u8(253).u8(0).lenencText("traceparent").lenencText("00-ab");
      const head = attributes.finish();
      const plain = Buffer.concat([Buffer.from([command.query, 0, 1]), Buffer.from("select 7")]);
      for (const payload of [plain, Buffer.concat([head, Buffer.from("select 7")])])
        assert.equal(String((await client.command(payload))[2]), "\u00017");
      const asking = Buffer.concat([head, Buffer.from("select MYSQL_query_attribute_string('a')")]);
      assert.equal(errnoOf(await client.command(asking)), 1235);
      await client.command(prepareOf("select ?"), (_, i) => i === 2);
      const execute = new WireWriter().u8(command.statementExecute).u32(1).u8(8).u32(1).lenenc(2).u8(0).u8(1);
      execute.u8(253).u8(0).lenencText("").u8(3).u8(0).lenencText("n").lenencText("hello").u32(5);
      const answered = await client.command(execute.finish());
      assert.match(String(answered[2]), /hello$/);
      client.close();
    });

    test("a change of user rolls back and asks for the password again; long data has a limit", async () => {
      const client = await through();
      await client.command(queryOf("create table changes (id int) engine=innodb"));
      await client.command(queryOf("begin"));
      await client.command(queryOf("insert into changes values (1)"));
      client.send(
        Buffer.concat([Buffer.from([command.changeUser]), Buffer.from("other\0\0test\0\x2d\0mysql_native_password\0")]),
      );
      await client.loggedIn();
      assert.equal(firstCell(await client.command(queryOf("select count(*) from changes"))), "0");
      await client.command(prepareOf("select length(?)"), (_, i) => i === 2);
      const piece = Buffer.concat([
        idOf(command.statementSendLongData, 1),
        Buffer.from([0, 0]),
        Buffer.alloc(1000, "a"),
      ]);
      for (let i = 0; i < 70_000; i++) client.send(piece);
      const execute = Buffer.concat([executeOf(1, 0), Buffer.from([0, 1, 253, 0])]);
      assert.equal(errnoOf(await client.command(execute)), 1301);
      for (let i = 0; i < 2000; i++) client.send(piece);
      const answered = await client.command(execute);
      assert.equal(answered[2]?.readInt32LE(2), 2_000_000);
      client.close();
    });
  });

const queryOf = (text: string) => Buffer.concat([Buffer.from([command.query]), Buffer.from(text)]);
const prepareOf = (text: string) => Buffer.concat([Buffer.from([command.statementPrepare]), Buffer.from(text)]);
const idOf = (code: number, id: number) => new WireWriter().u8(code).u32(id).finish();
const executeOf = (id: number, flags: number) =>
  new WireWriter().u8(command.statementExecute).u32(id).u8(flags).u32(1).finish();
const fetchOf = (id: number, count: number) => new WireWriter().u8(command.statementFetch).u32(id).u32(count).finish();

function firstCell(packets: readonly Buffer[]): string {
  assert.notEqual(packets[0]?.[0], 0xff, packets[0]?.toString());
  return packets[2]?.toString("utf8", 1) ?? "";
}

const endsRows = (packet: Buffer) => packet[0] === 0xfe || packet[0] === 0xff;

function errnoOf(packets: readonly Buffer[]): number {
  const last = packets.at(-1);
  assert.equal(last?.[0], 0xff, `no error: ${last?.toString("hex")}`);
  return decodeError(last).errno;
}

/** Errors by their number, for texts differ; definitions not at all: a cursor's may be those of the server's temporary table. */
function shown(packets: readonly Buffer[]): string[] {
  return packets.map((packet) => {
    if (packet[0] === 0xff) return `error ${decodeError(packet).errno}`;
    return packet.toString("latin1", 1, 4) === "def" ? "definition" : packet.toString("hex");
  });
}
