/**
 * Mutated answers of a server against our MySQL client: while it logs in, then for statements, prepared ones and their
 * results. Everything asked comes to exactly one end.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../base/clock.ts";
import { type Random, seededRandom } from "../../base/random.ts";
import { connect, type Connection } from "../../mysql/client.ts";
import { emptyTrailer, encodeError, encodeOk } from "../../mysql/packets/answers.ts";
import { backendCapabilities } from "../../mysql/packets/capabilities.ts";
import { framePacket } from "../../mysql/packets/frame.ts";
import { encodeAuthSwitch, encodeGreeting } from "../../mysql/packets/handshake.ts";
import { encodePreparedHead } from "../../mysql/packets/prepared.ts";
import { encodeSessionState } from "../../mysql/packets/session-state.ts";
import { sql } from "../../mysql/sql.ts";
import { encodeColumn, madeColumn } from "../../sqltypes/column-packet.ts";
import type { ResultSink } from "../../sqltypes/result.ts";
import { integerValue } from "../../sqltypes/value.ts";
import { type MemorySocket, memoryNetwork } from "./memory-network.ts";
import { cut, mutate, pick, turn } from "./mutate.ts";

const salt = Buffer.from("ABCDEFGHIJKLMNOPQRST");
const framed = (...payloads: readonly Buffer[]) =>
  Buffer.concat(payloads.map((payload, i) => framePacket(payload, i + 1)));
const greeting = framePacket(
  encodeGreeting({
    serverVersion: "8.4.0",
    connectionId: 7,
    salt,
    capabilities: backendCapabilities,
    collation: 45,
    statusFlags: 2,
    authMethod: "caching_sha2_password",
  }),
  0,
);
const sessionState = encodeSessionState([{ kind: "gtids", gtids: "0-1-2" }]);
const ok = encodeOk(emptyTrailer, backendCapabilities);
const columns = [encodeColumn(madeColumn("a")), encodeColumn(madeColumn("b", "INT64"))];
const end = encodeOk({ ...emptyTrailer, sessionState }, backendCapabilities, 0xfe);
const more = encodeOk({ ...emptyTrailer, statusFlags: 10 }, backendCapabilities, 0xfe);
const error = encodeError(1064, "42000", "wrong");
const textRow = Buffer.from("\u0001a\u00012");
const binaryRow = Buffer.from([0, 0, 1, 97, 1, 0, 0, 0, 0, 0, 0, 0]);

const logins = [
  framePacket(ok, 2),
  framed(Buffer.from([1, 3]), ok),
  framed(Buffer.from([1, 4])),
  framed(encodeAuthSwitch({ method: "mysql_native_password", salt }), ok),
  framePacket(error, 2),
];
const results = (row: Buffer) => [
  framed(ok),
  framed(error),
  framed(Buffer.from([2]), ...columns, row, row, end),
  framed(Buffer.from([2]), ...columns, row, more, Buffer.from([2]), ...columns, row, end),
  framed(Buffer.from([2]), ...columns, row, error),
];
const prepares = [
  framed(encodePreparedHead(1, 2, 1), encodeColumn(madeColumn("?")), ...columns),
  framed(encodePreparedHead(1, 0, 0)),
  framed(error),
];

export async function fuzzMysqlClient(seed: number, rounds: number): Promise<{ readonly answered: number }> {
  const random = seededRandom(seed);
  const memory = memoryNetwork();
  const env = { network: memory.network, clock: systemClock };
  let answered = 0;
  for (let round = 0; round < rounds; round++) {
    const connecting = connect(env, { address: { host: "fuzz", port: 1 }, username: "u", password: "p" });
    const socket = memory.dialed.pop() as MemorySocket;
    const isLogin = random.below(4) === 0;
    const settled = connecting.catch((thrown: Error) => thrown);
    await turn();
    send(random, socket, isLogin && random.below(2) === 0 ? mutate(random, greeting) : greeting);
    await turn();
    const login = isLogin ? pick(random, logins) : (logins[0] as Buffer);
    send(random, socket, isLogin ? mutate(random, login) : login);
    await turn();
    if (isLogin) socket.destroy();
    const connection = await settled;
    if (connection instanceof Error) assert.ok("errno" in connection, connection.stack);
    else answered += await askAll(random, connection, socket);
    socket.destroy();
  }
  return { answered };
}

function send(random: Random, socket: MemorySocket, bytes: Buffer): void {
  for (const piece of cut(random, bytes)) socket.receive(piece);
}

/** Asks until the connection is lost, at most three things; answers how many came to a good end. */
async function askAll(random: Random, connection: Connection, socket: MemorySocket): Promise<number> {
  let good = 0;
  for (let left = 3; left > 0 && !connection.isClosed; left--) {
    const { done, answers } = ask(random, connection);
    const answer = pick(random, answers);
    send(random, socket, random.below(4) === 0 ? answer : mutate(random, answer));
    await turn();
    if (connection.isBusy) socket.destroy(); // What was cut off never comes.
    const thrown = await done;
    if (thrown === undefined) good++;
    else assert.ok(["ServerError", "VtError", "MalformedBytes"].includes(thrown.name), thrown.stack);
  }
  return good;
}

function ask(random: Random, connection: Connection) {
  const kind = random.below(4);
  if (kind === 0) return { answers: results(textRow), done: settle(connection.query(sql`select 1`)) };
  if (kind === 1) return { answers: prepares, done: settle(connection.prepare("select ?")) };
  if (kind === 2) return { answers: results(textRow), done: once((sink) => connection.send("select 1", sink)) };
  const statement = { id: 1, parameterCount: 1, parameterPackets: [], columns: [], columnPackets: [], warnings: 0 };
  return {
    answers: results(binaryRow),
    done: once((sink) => connection.execute(statement, [integerValue(5)], sink)),
  };
}

const settle = (work: Promise<unknown>): Promise<Error | undefined> =>
  work.then(
    () => undefined,
    (thrown: Error) => thrown,
  );

/** The last call of a sink is its only last call. */
function once(start: (sink: ResultSink) => void): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let isOver = false;
    const over = (thrown?: Error) => {
      assert.ok(!isOver, "an answer ended twice");
      isOver = true;
      resolve(thrown);
    };
    start({
      columns: () => assert.ok(!isOver),
      rows: () => !isOver,
      end: (trailer) => ((trailer.statusFlags & 8) === 0 ? over() : undefined),
      fail: (thrown) => over(thrown),
    });
  });
}
