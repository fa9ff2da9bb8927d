/** gRPC's flags: a server over TLS with passwords, and every half-given protection refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import { Vtctld } from "../proto/generated/vtctlservice_pb.js";
import { dialGrpc } from "../rpc/grpc-client.ts";
import { implement } from "../rpc/service.ts";
import { freePort } from "../testing/throwaway-database.ts";
import { selfSigned } from "../testing/certificate.ts";
import { servenvFlags } from "./flags.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcServerFlags, grpcService } from "./grpc-flags.ts";

const serverTable = { ...servenvFlags, ...grpcServerFlags };
const clientTable = {
  ...grpcDialFlags,
  ...grpcClientFlags("vtctld", "vtctld"),
  grpcMaxMessageSize: grpcServerFlags.grpcMaxMessageSize,
};
const effects = { clock: systemClock, disk };
const service = implement(Vtctld, { getCellInfoNames: async () => ({ names: ["zone1"] }) });
const serve = (...args: readonly string[]) =>
  grpcService(resolveFlags(serverTable, { args, environment: {}, disk }).values, effects, { "grpc-vtctld": service });
const dialing = (...args: readonly string[]) =>
  dialOptions("vtctld", resolveFlags(clientTable, { args, environment: {}, disk }).values, effects);

const folder = mkdtempSync(join(tmpdir(), "grpc-flags-"));
after(() => rmSync(folder, { recursive: true }));

test("a server over TLS asks for a password", async () => {
  const { key, cert } = selfSigned();
  writeFileSync(`${folder}/key`, key);
  writeFileSync(`${folder}/cert`, cert);
  writeFileSync(`${folder}/users`, '[{"Username": "ops", "Password": "p"}]');
  writeFileSync(`${folder}/creds`, '{"Username": "ops", "Password": "p"}');
  const port = await freePort();
  const tls = [`--grpc-cert=${folder}/cert`, `--grpc-key=${folder}/key`];
  const users = ["--grpc-auth-mode=static", `--grpc-auth-static-password-file=${folder}/users`];
  const [server] = serve(`--grpc-port=${port}`, "--grpc-bind-address=127.0.0.1", ...tls, ...users);
  await server?.start?.();
  assert.equal(server?.port, port);
  const ask = async (...args: readonly string[]) => {
    const channel = dialGrpc(`localhost:${port}`, dialing(`--vtctld-grpc-ca=${folder}/cert`, ...args));
    try {
      return (await channel.client(Vtctld).getCellInfoNames({}, { timeoutMs: 5000 })).names;
    } finally {
      await channel.close();
    }
  };
  try {
    assert.deepEqual(await ask(`--grpc-auth-static-client-creds=${folder}/creds`), ["zone1"]);
    await assert.rejects(ask(), { code: "VT25004" });
  } finally {
    await server?.stop?.();
  }
});

test("no port is no server, and a service may be left out", async () => {
  assert.deepEqual(serve(), []);
  assert.equal(serve("--grpc-port=1", "--service-map=-grpc-vtctld").length, 1);
});

test("half a protection is refused", () => {
  const refused = (pattern: RegExp, ...args: readonly string[]) =>
    assert.throws(() => serve("--grpc-port=1", ...args), pattern);
  refused(/--grpc-cert and --grpc-key must be given together/, "--grpc-cert=x");
  refused(/--grpc-ca needs --grpc-cert/, "--grpc-ca=x");
  refused(/mtls needs --grpc-ca/, "--grpc-auth-mode=mtls");
  refused(/static needs --grpc-auth-static-password-file/, "--grpc-auth-mode=static");
  refused(/cannot be honoured/, "--grpc-enable-optional-tls");
  refused(/\/none cannot be read/, "--grpc-auth-mode=static", "--grpc-auth-static-password-file=/none");
  writeFileSync(`${folder}/odd`, "{}");
  refused(/is not as expected/, "--grpc-auth-mode=static", `--grpc-auth-static-password-file=${folder}/odd`);
  assert.throws(() => dialing("--vtctld-grpc-crl=x"), /--vtctld-grpc-crl cannot be honoured/);
  assert.throws(() => dialing("--vtctld-grpc-ca=/none"), /cannot be read/);
});
