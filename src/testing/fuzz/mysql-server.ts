/**
 * Mutated handshakes and commands against our MySQL server. Each round is one client: it may or may not log in, compress,
 * use query attributes; its bytes are changed at random and cut anywhere. Nothing may throw, every session that was opened is
 * closed, every statement that was prepared too.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../base/clock.ts";
import { ServerError, VtError } from "../../base/errors.ts";
import { silentLogger } from "../../base/log.ts";
import { type Random, seededRandom } from "../../base/random.ts";
import { nativeResponse } from "../../mysql/auth/scramble.ts";
import { staticAuthentication } from "../../mysql/authentication.ts";
import { codecFor, encodeFrame } from "../../mysql/compression.ts";
import { emptyTrailer } from "../../mysql/packets/answers.ts";
import { capability, command } from "../../mysql/packets/capabilities.ts";
import { framePacket } from "../../mysql/packets/frame.ts";
import { decodeGreeting, encodeLogin } from "../../mysql/packets/handshake.ts";
import { startServer } from "../../mysql/server.ts";
import type { Answer, Client, Prepared, SqlService, SqlSession } from "../../mysql/session.ts";
import { encodeColumn, madeColumn } from "../../sqltypes/column-packet.ts";
import { WireWriter } from "../../sqltypes/wire.ts";
import { memoryNetwork } from "./memory-network.ts";
import { cut, mutate, pick, turn } from "./mutate.ts";

const password = "secret";

export async function fuzzMysqlServer(seed: number, rounds: number): Promise<{ readonly sessions: number }> {
  const random = seededRandom(seed);
  const memory = memoryNetwork();
  const service = new RandomService(random);
  const env = { network: memory.network, clock: systemClock, random, log: silentLogger };
  const server = await startServer(
    env,
    {
      address: { host: "fuzz", port: 0 },
      authentication: staticAuthentication(() => ({ app: [{ password }] })),
      serverVersion: "8.4.0-fuzz",
      compression: ["zlib", "zstd"],
      payloadMax: 1024 * 1024,
      cursorBytesMax: 1000,
      localFiles: true,
    },
    service,
  );
  for (let round = 0; round < rounds; round++) {
    const socket = memory.arrive();
    await turn();
    const { salt } = decodeGreeting(socket.takeWritten().subarray(4));
    const client = clientOf(random, salt);
    for (const sent of client.steps) {
      for (const piece of cut(random, sent)) socket.receive(piece);
      if (random.below(3) > 0) await turn();
    }
    await turn();
    socket.destroy();
    await turn();
  }
  for (let left = 5; left > 0; left--) await turn();
  assert.equal(server.connections.size, 0, "connections are left");
  assert.equal(service.opened, service.closed, "sessions are left");
  assert.equal(service.prepared, service.unprepared, "statements are left");
  assert.equal(service.files, service.filesOver, "files are left");
  assert.ok(rounds < 1000 || service.files > 0);
  await server.close();
  return { sessions: service.opened };
}

function clientOf(random: Random, salt: Buffer): { readonly steps: readonly Buffer[] } {
  const capabilities =
    capability.protocol41 |
    capability.secureConnection |
    capability.pluginAuth |
    capability.pluginAuthLenenc |
    capability.connectAttributes |
    pick(random, [0, capability.deprecateEof]) |
    pick(random, [0, capability.queryAttributes]) |
    pick(random, [0, capability.multiStatements]) |
    pick(random, [0, capability.localFiles]) |
    pick(random, [0, 0, capability.compress, capability.zstd]);
  const login = encodeLogin({
    capabilities,
    packetSizeMax: 2 ** 24,
    collation: 45,
    username: "app",
    authResponse: nativeResponse(password, salt),
    database: "",
    authMethod: "mysql_native_password",
    attributes: { program: "fuzz" },
  });
  const withLevel = (capabilities & capability.zstd) === 0 ? login : Buffer.concat([login, Buffer.from([3])]);
  const first = framePacket(withLevel, 1);
  if (random.below(3) === 0) return { steps: [mutate(random, first)] };
  const codec = codecFor(capabilities, 3);
  const commands = Array.from({ length: 1 + random.below(6) }, () => {
    const packet = framePacket(commandOf(random), 0);
    return random.below(2) === 0 ? packet : mutate(random, packet);
  });
  if (codec === undefined) return { steps: [first, ...commands] };
  const frames = commands.map((packet) => encodeFrame(packet, 0, codec));
  return { steps: [first, ...frames.map((bytes) => (random.below(3) === 0 ? mutate(random, bytes) : bytes))] };
}

function commandOf(random: Random): Buffer {
  const id = random.below(3);
  const to = new WireWriter();
  switch (random.below(13)) {
    case 12:
      return Buffer.alloc(0); // The end of a file.
    case 0:
      return to.u8(command.query).text("select 1").finish();
    case 1:
      return to.u8(command.query).u8(0).u8(1).text("select 2").finish();
    case 2:
      return to.u8(command.query).u8(1).u8(1).u8(0).u8(1).u16(253).lenencText("a").lenencText("v").text("x").finish();
    case 3:
    case 4:
      return to.u8(command.statementPrepare).text("select ?").finish();
    case 5:
      return to
        .u8(command.statementExecute)
        .u32(id)
        .u8(random.below(10))
        .u32(1)
        .u8(0)
        .u8(1)
        .u16(253)
        .lenencText("v")
        .finish();
    case 6:
      return to
        .u8(command.statementExecute)
        .u32(id)
        .u8(1)
        .u32(1)
        .u8(0)
        .u8(1)
        .u16(pick(random, [8, 10, 11, 5, 4]))
        .u32(0x0102_0304)
        .u32(7)
        .finish();
    case 7:
      return to.u8(command.statementFetch).u32(id).u32(random.below(5)).finish();
    case 8:
      return to.u8(command.statementSendLongData).u32(id).u16(0).text("long").finish();
    case 9:
      return to
        .u8(pick(random, [command.statementClose, command.statementReset]))
        .u32(id)
        .finish();
    case 10:
      return to
        .u8(command.changeUser)
        .zeroEndedText("app")
        .u8(0)
        .zeroEndedText("")
        .u16(45)
        .zeroEndedText("mysql_native_password")
        .finish();
    default:
      return to.u8(random.below(0x21)).u8(0).u32(random.below(9)).finish();
  }
}

/** Answers everything, somehow: at once or later, well or badly. */
class RandomService implements SqlService {
  readonly #random: Random;
  opened = 0;
  closed = 0;
  prepared = 0;
  unprepared = 0;
  files = 0;
  filesOver = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  async open(client: Client): Promise<SqlSession> {
    if (this.#random.below(20) === 0) throw new ServerError(1049, "42000", "Unknown database");
    this.opened++;
    let isOpen = true;
    const run = (answer: Answer, format: "text" | "binary") => this.#answer(answer, format);
    return {
      statusFlags: 2,
      query: (_text, answer) =>
        client.sendsFiles && this.#random.below(4) === 0 ? this.#askFile(client, answer) : run(answer, "text"),
      execute: (_prepared, _values, answer) => run(answer, "binary"),
      prepare: async () => {
        if (this.#random.below(4) === 0) throw VtError.of("VT12001", "fuzz");
        if (this.#random.below(2) === 0) await turn();
        this.prepared++;
        return { parameterCount: this.#random.below(3), columns, warnings: 0 } satisfies Prepared;
      },
      closePrepared: () => void this.unprepared++,
      useDatabase: async () => {},
      reset: () => turn(),
      fieldList: async () => [encodeColumn(madeColumn("a"))],
      listProcesses: (answer) => run(answer, "text"),
      killConnection: (id) => Promise.reject(new ServerError(1094, "HY000", `Unknown thread id: ${id}`)),
      takeChanges: () => Buffer.alloc(0),
      statistics: () => "Uptime: 1",
      interrupt: () => {},
      close: () => {
        assert.ok(isOpen, "a session is closed twice");
        isOpen = false;
        this.closed++;
      },
    };
  }

  /** Files end well, badly, or never: exactly one of `end` and `lost` is told. */
  #askFile(client: Client, answer: Answer): void {
    this.files++;
    let isOver = false;
    const over = () => {
      assert.ok(!isOver, "a file ended twice");
      isOver = true;
      this.filesOver++;
    };
    try {
      const request = client.requestFile(Buffer.from("f"), {
        bytes: () => {
          assert.ok(!isOver);
          const isFull = this.#random.below(5) === 0;
          if (isFull) setImmediate(() => request.resume());
          return !isFull;
        },
        end: () => {
          over();
          answer.end(emptyTrailer);
        },
        lost: over,
      });
    } catch (thrown) {
      this.filesOver++;
      answer.fail(thrown as ServerError);
    }
  }

  #answer(answer: Answer, format: "text" | "binary"): void {
    if (this.#random.below(3) === 0) setImmediate(() => this.#answerNow(answer, format));
    else this.#answerNow(answer, format);
  }

  #answerNow(answer: Answer, format: "text" | "binary"): void {
    const kind = this.#random.below(3);
    if (kind === 0) return answer.end(emptyTrailer);
    if (kind === 1) return answer.fail(VtError.of("VT12001", "fuzz"));
    answer.columns(columns, columns.map(encodeColumn));
    const row = format === "text" ? Buffer.from("\u0003abc") : Buffer.from([0, 0, 3, 97, 98, 99]);
    for (let left = this.#random.below(40); left > 0; left--) answer.rows(framePacket(row, 0));
    answer.end(emptyTrailer);
  }
}

const columns = [madeColumn("a")];
