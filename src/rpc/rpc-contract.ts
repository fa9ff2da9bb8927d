/** What every transport owes: the same tests run over gRPC and over the in-memory network. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { PeerError, ServerError, VtError } from "../base/errors.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { Throttler } from "../proto/generated/throttlerservice_pb.js";
import { GetSchemaRequestSchema } from "../proto/generated/tabletmanagerdata_pb.js";
import type { Authenticator, Credentials } from "./auth.ts";
import { staticAuth } from "./auth.ts";
import { type CallContext, type Channel, implement, type RpcServer, type Service } from "./service.ts";

export interface Transport {
  serve(services: readonly Service[], options?: { authenticate?: Authenticator }): Promise<RpcServer>;
  dial(address: string, options?: { credentials?: Credentials }): Channel;
}

/** Both sides of every test. */
export const messageSizeMax = 64 * 1024;

export function testTransport(name: string, transport: Transport): void {
  const check = (what: string, run: (lab: Lab) => Promise<void>, options?: { authenticate?: Authenticator }): void => {
    test(`${name}: ${what}`, async () => {
      const lab = new Lab();
      const server = await transport.serve([lab.service], options);
      const channel = transport.dial(server.address);
      lab.start(server, channel, transport);
      try {
        await run(lab);
      } finally {
        lab.letGo();
        await channel.close();
        await server.close(0);
      }
    });
  };

  check("a unary call", async ({ client }) => {
    assert.equal((await client.ping({ payload: "héllo" })).payload, "héllo");
    const replies = await Promise.all([1, 2, 3, 4].map((n) => client.ping({ payload: `${n}` })));
    assert.deepEqual(
      replies.map((reply) => reply.payload),
      ["1", "2", "3", "4"],
    );
  });

  check("what is sent is not shared", async (lab) => {
    const request = create(GetSchemaRequestSchema, { tables: ["a"] });
    const reply = await lab.client.getSchema(request);
    lab.lastTables.push("changed by the server");
    assert.deepEqual(request.tables, ["a"]);
    assert.equal(reply.schemaDefinition?.databaseSchema, "a");
  });

  check("a stream, in order and to its end", async ({ client }) => {
    const values: string[] = [];
    for await (const { event } of client.backup({ concurrency: 500 })) values.push(event?.value ?? "");
    assert.equal(values.length, 500);
    assert.deepEqual([values[0], values[499]], ["0", "499"]);
  });

  check("leaving the loop stops the handler", async (lab) => {
    for await (const { event } of lab.client.backup({ concurrency: -1 })) if (event?.value === "3") break;
    await lab.stopped;
  });

  check("errors keep class, code, number and text", async ({ client }) => {
    await assert.rejects(client.ping({ payload: "VtError" }), (error) => {
      assert.ok(error instanceof VtError);
      assert.equal(error.code, "VT05003");
      assert.equal(error.message, "VT05003: unknown database 'x' in vschema");
      return true;
    });
    await assert.rejects(client.ping({ payload: "ServerError" }), (error) => {
      assert.ok(error instanceof PeerError);
      assert.deepEqual([error.grpc, error.errno, error.sqlState], ["already_exists", 1062, "23000"]);
      assert.equal(error.message, "Duplicate entry 'ü%1'");
      return true;
    });
    await assert.rejects(client.ping({ payload: "cluster event" }), (error) => {
      assert.ok(error instanceof PeerError);
      assert.equal(error.grpc, "cluster_event");
      return true;
    });
    await assert.rejects(client.ping({ payload: "Error" }), (error) => {
      assert.ok(error instanceof PeerError);
      assert.deepEqual([error.grpc, error.message], ["unknown", "boom"]);
      return true;
    });
  });

  check("an error in the middle of a stream comes after its values", async ({ client }) => {
    const values: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { event } of client.restoreFromBackup({})) values.push(event?.value ?? "");
      },
      (error) => error instanceof ServerError && error.errno === 1064,
    );
    assert.deepEqual(values, ["one", "two"]);
  });

  check("cancelling a unary call ends both sides", async (lab) => {
    const controller = new AbortController();
    const call = lab.client.sleep({}, { signal: controller.signal });
    await lab.sleeping;
    controller.abort();
    await assert.rejects(call, isVtError("VT25002"));
    await lab.stopped;
    await assert.rejects(lab.client.ping({}, { signal: controller.signal }), isVtError("VT25002"));
  });

  check("cancelling a stream ends both sides", async (lab) => {
    const controller = new AbortController();
    const read = async () => {
      for await (const _ of lab.client.backup({ concurrency: -1 }, { signal: controller.signal })) controller.abort();
    };
    await assert.rejects(read(), isVtError("VT25002"));
    await lab.stopped;
  });

  check("a deadline ends both sides, and the handler knows it", async (lab) => {
    await assert.rejects(lab.client.sleep({}, { timeoutMs: 30 }), isVtError("VT25001"));
    await lab.stopped;
    assert.ok(Number.isFinite(lab.lastContext?.deadlineMs));
  });

  check("unary calls have a deadline even when none is given", async (lab) => {
    await lab.client.ping({});
    assert.ok(Number.isFinite(lab.lastContext?.deadlineMs));
  });

  check("messages beyond the limit are refused, either way, and the channel goes on", async ({ client }) => {
    const payload = "x".repeat(messageSizeMax + 1);
    await assert.rejects(client.ping({ payload }), isVtError("VT25003"));
    await assert.rejects(client.ping({ payload: "large" }), isVtError("VT25003"));
    assert.equal((await client.ping({ payload: "small" })).payload, "small");
  });

  check("metadata reaches the handler", async (lab) => {
    await lab.client.ping({}, { metadata: { "X-Trace": "t1" } });
    assert.equal(lab.lastContext?.metadata.get("x-trace"), "t1");
  });

  check("methods and services that are not served", async ({ client, channel }) => {
    await assert.rejects(client.lockTables({}), isVtError("VT25006"));
    await assert.rejects(channel.client(Throttler).maxRates({}), isVtError("VT25006"));
  });

  check("a server that goes away, and one that was never there", async (lab) => {
    const call = lab.client.sleep({});
    await lab.sleeping;
    const closing = lab.server.close(0);
    await assert.rejects(call, isVtError("VT14001"));
    await closing;
    await assert.rejects(lab.client.ping({}), isVtError("VT14001"));
  });

  check("closing waits for the calls under way", async (lab) => {
    const call = lab.client.sleep({});
    await lab.sleeping;
    const closing = lab.server.close(60_000);
    lab.letGo();
    await call;
    await closing;
  });

  const users = staticAuth([{ username: "app", password: "secret" }]);
  check(
    "static passwords",
    async (lab) => {
      await assert.rejects(lab.client.ping({}), isVtError("VT25004"));
      const pingAs = async (username: string, password: string) => {
        const channel = lab.transport.dial(lab.server.address, { credentials: { username, password } });
        try {
          await channel.client(TabletManager).ping({});
          return lab.lastContext?.user;
        } finally {
          await channel.close();
        }
      };
      await assert.rejects(pingAs("app", "wrong"), isVtError("VT25005"));
      await assert.rejects(pingAs("other", "secret"), isVtError("VT25005"));
      assert.equal(await pingAs("app", "secret"), "app");
    },
    { authenticate: users },
  );
}

