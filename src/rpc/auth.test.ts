/** Files of names and passwords, and what certificates must say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mtlsAuth, parseClientCredentials, parseStaticUsers, staticAuth } from "./auth.ts";

const attempt = (username: string, password: string) => ({
  metadata: new Map(Object.entries({ username, password })),
  subject: undefined,
});

test("a file of names and passwords, as Vitess writes it", () => {
  const users = parseStaticUsers('[{"Username": "a", "Password": "1"}, {"Username": "a", "Password": "2"}]');
  const authenticate = staticAuth(users);
  assert.equal(authenticate(attempt("a", "1")), "a");
  assert.equal(authenticate(attempt("a", "2")), "a", "a name may have two passwords while one replaces the other");
  assert.throws(() => authenticate(attempt("a", "")), /VT25005/);
  assert.throws(() => authenticate(attempt("b", "1")), /VT25005/);
  assert.deepEqual(parseClientCredentials('{"Username": "a", "Password": "1"}'), { username: "a", password: "1" });
});

test("files that would let nobody or anybody in are refused", () => {
  for (const text of ["", "[]", "{}", '[{"Username": ""}]', '[{"username": "a", "password": "1"}]'])
    assert.throws(() => parseStaticUsers(text), text);
});

test("a certificate's subject must hold one of the texts", () => {
  const authenticate = mtlsAuth(["CN=vtgate", "OU=gateways", ""]);
  const call = (subject: Record<string, string | string[]> | undefined) =>
    authenticate({ metadata: new Map(), subject });
  assert.equal(call({ CN: "vtgate-1", O: "shop" }), "vtgate-1");
  assert.equal(call({ CN: "x", OU: ["a", "gateways"] }), "x");
  assert.throws(() => call({ CN: "intruder" }), /VT25005/, "an empty text allows nobody");
  assert.throws(() => call(undefined), /VT25004/);
});
