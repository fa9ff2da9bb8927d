/**
 * Both sides of the connection phase against each other, as pure functions: every method, right and wrong passwords, TLS
 * offered, wanted and demanded; then noise in every packet.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { nativeHash, sha2Hash } from "./auth/scramble.ts";
import {
  type Authentication,
  certificateAuthentication,
  noAuthentication,
  staticAuthentication,
  type UserTable,
} from "./authentication.ts";
import { loginBegins, type LoginWishes, stepLogin } from "./client-login.ts";
import { encodeError, encodeOk, emptyTrailer } from "./packets/answers.ts";
import { encodeGreeting, type LoginRequest } from "./packets/handshake.ts";
import {
  type LoginRules,
  serverCapabilities,
  type ServerLoginState,
  stepServerLogin,
  switchTo,
} from "./server-login.ts";

const salt = Buffer.from("ABCDEFGHIJKLMNOPQRST");
const users: UserTable = {
  plain: [{ password: "secret" }],
  old: [{ nativeHash: nativeHash("secret") }],
  new: [{ sha2Hash: sha2Hash("secret"), userName: "app", groups: ["a"] }],
  twice: [{ password: "first" }, { password: "secret" }],
  local: [{ password: "secret", sourceHost: "localhost" }],
  none: [{ password: "" }],
};

const plainRules = {
  tls: "off",
  extraCapabilities: 0,
  remoteAddress: "10.0.0.1",
  salt,
  certificate: undefined,
  trustsNetwork: false,
} as const;

interface Setup {
  readonly wishes?: Partial<LoginWishes>;
  readonly rules?: Partial<LoginRules>;
  readonly authentication?: Authentication;
}

/** Runs the exchange; answers the accepted login, or throws what the client sees. */
function exchange({ wishes = {}, rules = {}, authentication = staticAuthentication(() => users) }: Setup) {
  const serverRules: LoginRules = { ...plainRules, authentication, ...rules };
  const clientWishes: LoginWishes = {
    username: "plain",
    password: "secret",
    database: "",
    foundRows: false,
    tls: false,
    isPrivate: false,
    attributes: { _client_name: "test" },
    collation: 0,
    ...wishes,
  };
  const greeting = encodeGreeting({
    serverVersion: "8.4.0-test",
    connectionId: 7,
    salt,
    capabilities: serverCapabilities(serverRules),
    collation: 255,
    statusFlags: 2,
    authMethod: authentication.defaultMethod,
  });
  let server: ServerLoginState = { phase: "first", isSecure: false };
  let client = stepLogin(loginBegins, greeting, clientWishes);
  for (let round = 0; round < 10; round++) {
    const toServer = client.send;
    if (toServer === undefined) break;
    const answered = stepServerLogin(server, toServer, serverRules);
    server = answered.state;
    if (answered.startTls === true) {
      assert.equal(client.startTls, true);
      server = { phase: "first", isSecure: true };
      client = stepLogin(client.state, "tls-is-up", clientWishes);
      continue;
    }
    const { state } = client;
    client = { state };
    for (const packet of answered.send) client = stepLogin(client.state, packet, clientWishes);
    if (server.phase === "done") {
      assert.equal(stepLogin(client.state, encodeOk(emptyTrailer, 0), clientWishes).state.phase, "done");
      return server.login;
    }
  }
  throw new Error("the exchange came to no end");
}

const refused = (errno: number) => (error: unknown) => (error as { errno?: number }).errno === errno;

test("every kind of stored password, from either default method", () => {
  for (const method of ["mysql_native_password", "caching_sha2_password"] as const) {
    const authentication = staticAuthentication(() => users, method);
    for (const username of ["plain", "old", "new", "twice"]) {
      const login = exchange({ wishes: { username, database: "db", foundRows: true }, authentication });
      assert.equal(login.database, "db");
      assert.deepEqual(
        login.identity,
        username === "new" ? { username: "app", groups: ["a"] } : { username, groups: [] },
      );
      assert.equal(login.attributes["_client_name"], "test");
      assert.throws(() => exchange({ wishes: { username, password: "wrong" }, authentication }), refused(1045));
      assert.throws(() => exchange({ wishes: { username, password: "" }, authentication }), refused(1045));
    }
    exchange({ wishes: { username: "none", password: "" }, authentication });
    assert.throws(() => exchange({ wishes: { username: "none", password: "x" }, authentication }), refused(1045));
    for (const username of ["nobody", "toString", "__proto__", ""])
      assert.throws(() => exchange({ wishes: { username }, authentication }), refused(1045));
  }
});

