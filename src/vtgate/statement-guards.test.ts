/** What directives come to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { VtError } from "../base/errors.ts";
import { mysqlEnvironment } from "../sqlparser/environment.ts";
import { parse } from "../sqlparser/parse.ts";
import { checkPayload, defaultStatementGuards, hintsOf, unlimitedMs } from "./statement-guards.ts";

const hints = (directives: string) => hintsOf(parse(`select /*vt+ ${directives} */ 1`, mysqlEnvironment));

test("a statement without directives has no hints", () => {
  assert.equal(hintsOf(parse("select /* plain */ 1", mysqlEnvironment)), undefined);
  assert.equal(hintsOf(parse("show tables", mysqlEnvironment)), undefined);
});

test("what is for tablets goes to them, if it means something", () => {
  assert.deepEqual(hints("CONSOLIDATOR=enabled_replicas WORKLOAD_NAME=batch PRIORITY=100")?.options, {
    consolidator: "enabled_replicas",
    workloadName: "batch",
    priority: "100",
  });
  assert.equal(hints("CONSOLIDATOR=sometimes"), undefined);
  for (const wrong of ["101", "-1", "high", "1.5"]) assert.throws(() => hints(`PRIORITY=${wrong}`), VtError, wrong);
});

test("a timeout of 0 is none, and what is no number counts for nothing", () => {
  assert.equal(hints("QUERY_TIMEOUT_MS=250")?.timeoutMs, 250);
  assert.equal(hints("QUERY_TIMEOUT_MS=0")?.timeoutMs, unlimitedMs);
  for (const nothing of ["soon", "-5", "1e3"]) assert.equal(hints(`QUERY_TIMEOUT_MS=${nothing}`)?.timeoutMs, undefined);
});

test("texts are measured in bytes", () => {
  const guards = { ...defaultStatementGuards, payloadBytesMax: 4, payloadBytesWarned: 3 };
  assert.equal(checkPayload("€", guards, undefined), false);
  assert.equal(checkPayload("€x", guards, undefined), true);
  assert.throws(() => checkPayload("€xy", guards, undefined), /VT20042/);
  assert.equal(checkPayload("€xy", guards, hints("IGNORE_MAX_PAYLOAD_SIZE")), true);
  assert.equal(checkPayload("a text", defaultStatementGuards, undefined), false);
});
