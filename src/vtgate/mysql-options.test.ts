/** Flags of the MySQL face: what does not fit together stops the start; users are read anew, or stay as they were. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { disk } from "../base/disk.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import { vtgateFlags } from "./flags.ts";
import { mysqlOptions } from "./mysql-options.ts";
import { UserFile } from "./static-users.ts";

const readFile = (path: string) => `text of ${path}`;
const optionsOf = (...args: readonly string[]) =>
  mysqlOptions(resolveFlags(vtgateFlags, { args, environment: {}, disk }).values, readFile);
const none = "--mysql-auth-server-impl=none";
const pair = ["--mysql-server-ssl-cert=c", "--mysql-server-ssl-key=k"];

test("security that cannot apply is an error", () => {
  for (const args of [
    [],
    ["--mysql-auth-server-static-file=f", "--mysql-auth-server-static-string={}"],
    [none, "--mysql-server-ssl-cert=c"],
    [none, "--mysql-server-ssl-ca=a"],
    [none, "--mysql-server-ssl-server-ca=a"],
    [none, "--mysql-server-require-secure-transport"],
    [none, ...pair, "--mysql-server-ssl-crl=r"],
    ["--mysql-auth-server-impl=clientcert", ...pair],
    [none, "--proxy-protocol"],
    [none, "--proxy-protocol-networks=10.0.0.0/8"],
    [none, "--proxy-protocol", "--proxy-protocol-networks=10.0.0.0/64"],
    ['--mysql-auth-server-static-string={"app": {"Pasword": "x"}}'],
    ['--mysql-auth-server-static-string={"app": {"MysqlNativePassword": "*12"}}'],
  ])
    assert.throws(() => optionsOf(...args), { name: "FlagError" }, args.join(" "));
});

test("security that can", () => {
  const options = optionsOf(
    "--mysql-auth-server-impl=clientcert",
    ...pair,
    "--mysql-server-ssl-ca=a",
    "--mysql-server-ssl-crl=r",
    "--mysql-server-ssl-server-ca=s",
    "--mysql-server-tls-min-version=TLSv1.3",
    "--proxy-protocol",
    "--proxy-protocol-networks=10.0.0.0/8,fd00::/8",
  );
  assert.deepEqual(options.tls, {
    cert: "text of c\ntext of s",
    key: "text of k",
    ca: "text of a",
    crl: "text of r",
    verifyPeer: true,
    minVersion: "TLSv1.3",
  });
  assert.deepEqual(
    ["10.9.9.9", "fd01::1", "11.0.0.1"].map((at) => options.isProxy?.(at)),
    [true, true, false],
  );
  assert.equal(optionsOf(none).tls, undefined);
});

test("users are read anew; what cannot be read leaves those known", () => {
  let text = '{"app": {"Password": "one"}}';
  const file = new UserFile(() => text);
  text = '{"app": [{"Password": "two"}], "other": {"Password": "", "SourceHost": "localhost"}}';
  file.reload();
  const known = file.users;
  assert.deepEqual(known, { app: [{ password: "two" }], other: [{ password: "", sourceHost: "localhost" }] });
  text = '{"app": ';
  assert.throws(() => file.reload(), { name: "FlagError" });
  assert.equal(file.users, known);
});
