/** The query link, and no carrier at all, keep the contract; strangers and nonsense are shut out; a lost link says so. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { silentLogger } from "../base/log.ts";
import { network } from "../base/network.ts";
import { seededRandom } from "../base/random.ts";
import type { Address } from "../base/socket.ts";
import type { TlsOptions } from "../base/tls.ts";
import { ask, requestOf, testCaller, testOptions, testTarget } from "../testing/query-requests.ts";
import {
  fullTrailer,
  type ScriptedService,
  scriptedHealth,
  scriptedService,
  scriptedState,
} from "../testing/scripted-service.ts";
import { mtlsAuth, staticAuth } from "./auth.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { linkQueryService } from "./link-client.ts";
import { frame } from "./link-frames.ts";
import { serveLink } from "./link-server.ts";
import { testQueryFace } from "./query-service-contract.ts";
import type { QueryService, ResultReader, TabletHealth } from "./query-service.ts";
import { Slots } from "./slots.ts";

const env = { network, clock: systemClock, log: silentLogger };
const loopback = { host: "127.0.0.1", port: 0 };

const faces: Readonly<
  Record<string, { readonly underwayMax: number; readonly open: (behind: QueryService) => Promise<Face> }>
> = {
  direct: { underwayMax: 100_000, open: async (behind) => ({ client: behind, close: async () => {} }) },
  "link over TCP": { underwayMax: 400_000, open: (behind) => overLink(behind, loopback) },
  "link over a unix socket": {
    underwayMax: 400_000,
    open: async (behind) => {
      const folder = mkdtempSync(join(tmpdir(), "vt-link-"));
      const face = await overLink(behind, { path: join(folder, "link.sock") });
      return { client: face.client, close: () => face.close().then(() => rmSync(folder, { recursive: true })) };
    },
  },
};

async function overLink(behind: QueryService, address: Address): Promise<Face> {
  const server = await serveLink(env, { address, service: behind });
  const client = linkQueryService(env, { address: "path" in address ? address : { ...address, port: server.port } });
  return { client, close: () => client.close().then(() => server.close()) };
}

for (const [name, { underwayMax, open }] of Object.entries(faces)) {
  if (name !== "direct") testQueryFace(name, (behind) => open(behind), { hasUnaryLimit: false });
  testMore(name, { underwayMax }, open);
}

test("only who gives the password gets in; the others hear why", async () => {
  const authenticate = staticAuth([{ username: "gate", password: "right" }]);
  const server = await serveLink(env, { address: loopback, service: scriptedService(), authenticate });
  const address = { host: "127.0.0.1", port: server.port };
  const attempt = async (credentials?: { username: string; password: string }) => {
    const service = linkQueryService(env, { address, ...(credentials && { credentials }) });
    const got = await ask(service, "ok");
    await service.close();
    return (got.error as { code?: string } | undefined)?.code;
  };
  assert.equal(await attempt({ username: "gate", password: "right" }), undefined);
  assert.equal(await attempt({ username: "gate", password: "wrong" }), "VT25005");
  assert.equal(await attempt(), "VT25004");
  await server.close();
});

test("TLS from the first byte; with a demand for the client's certificate, only who has one gets in", async () => {
  const read = (name: string) => readFileSync(`${import.meta.dirname}/../testing/testdata/tls/${name}.pem`, "utf8");
  const ca = read("ca");
  const server = await serveLink(env, {
    address: loopback,
    service: scriptedService(),
    authenticate: mtlsAuth(["CN="]),
    tls: { ca, cert: read("server"), key: read("server-key"), verifyPeer: true },
  });
  const address = { host: "127.0.0.1", port: server.port };
  const attempt = async (tls: TlsOptions | undefined) => {
    const service = linkQueryService(env, { address, connectTimeoutMs: 1000, ...(tls && { tls }) });
    const { error, rows } = await ask(service, "rows 100 10000");
    await service.close();
    return error === undefined ? rows.length : (error as { code?: string }).code;
  };
  const own = { cert: read("client"), key: read("client-key") };
  assert.equal(await attempt({ ca, ...own, verifyPeer: true, serverName: "localhost" }), 100);
  assert.equal(await attempt({ ca, verifyPeer: true, serverName: "localhost" }), "VT14001");
  assert.equal(await attempt({ ...own, verifyPeer: true, serverName: "localhost" }), "VT14001", "an unknown authority");
  assert.equal(await attempt({ ca, ...own, verifyPeer: true, serverName: "elsewhere" }), "VT14001", "another name");
  assert.equal(await attempt(undefined), "VT14001", "no TLS at all");
  await server.close();
});

test("a lost link fails what was under way, lets go of its transactions, and comes back", async () => {
  const behind = scriptedService();
  let server = await serveLink(env, { address: loopback, service: behind });
  const address = { host: "127.0.0.1", port: server.port };
  const service = linkQueryService(env, { address });
  await service.begin(testTarget, testOptions, [], testCaller);
  const waiting = ask(service, "wait");
  const health = service.streamHealth(() => {}, new AbortController().signal);
  await ask(service, "ok");
  await Promise.all([
    server.close(),
    assert.rejects(health, { code: "VT14001" }),
    waiting.then(({ error }) => assert.equal((error as { code?: string }).code, "VT14001")),
  ]);
  assert.ok(behind.calls.some(([verb]) => verb === "release"));
  assert.equal(((await ask(service, "ok")).error as { code?: string }).code, "VT14001");
  server = await serveLink(env, { address, service: behind });
  assert.equal((await ask(service, "ok")).error, undefined);
  await service.close();
  await server.close();
});

test("nonsense closes a link, never the server", async () => {
  const server = await serveLink(env, { address: loopback, service: scriptedService() });
  const random = seededRandom(5);
  const hello = Buffer.concat([Buffer.from("vtlink"), Buffer.from([1, 0, 0, 0, 0, 0, 0])]);
  for (let round = 0; round < 300; round++) {
    const noise = random.bytes(random.below(300));
    const bytes =
      round % 3 === 0 ? noise : Buffer.concat([frame(1, 0, hello), frame(random.below(45), random.below(3), noise)]);
    await new Promise<void>((resolve) => {
      const socket = connectPlain(server.port, "127.0.0.1", () => socket.end(bytes));
      socket
        .on("error", () => {})
        .on("close", () => resolve())
        .resume();
    });
  }
  const service = linkQueryService(env, { address: { host: "127.0.0.1", port: server.port } });
  assert.equal((await ask(service, "ok")).error, undefined);
  await service.close();
  await server.close();
});

test("frames cut anywhere come out whole; too large is refused from the header on", () => {
  const random = seededRandom(9);
  const payloads = Array.from({ length: 60 }, () => random.bytes(random.below(random.below(5) === 0 ? 300_000 : 40)));
  const bytes = Buffer.concat(payloads.map((payload, i) => frame(i % 40, i, payload)));
  for (const cut of [() => 1 + random.below(7), () => 1 + random.below(100_000), () => bytes.length]) {
    const got: Buffer[] = [];
    const assembler = new FrameAssembler(1_000_000, (kind, stream, payload) => {
      assert.equal(kind, stream % 40);
      got.push(Buffer.from(payload.rest()));
    });
    for (let at = 0; at < bytes.length; ) {
      const size = cut();
      assembler.push(bytes.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(got, payloads);
  }
  assert.throws(() => new FrameAssembler(10, () => {}).push(frame(1, 1, Buffer.alloc(11)).subarray(0, 9)));
});

test("slots: known ones positive, new ones negative, the oldest is used again", () => {
  const slots = new Slots<string>(2);
  assert.deepEqual(
    ["a", "b", "a", "c", "a", "c"].map((key) => slots.find(key)),
    [-1, -2, 1, -1, -2, 1],
  );
});

interface Face {
  readonly client: QueryService;
  close(): Promise<void>;
}

interface FaceTraits {
  /** Bytes that may be under way to a reader that stopped. */
  readonly underwayMax: number;
}

