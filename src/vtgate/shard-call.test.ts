/** How often a refused statement is tried again, and that it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ServerError, VtError } from "../base/errors.ts";
import type { QueryService, ResultReader } from "../rpc/query-service.ts";
import { testCaller } from "../testing/query-requests.ts";
import { noWishes } from "./call-wishes.ts";
import type { Cluster } from "./cluster.ts";
import { SessionState } from "./session-state.ts";
import { ShardQuery } from "./shard-call.ts";

/** Asks one tablet that refuses everything; answers the error, and how often it was asked. */
function askRefusing(database: string, refusal: VtError): { readonly asked: number; readonly error: string } {
  let asked = 0;
  const service = {
    execute: (_: unknown, reader: ResultReader) => {
      asked++;
      const state = { transactionId: 0, reservedId: 0, tabletAlias: "zone1-0000000100" };
      reader.fail(refusal, state);
      return { resume: () => {}, cancel: () => {} };
    },
  } as unknown as QueryService;
  const cluster = {
    cell: "zone1",
    pick: () => ({ alias: "zone1-0000000100", service }),
    suspect: () => {},
  } as unknown as Cluster;
  const options = { database, transactionMode: "MULTI", clientFoundRows: false, connectionId: 1, uuid: "u" } as const;
  const session = new SessionState({ ...options, caller: testCaller });
  const call = { keyspace: "ks", shard: "0", sql: "select 1", binds: {} };
  let error = "";
  const reader = {
    columns: () => assert.fail("no columns come"),
    rows: () => assert.fail("no rows come"),
    end: () => assert.fail("it cannot end well"),
    fail: (thrown: VtError | ServerError) => (error = thrown.message),
  };
  const how = { format: "text", effect: "read", inTransaction: false, savepoints: [], wishes: noWishes } as const;
  new ShardQuery(cluster, session, call, how, reader).start();
  return { asked, error };
}

test("a replica that refuses is asked three times, although it is the only one", () => {
  for (const refusal of [VtError.of("VT26001", "starting"), VtError.of("VT14001", "it", "gone")]) {
    const { asked, error } = askRefusing("ks@replica", refusal);
    assert.equal(asked, 3);
    assert.equal(error, refusal.message);
  }
});

test("a primary that refuses is asked for longer, and not for ever", () => {
  assert.equal(askRefusing("ks", VtError.of("VT26001", "starting")).asked, 51);
});

test("what a tablet does not promise to have left undone is not tried again", () => {
  assert.equal(askRefusing("ks", VtError.of("VT26005", 5)).asked, 1);
});
