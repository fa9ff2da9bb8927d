/**
 * Tablets for the benchmark: the query service over the database socket of argument 1, on links at the sockets of
 * argument 2, a shard each. Says "ready" when they serve.
 */
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/log.ts";
import { network } from "../../src/base/network.ts";
import { systemTerminal } from "../../src/base/terminal.ts";
import type { ConnectOptions } from "../../src/mysql/client.ts";
import { serveLink } from "../../src/rpc/link-server.ts";
import { SchemaEngine } from "../../src/vttablet/query/schema-engine.ts";
import { TabletQueryService } from "../../src/vttablet/query/tablet-query-service.ts";
import { benchShards, benchUser } from "./settings.ts";

const [, , databaseSocket = "", linkSockets = ""] = process.argv;
const env = { network, clock: systemClock, log: silentLogger };
const sockets = linkSockets.split(",");
for (const [i, { target, alias, database }] of benchShards(sockets.length).entries()) {
  const app: ConnectOptions = { address: { path: databaseSocket }, ...benchUser, database };
  const service = new TabletQueryService({
    env,
    tabletAlias: alias,
    target,
    app,
    schema: new SchemaEngine(env, app),
    config: { queryPoolMax: 64, transactionPoolMax: 64 },
  });
  service.setServing(target, true, "");
  await serveLink(env, { address: { path: sockets[i] ?? "" }, service });
}
systemTerminal.out("ready\n");
