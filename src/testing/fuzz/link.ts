/** Mutated frames of the query link: of a gateway against a tablet's side, and of a tablet against a gateway's. */
import assert from "node:assert/strict";
import { systemClock } from "../../base/clock.ts";
import { silentLogger } from "../../base/log.ts";
import { type Random, seededRandom } from "../../base/random.ts";
import type { QueryService } from "../../rpc/query-service.ts";
import { linkQueryService } from "../../rpc/link-client.ts";
import {
  beginFrame,
  frame,
  frameHeaderSize,
  frameKind,
  linkVersion,
  writeColumns,
  writeEnd,
  writeFail,
  writeHello,
  writeJson,
} from "../../rpc/link-frames.ts";
import { ExecuteWriter } from "../../rpc/link-execute.ts";
import { serveLink } from "../../rpc/link-server.ts";
import { encodeColumn, madeColumn } from "../../sqltypes/column-packet.ts";
import { integerValue } from "../../sqltypes/value.ts";
import type { WireWriter } from "../../sqltypes/wire.ts";
import { framePacket } from "../../mysql/packets/frame.ts";
import { requestOf, testCaller, testOptions, testTarget } from "../query-requests.ts";
import { fullTrailer, noScriptedState, scriptedHealth, scriptedService } from "../scripted-service.ts";
import { type MemorySocket, memoryNetwork } from "./memory-network.ts";
import { cut, mutate, pick, turn } from "./mutate.ts";

/** A writer's frame, finished. */
function bytesOf(to: WireWriter): Buffer {
  to.patchU32(0, to.size - frameHeaderSize);
  return Buffer.from(to.memory.subarray(0, to.size));
}

const hello = bytesOf(
  writeHello(beginFrame(frameKind.hello, 0), { version: linkVersion, features: 0, credentials: {} }),
);
const executeOf = (stream: number, text: string, begin: boolean) => {
  const binds = { a: integerValue(5), list: { type: "TUPLE", values: [integerValue(6)] } } as const;
  return bytesOf(
    new ExecuteWriter().write(stream, {
      ...requestOf(text),
      begin,
      savepoints: ["s"],
      binds,
      transactionId: stream % 2,
    }),
  );
};
const u32 = (n: number) => Buffer.from([n & 255, (n >> 8) & 255, 0, 0]);
const calls = { target: testTarget, transactionId: 5, reservedId: 0 };
const requests = [
  executeOf(1, "rows 5 100", false),
  executeOf(2, "ok", true),
  executeOf(3, "server error", false),
  executeOf(4, "wait", true),
  frame(frameKind.credit, 1, u32(5000)),
  frame(frameKind.cancel, 4, Buffer.alloc(0)),
  bytesOf(
    writeJson(beginFrame(frameKind.begin, 5), {
      target: testTarget,
      options: testOptions,
      settings: [],
      caller: testCaller,
    }),
  ),
  bytesOf(writeJson(beginFrame(frameKind.commit, 6), calls)),
  bytesOf(writeJson(beginFrame(frameKind.rollback, 7), calls)),
  bytesOf(writeJson(beginFrame(frameKind.release, 8), calls)),
  bytesOf(writeJson(beginFrame(frameKind.getSchema, 9), { target: testTarget, kind: "all", names: ["t"] })),
  frame(frameKind.streamHealth, 10, Buffer.alloc(0)),
];

export async function fuzzLinkServer(seed: number, rounds: number): Promise<void> {
  const random = seededRandom(seed);
  const memory = memoryNetwork();
  const env = { network: memory.network, clock: systemClock, log: silentLogger };
  const server = await serveLink(env, { address: { host: "fuzz", port: 0 }, service: careful(scriptedService()) });
  for (let round = 0; round < rounds; round++) {
    const socket = memory.arrive();
    const frames = [random.below(8) === 0 ? mutate(random, hello) : hello];
    for (let left = 1 + random.below(6); left > 0; left--) frames.push(pick(random, requests));
    const at = 1 + random.below(frames.length - 1);
    frames[at] = mutate(random, frames[at] as Buffer);
    for (const piece of cut(random, Buffer.concat(frames))) socket.receive(piece);
    await turn();
    await turn();
    socket.destroy();
    await turn();
  }
  await server.close();
}

/** The script's own numbers are not what is tried here. */
function careful(service: QueryService): QueryService {
  const known = new Set(["rows 5 100", "ok", "server error", "wait"]);
  return {
    ...service,
    execute: (request, reader) => service.execute(known.has(request.sql) ? request : { ...request, sql: "ok" }, reader),
  };
}

const state = noScriptedState;
const packets = [encodeColumn(madeColumn("a"))];
const row = framePacket(Buffer.from("\u0001x"), 0);
const answersTo = (stream: number) => [
  bytesOf(writeColumns(beginFrame(frameKind.columns, stream), 1, packets)),
  bytesOf(writeColumns(beginFrame(frameKind.columns, stream), 1, undefined)),
  frame(frameKind.rows, stream, row),
  bytesOf(writeEnd(beginFrame(frameKind.end, stream), fullTrailer, state)),
  bytesOf(writeFail(beginFrame(frameKind.fail, stream), { code: 3, message: "VT12001: no" }, state)),
  bytesOf(writeJson(beginFrame(frameKind.reply, stream), 7)),
  bytesOf(writeJson(beginFrame(frameKind.health, stream), scriptedHealth)),
];
const welcome = bytesOf(
  writeHello(beginFrame(frameKind.welcome, 0), { version: linkVersion, features: 0, credentials: {} }),
);

export async function fuzzLinkClient(seed: number, rounds: number): Promise<void> {
  const random = seededRandom(seed);
  const memory = memoryNetwork();
  const env = { network: memory.network, clock: systemClock };
  for (let round = 0; round < rounds; round++) {
    const client = linkQueryService(env, { address: { host: "fuzz", port: 1 } });
    const asked: Promise<unknown>[] = [
      ended(client, false),
      ended(client, true),
      client.commit(testTarget, 3).catch((thrown: Error) => thrown),
    ];
    await turn();
    const socket = memory.dialed.pop() as MemorySocket;
    send(random, socket, random.below(6) === 0 ? mutate(random, welcome) : welcome);
    await turn();
    for (let left = 1 + random.below(6); left > 0; left--) {
      const answer = pick(random, answersTo(random.below(4)));
      send(random, socket, random.below(2) === 0 ? answer : mutate(random, answer));
    }
    await turn();
    socket.destroy();
    const ends = await Promise.all(asked);
    assert.equal(ends.length, asked.length); // Each came to an end: that is all that is asked of it.
    await client.close();
  }
}

/** A statement's end; its rows are not looked at. */
function ended(client: QueryService, begin: boolean): Promise<void> {
  return new Promise((resolve) => {
    client.execute(requestOf("select 1", { begin }), {
      columns: () => {},
      rows: () => true,
      end: () => resolve(),
      fail: () => resolve(),
    });
  });
}

function send(random: Random, socket: MemorySocket, bytes: Buffer): void {
  for (const piece of cut(random, bytes)) socket.receive(piece);
}
