/** Password arithmetic: what a client answers is what a server accepts, and published values hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isNativeResponse, isSha2Response, nativeHash, nativeResponse, sha2Hash, sha2Response } from "./scramble.ts";

const salt = Buffer.from("abcdefghijklmnopqrst");

test("a right password is accepted, a wrong one is not", () => {
  for (const password of ["secret", "pässwörd", "x".repeat(200)]) {
    assert.ok(isNativeResponse(nativeResponse(password, salt), salt, nativeHash(password)));
    assert.ok(!isNativeResponse(nativeResponse(`${password}x`, salt), salt, nativeHash(password)));
    assert.ok(isSha2Response(sha2Response(password, salt), salt, sha2Hash(password)));
    assert.ok(!isSha2Response(sha2Response(`${password}x`, salt), salt, sha2Hash(password)));
  }
});

test("PASSWORD('mypass') as MySQL's manual gives it", () => {
  assert.equal(nativeHash("mypass").toString("hex").toUpperCase(), "6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4");
});

test("an answer of the wrong size is no answer", () => {
  assert.ok(!isNativeResponse(Buffer.alloc(0), salt, nativeHash("")));
  assert.ok(!isSha2Response(Buffer.alloc(20), salt, sha2Hash("a")));
});
