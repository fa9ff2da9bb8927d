/** Hosts of peers' addresses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { peerHost } from "./peer-host.ts";

test("ports and brackets are no part of a host", () => {
  for (const [address, host] of [
    ["10.0.0.1:4711", "10.0.0.1"],
    ["10.0.0.1", "10.0.0.1"],
    ["[::1]:4711", "::1"],
    ["::1", "::1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["[::ffff:10.0.0.1]:80", "10.0.0.1"],
    ["", ""],
  ] as const)
    assert.equal(peerHost(address), host, address);
});
