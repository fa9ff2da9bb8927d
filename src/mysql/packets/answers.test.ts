/** OK packets of ours as clients read them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeOk, emptyTrailer, encodeOk } from "./answers.ts";
import { capability } from "./capabilities.ts";

test("an OK packet's text has its length, whether the client tracks the session or not", () => {
  const trailer = { ...emptyTrailer, affectedRows: 300, info: "Rows matched: 300  Changed: 300  Warnings: 0" };
  for (const capabilities of [0, capability.sessionTrack]) {
    const packet = encodeOk(trailer, capabilities);
    assert.equal(packet[1 + 3 + 1 + 2 + 2], trailer.info.length);
    assert.equal(packet.subarray(-trailer.info.length).toString(), trailer.info);
  }
  assert.deepEqual(decodeOk(encodeOk(trailer, capability.sessionTrack)), trailer);
});