/** What the contract leaves open and the link promises: all of the trailer, large answers, credit. `open` puts the carrier in front of `behind`. */
function testMore(name: string, traits: FaceTraits, open: (behind: QueryService) => Promise<Face>): void {
  describe(`query service: ${name}`, () => {
    let behind: ScriptedService;
    let face: Face;
    const until = async (isTrue: () => boolean) => {
      for (let i = 0; i < 2000 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.ok(isTrue(), "waited in vain");
    };
    before(async () => {
      behind = scriptedService();
      face = await open(behind);
    });
    after(() => face.close());

    test("rows, one and many, small and large", async () => {
      for (const [count, size] of [
        [0, 1],
        [1, 10],
        [1000, 300],
        [40, 70_000],
      ]) {
        const got = await ask(face.client, `rows ${count} ${size}`);
        assert.equal(got.error, undefined);
        assert.deepEqual(got.names, ["id", "text"]);
        assert.equal(got.rows.length, count);
        assert.ok(got.rows.every(([id, text], i) => id === String(i) && text?.length === size));
        assert.deepEqual([got.state.transactionId, got.state.reservedId], [0, 0]);
      }
    });

    test("the trailer and the state", async () => {
      const got = await ask(face.client, "ok", { begin: true });
      assert.deepEqual(got.state, scriptedState);
      assert.deepEqual(got.trailer, fullTrailer);
    });

    test("many at once do not mix", async () => {
      const all = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(face.client, `rows ${i % 7} ${i + 1}`)));
      for (const [i, got] of all.entries()) {
        assert.equal(got.rows.length, i % 7);
        assert.ok(got.rows.every(([, text]) => text?.length === i + 1));
      }
    });

    test("a reader that stops is not sent to for ever, and goes on when it resumes; others are served meanwhile", async () => {
      let bytes = 0;
      let isOver = false;
      let isTaking = false;
      const reader: ResultReader = {
        columns: () => {},
        rows: (chunk) => {
          bytes += chunk.length;
          return isTaking;
        },
        end: () => {
          isOver = true;
        },
        fail: assert.fail,
      };
      const before = behind.sentBytes();
      const running = face.client.execute(requestOf("rows 2000 10000"), reader);
      await until(() => bytes > 0);
      const other = await ask(face.client, "rows 3 5");
      assert.equal(other.rows.length, 3);
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.ok(behind.sentBytes() - before < traits.underwayMax, `${behind.sentBytes() - before} bytes were sent`);
      assert.equal(isOver, false);
      isTaking = true;
      running.resume();
      await until(() => isOver);
      assert.ok(bytes > 20_000_000);
    });

    test("health comes at once, then on each change, until the listener leaves", async () => {
      const seen: TabletHealth[] = [];
      const stop = new AbortController();
      const streamed = face.client.streamHealth((health) => seen.push(health), stop.signal);
      await until(() => seen.length === 1);
      assert.deepEqual(seen[0], scriptedHealth);
      behind.push({ ...scriptedHealth, isServing: false, healthError: "away" });
      await until(() => seen.length === 2);
      assert.equal(seen[1]?.isServing, false);
      stop.abort();
      await streamed;
    });
  });
}
