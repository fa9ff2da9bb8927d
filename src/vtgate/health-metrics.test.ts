/** What is counted of tablets: heard, ill, promoted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Metrics } from "../base/metrics.ts";
import type { HealthCheck, HealthListener } from "../discovery/health-check.ts";
import type { TabletView } from "../discovery/target-book.ts";
import { TabletSchema } from "../proto/generated/topodata_pb.js";
import type { TabletTypeName } from "../rpc/query-service.ts";
import { cellName, tabletAlias } from "../topo/names.ts";
import { healthMetrics } from "./health-metrics.ts";

const record = create(TabletSchema, { keyspace: "user", shard: "-80" });

function view(uid: number, tabletType: TabletTypeName, term: number, error?: string): TabletView {
  const alias = tabletAlias(`zone1-${uid}`);
  const target = { keyspace: "user", shard: "-80", tabletType, cell: "zone1" };
  const health = {
    target,
    tabletAlias: alias,
    isServing: true,
    primaryTermStartSeconds: term,
    healthError: "",
    replicationLagSeconds: 0,
    qps: 0,
    tableSchemaChanged: [],
    viewSchemaChanged: [],
    udfsChanged: false,
  };
  const cell = cellName("zone1");
  return {
    alias,
    cell,
    record,
    health: error === undefined ? health : undefined,
    isServing: true,
    lagSeconds: 0,
    error,
  };
}

test("tablets heard and lost, and primaries with a new term, are counted once each", () => {
  const metrics = new Metrics();
  let listener: HealthListener = {};
  const health = { listen: (given: HealthListener) => (listener = given) } as unknown as HealthCheck;
  healthMetrics(metrics).watch(health);
  const tell = (of: TabletView, isKnown = true) => listener.tablet?.(of, isKnown);
  tell(view(1, "PRIMARY", 5));
  tell(view(1, "PRIMARY", 5));
  tell(view(2, "REPLICA", 0));
  tell(view(2, "PRIMARY", 6));
  tell(view(1, "REPLICA", 0));
  tell(view(1, "REPLICA", 0, "reset"));
  tell(view(1, "REPLICA", 0, "reset"));
  const { HealthcheckConnections, HealthcheckErrors, HealthcheckPrimaryPromoted } = metrics.vars();
  assert.deepEqual(HealthcheckConnections, { "user.-80.primary": 1, "user.-80.replica": 0 });
  assert.deepEqual(HealthcheckErrors, { "user.-80.unknown": 1 });
  assert.deepEqual(HealthcheckPrimaryPromoted, { "user.-80": 1 });
  tell(view(2, "PRIMARY", 6), false);
  assert.deepEqual(metrics.vars()["HealthcheckConnections"], { "user.-80.primary": 0, "user.-80.replica": 0 });
});
