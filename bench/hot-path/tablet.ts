/**
 * A tablet for the benchmark: the query service over the database socket of argument 1, on a link at the socket of
 * argument 2. Says "ready" when it serves.
 */
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/log.ts";
import { network } from "../../src/base/network.ts";
import { systemTerminal } from "../../src/base/terminal.ts";
import type { ConnectOptions } from "../../src/mysql/client.ts";
import { serveLink } from "../../src/rpc/link-server.ts";
import { SchemaEngine } from "../../src/vttablet/query/schema-engine.ts";
import { TabletQueryService } from "../../src/vttablet/query/tablet-query-service.ts";
import { benchTarget, benchUser } from "./settings.ts";

const [, , databaseSocket = "", linkSocket = ""] = process.argv;
const env = { network, clock: systemClock, log: silentLogger };
const app: ConnectOptions = { address: { path: databaseSocket }, ...benchUser, database: "test" };
const service = new TabletQueryService({
  env,
  tabletAlias: "zone1-0000000100",
  target: benchTarget,
  app,
  schema: new SchemaEngine(env, app),
  config: { queryPoolMax: 64, transactionPoolMax: 64 },
});
service.setServing(benchTarget, true, "");
await serveLink(env, { address: { path: linkSocket }, service });
systemTerminal.out("ready\n");
