/** The published check value of CRC-64/GO-ISO. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc64 } from "./crc64.ts";

test("the check value, and nothing", () => {
  assert.equal(crc64(Buffer.from("123456789")), 0xb909_56c7_75a4_1001n);
  assert.equal(crc64(Buffer.alloc(0)), 0n);
});
