/** Errors from the table: texts, numbers, and a table whose every line is whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorKinds } from "./error-kinds.ts";
import { grpcCodes, VtError } from "./errors.ts";

test("an error carries its code, numbers and cause", () => {
  const cause = new Error("below");
  const error = VtError.of("VT05003", "nowhere").because(cause);
  assert.equal(error.message, "VT05003: unknown database 'nowhere' in vschema");
  assert.deepEqual([error.errno, error.sqlState, error.grpc], [1049, "42000", "not_found"]);
  assert.equal(error.cause, cause);
});

test("every kind has a gRPC code, a number, a five-letter state and a help text", () => {
  for (const [code, kind] of Object.entries(errorKinds)) {
    assert.ok(kind.grpc in grpcCodes, code);
    assert.ok(kind.mysql[0] > 0, code);
    assert.match(kind.mysql[1], /^[0-9A-Z]{5}$/, code);
    assert.ok(kind.help.length > 0, code);
  }
});
