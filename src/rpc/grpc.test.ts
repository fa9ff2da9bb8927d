/** gRPC keeps the contract of every transport; health, reflection and unix sockets. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock as clock } from "../base/clock.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../proto/generated/grpc_health_pb.js";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { dialGrpc } from "./grpc-client.ts";
import { serveGrpc } from "./grpc-server.ts";
import { messageSizeMax, testTransport } from "./rpc-contract.ts";
import { implement } from "./service.ts";

testTransport("gRPC", {
  serve: (services, options) =>
    serveGrpc({ clock, listen: { host: "127.0.0.1", port: 0 }, services, limits: { messageSizeMax }, ...options }),
  dial: (address, options) => dialGrpc(address, { clock, messageSizeMax, ...options }),
});

test("a unix socket carries it too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitess-ts-rpc-"));
  const services = [implement(TabletManager, { ping: async ({ payload }) => ({ payload }) })];
  const server = await serveGrpc({ clock, listen: { path: join(folder, "grpc.sock") }, services });
  const channel = dialGrpc(server.address, { clock });
  try {
    assert.equal((await channel.client(TabletManager).ping({ payload: "p" })).payload, "p");
  } finally {
    await channel.close();
    await server.close(0);
    rmSync(folder, { recursive: true });
  }
});

test("a connection too many is refused", async () => {
  const services = [implement(TabletManager, { ping: async ({ payload }) => ({ payload }) })];
  const listen = { host: "[::]", port: 0 };
  const server = await serveGrpc({ clock, listen, services, limits: { connectionsMax: 1 } });
  const [first, second] = [dialGrpc(server.address, { clock }), dialGrpc(server.address, { clock })];
  try {
    assert.equal((await first.client(TabletManager).ping({ payload: "1" })).payload, "1");
    await assert.rejects(second.client(TabletManager).ping({}), { code: "VT14001" });
  } finally {
    await first.close();
    await second.close();
    await server.close(0);
  }
});

test("a port that is taken is told by its code", async () => {
  const server = await serveGrpc({ clock, listen: { host: "127.0.0.1", port: 0 }, services: [] });
  await assert.rejects(serveGrpc({ clock, listen: { host: "127.0.0.1", port: server.port }, services: [] }), {
    code: "EADDRINUSE",
  });
  await server.close(0);
});

test("health is told, watched and listed", async () => {
  const services = [implement(TabletManager, {})];
  const server = await serveGrpc({ clock, listen: { host: "127.0.0.1", port: 0 }, services });
  const channel = dialGrpc(server.address, { clock });
  const health = channel.client(Health);
  const service = TabletManager.typeName;
  try {
    assert.equal((await health.check({})).status, Status.SERVING);
    await assert.rejects(health.check({ service: "nobody" }), /no service nobody/);
    const seen: Status[] = [];
    for await (const { status } of health.watch({ service })) {
      seen.push(status);
      if (seen.length === 3) break;
      server.health.set(service, status !== Status.SERVING);
    }
    assert.deepEqual(seen, [Status.SERVING, Status.NOT_SERVING, Status.SERVING]);
    const { statuses } = await health.list({});
    assert.deepEqual(Object.keys(statuses).sort(), ["", service]);
  } finally {
    await channel.close();
    await server.close(0);
  }
});
