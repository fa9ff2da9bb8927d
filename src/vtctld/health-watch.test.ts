/** The page's health: heard from every cell, also from one that appears later; lost tablets are told with their error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { type Clock, systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { silentLogger } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { type Tablet, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import type { QueryService, TabletHealth } from "../rpc/query-service.ts";
import { createCell, createTablet } from "../topo/cluster-records.ts";
import { cellName, tabletAlias } from "../topo/names.ts";
import { TopoServer } from "../topo/server.ts";
import { HealthWatch } from "./health-watch.ts";

test("health is heard from every cell, and a lost stream is an error", async () => {
  const context = { clock: systemClock, disk, memoryStores: new Map() };
  const topo = await TopoServer.open(context, { implementation: "memory", globalAddress: "g", globalRoot: "/global" });
  let rescan = () => {};
  const clock: Clock = { ...systemClock, every: (_ms, run) => ((rescan = run), { cancel: () => {} }) };
  const streams = new Map<string, { tell: (health: TabletHealth) => void; lose: (error: Error) => void }>();
  const dial = ({ alias }: Tablet) =>
    ({
      streamHealth: (tell: (health: TabletHealth) => void) =>
        new Promise<void>((_resolve, lose) => void streams.set(`${alias?.cell}-${alias?.uid}`, { tell, lose })),
      close: async () => {},
    }) as unknown as QueryService;
  const watch = new HealthWatch({ topo, dial, clock, random: seededRandom(1), log: silentLogger });
  const until = async (isTrue: () => boolean) => {
    for (let tries = 0; tries < 2000 && !isTrue(); tries++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isTrue());
  };
  try {
    await watch.start();
    await createCell(topo, cellName("zone1"), "z", "/zone1");
    const alias = { cell: "zone1", uid: 7 };
    const tablet = {
      alias,
      hostname: "db",
      portMap: { grpc: 1 },
      keyspace: "user",
      shard: "0",
      type: TabletType.REPLICA,
    };
    await createTablet(topo, create(TabletSchema, tablet), false);
    assert.equal(watch.view(tabletAlias("zone1-7")), undefined);
    rescan();
    await until(() => streams.has("zone1-7"));
    streams.get("zone1-7")?.tell({
      target: { keyspace: "user", shard: "0", tabletType: "REPLICA", cell: "zone1" },
      tabletAlias: "zone1-0000000007",
      isServing: true,
      primaryTermStartSeconds: 0,
      healthError: "",
      replicationLagSeconds: 4,
      qps: 9,
      tableSchemaChanged: [],
      viewSchemaChanged: [],
      udfsChanged: false,
    });
    await until(() => watch.view(tabletAlias("zone1-7")) !== undefined);
    assert.deepEqual(watch.view(tabletAlias("zone1-7")), { isServing: true, lagSeconds: 4, qps: 9, error: "" });
    streams.get("zone1-7")?.lose(new Error("gone"));
    await until(() => watch.view(tabletAlias("zone1-7"))?.isServing === false);
    assert.match(watch.view(tabletAlias("zone1-7"))?.error ?? "", /gone/);
  } finally {
    await watch.stop();
    await topo.close();
  }
});
