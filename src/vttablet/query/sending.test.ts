/** The comment that says who asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testTarget } from "../../testing/query-requests.ts";
import { annotation } from "./sending.ts";

test("names stay inside the comment, whatever they are", () => {
  const of = (principal: string, username: string) =>
    annotation({
      target: testTarget,
      caller: { immediate: { username, groups: [] }, effective: { principal, component: "", subcomponent: "" } },
    });
  assert.equal(of("", "app"), "/* app@PRIMARY */ ");
  assert.equal(of("alice", "app"), "/* alice@PRIMARY */ ");
  assert.equal(of("*/ drop table t /*! x", ""), "/* ?? drop table t ??? x@PRIMARY */ ");
  assert.equal(of("x".repeat(1000), "").length, 64 + "/* @PRIMARY */ ".length);
});
