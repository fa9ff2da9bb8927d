/** The query service of a tablet over one throwaway server, in database `test`, as live tests of vttablet/query begin. */
import { after, before, describe } from "node:test";
import { silentLogger } from "../base/log.ts";
import type { Connection, ConnectOptions, Flavour } from "../mysql/client.ts";
import { connect } from "../mysql/client.ts";
import { SchemaEngine } from "../vttablet/query/schema-engine.ts";
import { type TabletQueryPorts, TabletQueryService } from "../vttablet/query/tablet-query-service.ts";
import { testTarget } from "./query-requests.ts";
import { appUser, flavours, startDatabase, testEnvironment, type ThrowawayDatabase } from "./throwaway-database.ts";

export const liveEnvironment = { ...testEnvironment, log: silentLogger };

export function appOf(database: ThrowawayDatabase): ConnectOptions & { readonly database: string } {
  return { address: { path: database.socketPath }, ...appUser, database: "test" };
}

/** The superuser, for what a test does behind the tablet's back. */
export function rootOf(database: ThrowawayDatabase): Promise<Connection> {
  return connect(testEnvironment, { address: { path: database.socketPath }, username: "root", database: "test" });
}

/** One server for the tests of `body`, which are told the flavour; `live.database` is there once they run. */
export function describeFlavours(
  options: readonly string[],
  body: (live: { readonly database: ThrowawayDatabase }, flavour: Flavour) => void,
): void {
  for (const flavour of flavours)
    describe(flavour, () => {
      let started: ThrowawayDatabase | undefined;
      before(async () => {
        started = await startDatabase(flavour, options);
      });
      body(
        {
          get database() {
            if (started === undefined) throw new Error("the server is there once tests run");
            return started;
          },
        },
        flavour,
      );
      after(() => started?.stop());
    });
}

/** It serves as the primary of `ks/0`. Closing it closes its schema engine too. */
export function openLiveTablet(
  database: ThrowawayDatabase,
  ports: Partial<TabletQueryPorts> = {},
): TabletQueryService & { readonly schema: SchemaEngine } {
  const app = appOf(database);
  const schema = new SchemaEngine(liveEnvironment, app);
  const service = new TabletQueryService({
    env: liveEnvironment,
    tabletAlias: "zone1-0000000100",
    target: testTarget,
    app,
    schema,
    ...ports,
  });
  service.setServing(testTarget, true, "");
  const close = service.close.bind(service);
  return Object.assign(service, {
    schema,
    close: () => {
      schema.close(); // Its timer would keep the process.
      return close();
    },
  });
}

/** Runs a test with a service of its own. */
export async function withLiveTablet(
  database: ThrowawayDatabase,
  ports: Partial<TabletQueryPorts>,
  run: (service: TabletQueryService) => Promise<void>,
): Promise<void> {
  const service = openLiveTablet(database, ports);
  try {
    await run(service);
  } finally {
    await service.close();
  }
}
