/** A gRPC client that nobody here wrote (buf curl) calls our server by reflection; TLS and mTLS with real certificates. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { systemClock as clock } from "../base/clock.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { mtlsAuth } from "./auth.ts";
import { dialGrpc, type GrpcClientTls } from "./grpc-client.ts";
import { serveGrpc } from "./grpc-server.ts";
import { implement } from "./service.ts";

const buf = join(import.meta.dirname, "../../node_modules/.bin/buf");
const run = promisify(execFile);
const services = [
  implement(TabletManager, {
    ping: async ({ payload }, { user }) => {
      if (payload === "fail") throw new ServerError(1062, "23000", "Duplicate entry");
      return { payload: payload === "who" ? user : payload };
    },
    backup: async function* () {
      for (const value of ["one", "two"]) yield { event: { value } };
    },
  }),
];
const listen = { host: "127.0.0.1", port: 0 };

test("buf curl lists, calls, streams and reads errors", async () => {
  const server = await serveGrpc({ clock, listen, services, hasReflection: true });
  const url = `http://${server.address}`;
  const curl = async (...args: readonly string[]) =>
    (await run(buf, ["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...args])).stdout;
  try {
    for (const protocol of ["grpc-v1", "grpc-v1alpha"]) {
      const methods = (await curl("--reflect-protocol", protocol, "--list-methods", url)).trim().split("\n");
      assert.ok(methods.includes("tabletmanagerservice.TabletManager/FullStatus"), methods.join());
      assert.ok(methods.includes("grpc.health.v1.Health/Check"));
    }
    const path = `${url}/tabletmanagerservice.TabletManager`;
    assert.deepEqual(JSON.parse(await curl("-d", '{"payload":"ü"}', `${path}/Ping`)), { payload: "ü" });
    assert.equal((await curl(`${path}/Backup`)).match(/"value"/g)?.length, 2);
    await assert.rejects(curl("-d", '{"payload":"fail"}', `${path}/Ping`), (error) => {
      const { stderr } = error as { stderr: string };
      assert.match(stderr, /already_exists/);
      assert.match(stderr, /Duplicate entry \(errno 1062\) \(sqlstate 23000\)/);
      return true;
    });
    await assert.rejects(curl(`${path}/LockTables`), /unimplemented/i);
  } finally {
    await server.close(0);
  }
});

test("TLS needs the right authority, mTLS the right client", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vitess-ts-tls-"));
  const read = (name: string) => readFileSync(join(folder, name));
  makeCertificates(folder);
  const server = await serveGrpc({
    clock,
    listen,
    services,
    tls: { cert: read("server.crt"), key: read("server.key"), clientCa: read("ca.crt") },
    authenticate: mtlsAuth(["CN=vtgate"]),
  });
  const ping = async (tls: GrpcClientTls | undefined) => {
    const options = { clock, timeoutMs: 10_000, ...(tls === undefined ? {} : { tls }) };
    const channel = dialGrpc(server.address, options);
    try {
      return (await channel.client(TabletManager).ping({ payload: "who" })).payload;
    } finally {
      await channel.close();
    }
  };
  const client = (name: string) => ({ cert: read(`${name}.crt`), key: read(`${name}.key`), serverName: "tablet" });
  const isVtError = (code: string) => (error: unknown) => error instanceof VtError && error.code === code;
  try {
    assert.equal(await ping({ ca: read("ca.crt"), ...client("vtgate") }), "vtgate");
    await assert.rejects(ping({ ca: read("ca.crt"), ...client("intruder") }), isVtError("VT25005"));
    await assert.rejects(ping({ ca: read("ca.crt"), serverName: "tablet" }), isVtError("VT14001"));
    await assert.rejects(ping(client("vtgate")), isVtError("VT14001"), "the machine's authorities do not know ours");
    await assert.rejects(ping({ ca: read("ca.crt"), ...client("vtgate"), serverName: "other" }), isVtError("VT14001"));
    await assert.rejects(ping(undefined), isVtError("VT14001"));
  } finally {
    await server.close(0);
    rmSync(folder, { recursive: true });
  }
});

/** An authority, and certificates that it signed: server (for "tablet"), vtgate, intruder. */
function makeCertificates(folder: string): void {
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=ca", "-days", "2");
  for (const name of ["server", "vtgate", "intruder"]) {
    const subject = `/O=test/CN=${name === "server" ? "tablet" : name}`;
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    writeFileSync(join(folder, "ext"), "subjectAltName=DNS:tablet\n");
    const sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...sign, "-out", `${name}.crt`);
  }
}
