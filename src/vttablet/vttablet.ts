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
  /** enforce-strict-trans-tables: not to start beside a server that cuts values short instead of refusing them. */
  readonly mustBeStrict: boolean;
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
  const ends: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    return { ...(await openParts(options, effects, (end) => ends.push(end))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `atEnd` is told how to close each part that was opened; they close in the opposite order. */
async function openParts(
  options: VttabletOptions,
  effects: VttabletEffects,
  atEnd: (end: () => void | Promise<void>) => void,
): Promise<Omit<Vttablet, "close">> {
  const { place, users } = options;
  const { clock, network, logger } = effects;
  const database = place.dbNameOverride || `vt_${place.keyspace}`;
  const env = { clock, network, log: logger };
  const server = await openDatabaseServer({ clock, network, dba: users.dba, replicationUser: users.replication });
  atEnd(() => server.close());
  const target = { keyspace: place.keyspace, shard: place.shard, cell: cellOfTablet(place.alias) };
  const plans = new Plans(options.query.planCacheBytesMax, await checkedEnvironment(server, options));
  const countAcl = effects.countAcl ?? (() => undefined);
  const access = await openTabletAccess(options.access, database, plans, countAcl, effects);
  atEnd(() => access.close());
  const schema = new SchemaEngine(env, { ...users.dba, database }, { ...options.schema, writer: users.app });
  atEnd(() => schema.close());
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
  atEnd(() => service.close());
  const heartbeat = openHeartbeat(options, effects);
  atEnd(() => heartbeat?.close());
  const control = queryControl({ service, schema, heartbeat, target, graceMs: options.shutdownGraceMs });
  const { topo, owner } = effects;
  const repairSidecar = () => makeDatabases(server, database);
  const tablet = await Tablet.open(options, {
    topo,
    clock,
    logger,
    owner,
    repairSidecar,
    database: server,
    serving: control,
  });
  atEnd(() => tablet.close());
  service.onServerGone = () => tablet.lookSoon();
  return { tablet, queryService: service, tabletCalls: allCalls(tablet, users, effects), access, schema, heartbeat };
}

/** How the server reads texts. Throws FlagError where what was asked for cannot be with such a server. */
async function checkedEnvironment(server: DatabaseServer, options: VttabletOptions): Promise<SqlEnvironment> {
  const environment = await environmentOf(server);
  const { sqlMode } = environment;
  if (options.mustBeStrict && !/\bSTRICT_(TRANS|ALL)_TABLES\b/.test(sqlMode))
    throw new FlagError(
      `the server's sql_mode is "${sqlMode}", without STRICT_TRANS_TABLES: set it, or --enforce-strict-trans-tables=false`,
    );
  if (options.access.aclFile !== "" && isForeignMode(sqlMode))
    throw new FlagError(`table ACLs cannot apply to a server with sql_mode=${sqlMode}`);
  return environment;
}

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
