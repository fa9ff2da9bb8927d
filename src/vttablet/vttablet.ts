/**
 * A tablet put together: the query service and the admin side over one database server. Whoever runs it offers
 * `queryService` and `tabletCalls` on whatever transports it likes.
 */
import type { children } from "../base/child.ts";
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Environment } from "../base/environment.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Logger } from "../base/log.ts";
import type { Network } from "../base/network.ts";
import { connect } from "../mysql/client.ts";
import { identifier, sql } from "../mysql/sql.ts";
import { type DatabaseServer, openDatabaseServer } from "../mysqld/replication.ts";
import {
  type Environment as SqlEnvironment,
  mariadbEnvironment,
  mysqlEnvironment,
  versionNumber,
} from "../sqlparser/environment.ts";
import { cellOfTablet, uidOfTablet } from "../topo/names.ts";
import type { TopoServer } from "../topo/server.ts";
import type { LockOwner } from "../topo/topo-locks.ts";
import { fetchCalls, type WithRole } from "./admin/fetch-calls.ts";
import { localCalls } from "./admin/local-calls.ts";
import { reparentCalls } from "./admin/reparent-calls.ts";
import { replicationCalls, type TabletCalls } from "./admin/replication-calls.ts";
import { schemaCalls } from "./admin/schema-calls.ts";
import { Tablet, type TabletOptions } from "./admin/tablet.ts";
import { type Access, type AccessOptions, openTabletAccess } from "./access.ts";
import type { DatabaseUsers } from "./database-users.ts";
import { queryControl } from "./query-control.ts";
import type { CountAcl } from "./query/authorizer.ts";
import { Heartbeat } from "./query/heartbeat.ts";
import type { QueryServiceConfig } from "./query/query-config.ts";
import { Plans } from "./query/plans.ts";
import type { Recorder } from "./query/recorder.ts";
import { SchemaEngine, type SchemaEngineOptions } from "./query/schema-engine.ts";
import { isForeignMode } from "./query/syntax-changes.ts";
import { TabletQueryService } from "./query/tablet-query-service.ts";
import { repairSidecar } from "./sidecar/sidecar.ts";
import { sidecarName, sidecarTables } from "./sidecar/tables.ts";

export interface VttabletOptions extends TabletOptions {
  readonly users: DatabaseUsers;
  readonly query: QueryServiceConfig;
  readonly schema: Pick<SchemaEngineOptions, "reloadPeriodMs" | "tablesMax">;
  readonly access: AccessOptions;
  /** Undefined where heartbeats are off. */
  readonly heartbeatIntervalMs: number | undefined;
  readonly shutdownGraceMs: () => number;
}

export interface VttabletEffects {
  readonly topo: TopoServer;
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: Disk;
  readonly children: typeof children;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly owner: LockOwner;
  /** Told of each decision of table ACLs. */
  readonly countAcl?: CountAcl;
  /** Undefined: nothing is counted and logged. */
  readonly recorder?: Recorder;
}

export interface Vttablet {
  readonly tablet: Tablet;
  readonly queryService: TabletQueryService;
  readonly tabletCalls: TabletCalls;
  readonly access: Access;
  readonly schema: SchemaEngine;
  /** Undefined where heartbeats are off. */
  readonly heartbeat: Heartbeat | undefined;
  readonly close: () => Promise<void>;
}

/** Registers the tablet and looks after it from then on. The database server must be up, for its flavour is asked. */
export async function openVttablet(options: VttabletOptions, effects: VttabletEffects): Promise<Vttablet> {
  const { place, users } = options;
  const { clock, network, logger } = effects;
  const database = place.dbNameOverride || `vt_${place.keyspace}`;
  const env = { clock, network, log: logger };
  const server = await openDatabaseServer({ clock, network, dba: users.dba, replicationUser: users.replication });
  const target = { keyspace: place.keyspace, shard: place.shard, cell: cellOfTablet(place.alias) };
  const schema = new SchemaEngine(env, { ...users.dba, database }, { ...options.schema, writer: users.app });
  const environment = await environmentOf(server);
  if (options.access.aclFile !== "" && isForeignMode(environment.sqlMode))
    throw new FlagError(`table ACLs cannot apply to a server with sql_mode=${environment.sqlMode}`);
  const plans = new Plans(options.query.planCacheBytesMax, environment);
  const countAcl = effects.countAcl ?? (() => undefined);
  const access = await openTabletAccess(options.access, database, plans, countAcl, effects);
  const service = new TabletQueryService({
    env,
    tabletAlias: place.alias,
    target: { ...target, tabletType: "UNKNOWN" },
    app: { ...users.app, database },
    schema,
    config: options.query,
    plans,
    authorizer: access.authorizer,
    ...(effects.recorder === undefined ? {} : { recorder: effects.recorder }),
  });
  const heartbeat = openHeartbeat(options, effects);
  const control = queryControl({ service, schema, heartbeat, target, graceMs: options.shutdownGraceMs });
  const tablet = await Tablet.open(options, {
    topo: effects.topo,
    database: server,
    serving: control,
    clock,
    logger,
    owner: effects.owner,
    repairSidecar: () => makeDatabases(server, database),
  });
  service.onServerGone = () => tablet.lookSoon();
  return {
    tablet,
    queryService: service,
    tabletCalls: allCalls(tablet, users, effects),
    access,
    schema,
    heartbeat,
    close: async () => {
      access.close();
      await tablet.close();
      heartbeat?.close();
      schema.close();
      await service.close();
      await server.close();
    },
  };
}

/** How the server reads texts, for those who look into them. */
async function environmentOf(server: DatabaseServer): Promise<SqlEnvironment> {
  const usual = server.flavour === "mariadb" ? mariadbEnvironment : mysqlEnvironment;
  const asked = await server.withDba((connection) => connection.query(sql`select @@global.sql_mode`));
  return { ...usual, version: versionNumber(await server.version()), sqlMode: asked.rows[0]?.[0] ?? "" };
}

function openHeartbeat(options: VttabletOptions, { clock, network, logger }: VttabletEffects): Heartbeat | undefined {
  const { place, users, heartbeatIntervalMs } = options;
  if (heartbeatIntervalMs === undefined) return undefined;
  return new Heartbeat({
    env: { clock, network, log: logger },
    options: users.dba,
    keyspace: place.keyspace,
    shard: place.shard,
    tabletUid: uidOfTablet(place.alias),
    intervalMs: heartbeatIntervalMs,
  });
}

/** The databases that a primary must have: the sidecar, and the keyspace's own. Replicas get both by replication. */
async function makeDatabases(server: DatabaseServer, database: string): Promise<void> {
  await server.withDba(async (connection) => {
    await connection.query(sql`create database if not exists ${identifier(database)}`);
    await repairSidecar(connection, sidecarName, sidecarTables);
  });
}

function allCalls(
  tablet: Tablet,
  users: DatabaseUsers,
  { clock, network, disk, children, environment }: VttabletEffects,
): TabletCalls {
  const withRole: WithRole = async (role, database, work) => {
    const connection = await connect({ clock, network }, { ...users[role], ...(database === "" ? {} : { database }) });
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  };
  return {
    ...localCalls(tablet, { disk, children, environment }),
    ...replicationCalls(tablet),
    ...reparentCalls(tablet),
    ...schemaCalls(tablet),
    ...fetchCalls(tablet, withRole),
  };
}