test("where a user may come from", () => {
  for (const remoteAddress of ["10.0.0.1", "127.0.0.1", "::1"])
    assert.throws(() => exchange({ wishes: { username: "local" }, rules: { remoteAddress } }), refused(1045));
  exchange({ wishes: { username: "local" }, rules: { remoteAddress: "" } });
});

test("a hash of the other kind: the password itself is asked for, where nobody can listen", () => {
  const request = (password: string) => ({ username: "old", password, tls: true });
  const rules = { tls: "offered" } as const;
  assert.equal(exchange({ wishes: request("secret"), rules }).identity.username, "old");
  assert.throws(() => exchange({ wishes: request("wrong"), rules }), refused(1045));
  exchange({ wishes: { username: "old", isPrivate: true }, rules: { remoteAddress: "" } });
  const steps: string[] = [];
  const authentication = staticAuthentication(() => users);
  for (const isSecure of [true, false]) steps.push(authentication.methodFor("old", "caching_sha2_password", isSecure));
  assert.deepEqual(steps, ["caching_sha2_password", "mysql_native_password"]);
});

test("a certificate's name is the user's; there is no other proof", () => {
  const certificate = { commonName: "plain", dnsNames: ["reader"] };
  const authentication = certificateAuthentication("mysql_clear_password");
  const rules = { tls: "offered", certificate } as const;
  const login = exchange({ wishes: { tls: true, password: "" }, rules, authentication });
  assert.deepEqual(login.identity, { username: "plain", groups: ["reader"] });
  assert.throws(() => exchange({ wishes: { tls: true, username: "new" }, rules, authentication }), refused(1045));
  assert.throws(() => exchange({ wishes: { tls: true }, rules: { tls: "offered" }, authentication }), refused(1045));
  assert.throws(() => exchange({ rules: { certificate }, authentication }), refused(1045));
  const step = switchTo("dialog", {} as LoginRequest, true, plainRules);
  assert.equal(step.send[0]?.toString("latin1"), "\u00fedialog\0\u0005Password: \0");
});

test("TLS: used where wanted, demanded where required, missed where absent", () => {
  exchange({ wishes: { tls: true }, rules: { tls: "offered" } });
  exchange({ wishes: { tls: true }, rules: { tls: "required" } });
  exchange({ rules: { tls: "required", remoteAddress: "" } });
  assert.throws(() => exchange({ rules: { tls: "required" } }), refused(3159));
  assert.throws(() => exchange({ wishes: { tls: true } }), refused(2026));
});

test("a password in clear text is asked for over TLS only", () => {
  const authentication = staticAuthentication(() => users, "mysql_clear_password");
  const clear: Authentication = { ...authentication, methodFor: () => "mysql_clear_password" };
  exchange({ wishes: { tls: true }, rules: { tls: "offered" }, authentication: clear });
  assert.throws(() => exchange({ authentication: clear }), refused(1045));
  assert.throws(
    () => exchange({ wishes: { tls: true, password: "no" }, rules: { tls: "offered" }, authentication: clear }),
    refused(1045),
  );
});

test("without authentication everybody is who they say", () => {
  const login = exchange({ wishes: { username: "anybody", password: "anything" }, authentication: noAuthentication });
  assert.equal(login.identity.username, "anybody");
});

test("an error instead of a greeting reaches the caller", () => {
  const wishes: LoginWishes = {
    username: "u",
    password: "",
    database: "",
    foundRows: false,
    tls: false,
    isPrivate: true,
    attributes: {},
    collation: 0,
  };
  assert.throws(
    () => stepLogin(loginBegins, encodeError(1040, "08004", "Too many connections"), wishes),
    refused(1040),
  );
});

test("noise ends in MalformedBytes or a refusal on both sides", () => {
  const random = seededRandom(21);
  const rules: LoginRules = { ...plainRules, authentication: staticAuthentication(() => users), remoteAddress: "" };
  const wishes: LoginWishes = {
    username: "u",
    password: "p",
    database: "d",
    foundRows: false,
    tls: false,
    isPrivate: true,
    attributes: {},
    collation: 0,
  };
  for (let round = 0; round < 20_000; round++) {
    const noise = random.bytes(random.below(120));
    if (random.below(2) === 0 && noise.length > 4) noise.writeUInt32LE(0x3aff_f7ff, 0);
    for (const run of [
      () => stepServerLogin({ phase: "first", isSecure: false }, noise, rules),
      () => stepLogin(loginBegins, noise, wishes),
    ])
      try {
        run();
      } catch (thrown) {
        assert.ok(["MalformedBytes", "ServerError"].includes((thrown as Error).name), String((thrown as Error).stack));
      }
  }
});
