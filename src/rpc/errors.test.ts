/** Errors keep class, code, number, state and text over the wire; foreign texts are read as Vitess writes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { grpcCodes, PeerError, ServerError, VtError } from "../base/errors.ts";
import { Code } from "../proto/generated/vtrpc_pb.js";
import { fromRpcError, fromStatus, grpcOf, toRpcError, toStatus } from "./errors.ts";

test("an error of our table comes back as it was", () => {
  const sent = VtError.of("VT05003", "commerce");
  const status = toStatus(sent);
  assert.equal(status.code, grpcCodes.not_found);
  assert.equal(status.message, "VT05003: unknown database 'commerce' in vschema (errno 1049) (sqlstate 42000)");
  const back = fromStatus(status);
  assert.ok(back instanceof VtError);
  assert.equal(back.code, "VT05003");
  assert.equal(back.message, sent.message);
});

test("a database server's error keeps number, state and text, and gets a gRPC code", () => {
  const back = fromStatus(toStatus(new ServerError(1062, "23000", "Duplicate entry '1' for key 'PRIMARY'")));
  assert.ok(back instanceof PeerError);
  assert.deepEqual(
    [back.grpc, back.errno, back.sqlState, back.message],
    ["already_exists", 1062, "23000", "Duplicate entry '1' for key 'PRIMARY'"],
  );
  assert.deepEqual(fromStatus(toStatus(back)), back);
});

test("texts of other makes", () => {
  const named = fromStatus({
    code: 5,
    message: "target: ks.-80.primary: vttablet: no such table (errno 1146) (sqlstate 42S02) (CallerID: app): Sql: x",
  });
  assert.ok(named instanceof PeerError);
  assert.deepEqual([named.grpc, named.errno, named.sqlState], ["not_found", 1146, "42S02"]);
  assert.equal(named.message, "target: ks.-80.primary: vttablet: no such table (CallerID: app): Sql: x");
  const bare = fromStatus({ code: grpcCodes.cluster_event, message: "primary is not serving" });
  assert.ok(bare instanceof PeerError);
  assert.deepEqual([bare.grpc, bare.errno, bare.sqlState], ["cluster_event", 1105, "HY000"]);
  assert.equal(grpcOf(fromStatus({ code: 99, message: "?" })), "unknown");
  const unknownCode = fromStatus({ code: 3, message: "VT99999: from the future" });
  assert.ok(unknownCode instanceof PeerError, "a VT code that we do not know is a peer's error");
});

test("anything thrown has a status", () => {
  assert.deepEqual(toStatus(new Error("boom")), { code: grpcCodes.unknown, message: "boom" });
  assert.deepEqual(toStatus("text"), { code: grpcCodes.unknown, message: "text" });
  const own = Object.assign(new Error("no such file"), { grpc: "not_found" });
  assert.equal(toStatus(own).code, grpcCodes.not_found);
  assert.equal(toStatus(new DOMException("x", "AbortError")).code, grpcCodes.canceled);
});

test("long texts are cut and keep their number", () => {
  const { message } = toStatus(new ServerError(1064, "42000", "x".repeat(100_000)));
  assert.ok(message.length <= 5_120);
  const back = fromStatus({ code: 3, message });
  assert.ok(back instanceof PeerError);
  assert.equal(back.errno, 1064);
  assert.match(back.message, /xxx \[TRUNCATED\]$/);
});

test("codes are those of vtrpc.proto", () => {
  for (const [name, number] of Object.entries(grpcCodes)) assert.equal(Code[number], name.toUpperCase());
});

test("any text, number and state survive, in a status and in an RPCError", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 }).filter((t) => !t.includes("(errno") && !/^VT\d/.test(t));
  const state = fc.stringMatching(/^[0-9A-Z]{5}$/);
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 65_535 }), state, (message, errno, sqlState) => {
      const sent = new ServerError(errno, sqlState, message);
      for (const back of [fromStatus(toStatus(sent)), fromRpcError(toRpcError(sent))]) {
        assert.ok(back instanceof ServerError);
        assert.deepEqual([back.errno, back.sqlState, back.message], [errno, sqlState, message]);
      }
    }),
  );
});
