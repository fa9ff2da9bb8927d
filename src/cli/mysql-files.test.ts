/** Certificates that change while a gateway serves: new clients get the new ones, and nonsense changes nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { disk } from "../base/disk.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import { silentLogger } from "../base/log.ts";
import { secureNetwork } from "../base/network.ts";
import { systemRandom } from "../base/random.ts";
import { noAuthentication } from "../mysql/authentication.ts";
import { capability } from "../mysql/packets/capabilities.ts";
import { startServer } from "../mysql/server.ts";
import { selfSigned } from "../testing/certificate.ts";
import { testEnvironment } from "../testing/throwaway-database.ts";
import { vtgateFlags } from "../vtgate/flags.ts";
import { openMysqlFiles } from "./mysql-files.ts";

const noSession = { open: () => Promise.reject(new Error("nobody logs in")) };

/** The certificate that the server shows. */
async function shown(port: number): Promise<string> {
  const { network } = testEnvironment;
  const plain = network.connect(port, "127.0.0.1");
  await new Promise((resolve) => plain.once("data", resolve));
  const request = Buffer.alloc(36);
  request.writeUIntLE(32, 0, 3);
  request[3] = 1;
  request.writeUInt32LE(capability.protocol41 | capability.ssl, 4);
  plain.write(request);
  const secured = secureNetwork.connect({ socket: plain, rejectUnauthorized: false });
  await new Promise((resolve, reject) => secured.once("secureConnect", resolve).once("error", reject));
  const { fingerprint256 } = secured.getPeerCertificate();
  secured.destroy();
  return fingerprint256;
}

test("certificates are read anew on SIGHUP, one set of them for all clients", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vt-tls-"));
  const [cert, key] = [join(folder, "cert"), join(folder, "key")];
  const write = () => {
    const pair = selfSigned();
    writeFileSync(cert, pair.cert);
    writeFileSync(key, pair.key);
  };
  write();
  const args = ["--mysql-server-port=0", "--mysql-auth-server-impl=none"];
  const tlsArgs = [`--mysql-server-ssl-cert=${cert}`, `--mysql-server-ssl-key=${key}`];
  const { values } = resolveFlags(vtgateFlags, { args: [...args, ...tlsArgs], environment: {}, disk });
  const stop = new AbortController();
  const lines: string[] = [];
  const note = (_: object, text: string) => void lines.push(text);
  const logger = { ...silentLogger, info: note, error: note };
  const { tls } = openMysqlFiles({ values, disk, clock: testEnvironment.clock, logger, stop: stop.signal });
  assert.ok(tls);
  const server = await startServer(
    { ...testEnvironment, random: systemRandom, log: silentLogger },
    { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication, serverVersion: "8.4.0", tls },
    noSession,
  );
  try {
    const first = await shown(server.port);
    assert.equal(await shown(server.port), first);
    process.emit("SIGHUP");
    assert.equal(lines.length, 0, "nothing has changed");
    write();
    process.emit("SIGHUP");
    const second = await shown(server.port);
    assert.notEqual(second, first);
    writeFileSync(key, "no key");
    process.emit("SIGHUP");
    assert.equal(await shown(server.port), second);
    assert.deepEqual(
      lines.map((line) => line.replace(/.* (read anew.*)/, "$1")),
      ["read anew", "read anew; those in use stay"],
    );
  } finally {
    stop.abort();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("certificates that cannot be used stop the start", async () => {
  const options = { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication, serverVersion: "8.4.0" };
  const tls = { ...selfSigned(), key: "no key", verifyPeer: false };
  const env = { ...testEnvironment, random: systemRandom, log: silentLogger };
  await assert.rejects(startServer(env, { ...options, tls }, noSession));
});