function isVtError(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof VtError, `${String(error)} is no VtError`);
    assert.equal(error.code, code, error.message);
    return true;
  };
}

/** A server whose handlers tell the test what happens to them. */
class Lab {
  lastContext: CallContext | undefined;
  lastTables: string[] = [];
  readonly #sleeping = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #letGo = Promise.withResolvers<void>();
  #started: { server: RpcServer; channel: Channel; transport: Transport } | undefined;

  readonly service = implement(TabletManager, {
    ping: async ({ payload }, context) => {
      this.lastContext = context;
      if (payload === "VtError") throw VtError.of("VT05003", "x");
      if (payload === "ServerError") throw new ServerError(1062, "23000", "Duplicate entry 'ü%1'");
      if (payload === "cluster event") throw Object.assign(new Error("failing over"), { grpc: "cluster_event" });
      if (payload === "Error") throw new Error("boom");
      return { payload: payload === "large" ? "x".repeat(messageSizeMax + 1) : payload };
    },
    getSchema: async ({ tables }) => {
      this.lastTables = tables;
      return { schemaDefinition: { databaseSchema: tables.join() } };
    },
    sleep: async (_request, context) => {
      this.lastContext = context;
      context.signal.addEventListener("abort", () => this.#stopped.resolve());
      this.#sleeping.resolve();
      await Promise.race([this.#letGo.promise, this.#stopped.promise]);
      return {};
    },
    backup: (request, { signal }) => this.#backup(request.concurrency, signal),
    restoreFromBackup: async function* () {
      yield { event: { value: "one" } };
      yield { event: { value: "two" } };
      throw new ServerError(1064, "42000", "syntax");
    },
  });

  async *#backup(count: number, signal: AbortSignal) {
    try {
      for (let i = 0; i !== count && !signal.aborted; i++) yield { event: { value: `${i}` } };
    } finally {
      this.#stopped.resolve();
    }
  }

  start(server: RpcServer, channel: Channel, transport: Transport): void {
    this.#started = { server, channel, transport };
  }
  get #parts() {
    assert.ok(this.#started);
    return this.#started;
  }
  get server() {
    return this.#parts.server;
  }
  get channel() {
    return this.#parts.channel;
  }
  get transport() {
    return this.#parts.transport;
  }
  get client() {
    return this.#parts.channel.client(TabletManager);
  }
  get sleeping() {
    return this.#sleeping.promise;
  }
  get stopped() {
    return this.#stopped.promise;
  }
  letGo(): void {
    this.#letGo.resolve();
  }
}
