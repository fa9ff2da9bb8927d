/** Who serves and who does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideServing, replicationFacts, type ServingFacts } from "./serving.ts";

const replica: ServingFacts = {
  tabletType: "REPLICA",
  databaseError: undefined,
  isDatabaseUp: true,
  isLameduck: false,
  isQueryServiceDisabled: false,
  isDemoted: false,
  replication: { error: "", lagSeconds: 1 },
  unhealthySecondsMax: 7200,
};

const cases: readonly [string, Partial<ServingFacts>, boolean, RegExp][] = [
  ["a healthy replica", {}, true, /^$/],
  [
    "a primary, whatever replication says",
    { tabletType: "PRIMARY", replication: { error: "x", lagSeconds: undefined } },
    true,
    /^$/,
  ],
  ["a replica that lags too much", { replication: { error: "", lagSeconds: 7201 } }, false, /7201 s is over 7200/],
  ["a replica at the limit", { replication: { error: "", lagSeconds: 7200 } }, true, /^$/],
  [
    "a replica that broke a moment ago",
    { replication: { error: "sql thread stopped", lagSeconds: 3 } },
    true,
    /sql thread/,
  ],
  ["a replica of unknown age", { replication: { error: "", lagSeconds: undefined } }, false, /not known/],
  ["a server that is down", { isDatabaseUp: false, databaseError: "connection refused" }, false, /refused/],
  ["a server that was never seen", { isDatabaseUp: false }, false, /not answered/],
  ["a tablet that is being restored", { tabletType: "RESTORE" }, false, /RESTORE/],
  ["a drained tablet", { tabletType: "DRAINED" }, false, /DRAINED/],
  ["a tablet that shuts down", { isLameduck: true }, false, /shutting/],
  ["a demoted primary", { tabletType: "PRIMARY", isDemoted: true }, false, /demoted/],
  ["a shard that is switched off", { isQueryServiceDisabled: true }, false, /disabled/],
];

for (const [name, change, isServing, reason] of cases)
  test(`${name} ${isServing ? "serves" : "does not serve"}`, () => {
    const answer = decideServing({ ...replica, ...change });
    assert.equal(answer.isServing, isServing);
    assert.match(answer.reason, reason);
  });

test("the lag of a replica that does not replicate grows with the time", () => {
  const silent = { lagSeconds: undefined, lastIoError: "", lastSqlError: "" };
  const before = { error: "", lagSeconds: 2 };
  assert.deepEqual(replicationFacts({ ...silent, lagSeconds: 7 }, before, 1.5), { error: "", lagSeconds: 7 });
  assert.deepEqual(replicationFacts({ ...silent, lastSqlError: "x" }, before, 1.5), { error: "x", lagSeconds: 3.5 });
  assert.equal(replicationFacts(silent, { error: "", lagSeconds: undefined }, 1.5).lagSeconds, undefined);
  assert.equal(replicationFacts(undefined, before, 1.5).lagSeconds, undefined);
});
