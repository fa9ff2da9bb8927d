/** What the flags of a gateway come to. */
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import { tabletFilter } from "../discovery/tablet-filter.ts";
import type { TabletTypeName } from "../rpc/query-service.ts";
import { cellName } from "../topo/names.ts";
import type { BufferOptions } from "./buffer.ts";
import { statementFilter } from "../servenv/query-log-flags.ts";
import type { vtgateFlags } from "./flags.ts";
import type { VtgateOptions } from "./open-vtgate.ts";
import type { QueryLogOptions } from "./query-log.ts";
import { type MysqlFiles, mysqlOptions, type ReadFile } from "./mysql-options.ts";
import type { StatementGuards } from "./statement-guards.ts";
import { vschemaRights } from "./vschema-rights.ts";

export function queryLogOptions(values: GatewayValues): QueryLogOptions {
  return { ...statementFilter(values), slowMsMin: values.slowQueryThresholdMs };
}

export type GatewayValues = Values<typeof vtgateFlags>;

/** Throws FlagError, or VT22001 for names, where they do not fit. */
export function gatewayOptions(values: GatewayValues, readFile: ReadFile, files?: MysqlFiles): VtgateOptions {
  if (values.cell === "") throw new FlagError("flag --cell is required");
  const cell = cellName(values.cell);
  return {
    cell,
    cellsToWatch: values.cellsToWatch.length === 0 ? [cell] : values.cellsToWatch.map(cellName),
    filter: tabletFilter({ keyspaces: values.keyspacesToWatch, shards: values.tabletFilters }),
    typesToWait: values.tabletTypesToWait.map((type) => type.toUpperCase() as TabletTypeName),
    waitMs: values.gatewayInitialTabletTimeoutMs,
    tabletRefreshMs: values.tabletRefreshIntervalMs,
    cacheTtlMs: values.srvTopoCacheTtlMs,
    topoTimeoutMs: values.srvTopoTimeoutMs,
    health: { silenceMsMax: values.healthcheckTimeoutMs, retryDelayMs: values.healthcheckRetryDelayMs },
    lag: {
      lowSecondsMax: values.discoveryLowReplicationLagMs / 1000,
      highSecondsMax: values.discoveryHighReplicationLagMinimumServingMs / 1000,
      countMin: values.minNumberServingVttablets,
    },
    balance: {
      mode: values.vtgateBalancerMode,
      gatewayCells: values.balancerVtgateCells,
      keyspaces: values.balancerKeyspaces,
    },
    buffer: bufferOptionsOf(values),
    transactionMode: values.transactionMode,
    killsForAll: values.allowKillStatement,
    localFileBytesMax: values.mysqlServerLocalInfileMax,
    guards: guardsOf(values),
    lockHeartbeatMs: values.lockHeartbeatTimeMs,
    tracking: values.schemaChangeSignal ? { enableViews: values.enableViews } : undefined,
    definitions: {
      ddlStrategy: values.ddlStrategy,
      enableDirectDdl: values.enableDirectDdl,
      databaseDdl: values.dbddlPlugin,
      mayChangeVSchema: vschemaRights(values.vschemaDdlAuthorizedUsers),
    },
    planCacheBytesMax: values.gateQueryCacheMemory,
    serverVersion: values.mysqlServerVersion,
    mysql: values.mysqlServerPort < 0 ? undefined : mysqlOptions(values, readFile, files),
    drainsClients: values.mysqlServerDrainOnterm,
  };
}

function guardsOf(values: GatewayValues): StatementGuards {
  return {
    queryTimeoutMs: values.queryTimeoutMs,
    memoryRowsMax: values.maxMemoryRows,
    memoryRowsWarned: values.warnMemoryRows,
    payloadBytesMax: values.maxPayloadSize,
    payloadBytesWarned: values.warnPayloadSize,
    refusesScatter: values.noScatter,
  };
}

function bufferOptionsOf(values: GatewayValues): BufferOptions {
  return {
    mode: values.enableBufferDryRun ? "dry-run" : values.enableBuffer ? "on" : "off",
    windowMsMax: values.bufferWindowMs,
    failoverMsMax: values.bufferMaxFailoverDurationMs,
    betweenFailoversMsMin: values.bufferMinTimeBetweenFailoversMs,
    statementsMax: values.bufferSize,
    drainAtOnce: values.bufferDrainConcurrency,
    only: values.bufferKeyspaceShards,
  };
}
