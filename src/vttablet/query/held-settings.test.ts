/** Which statements bring a held connection from one list of settings to another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf } from "./held-settings.ts";

const set = (name: string, value = "1") => `set @@session.${name} = ${value}`;

test("the same settings need nothing", () => {
  assert.deepEqual(changesOf([set("a"), set("b")], [set("a"), set("b")]), []);
});

test("what is new or other is set, and what came after it again", () => {
  assert.deepEqual(changesOf([set("a")], [set("a"), set("b")]), [set("b")]);
  assert.deepEqual(changesOf([set("a"), set("b")], [set("a", "2"), set("b")]), [set("a", "2"), set("b")]);
});

test("what is gone gets the server's own value", () => {
  assert.deepEqual(changesOf([set("a"), set("b")], [set("b")]), ["set @@session.a = default", set("b")]);
  assert.deepEqual(changesOf(["set names latin1, @@session.character_set_client = utf8mb4"], []), [
    "set names utf8mb4",
  ]);
  assert.deepEqual(changesOf(["set sql_select_limit = 2"], []), ["set @@session.sql_select_limit = default"]);
  assert.deepEqual(changesOf(["set session transaction isolation level serializable"], []), []);
});
