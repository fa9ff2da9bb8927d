/** What the flags of a gateway come to. */
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import type { TlsOptions } from "../base/socket.ts";
import { tabletFilter } from "../discovery/tablet-filter.ts";
import { type Authentication, noAuthentication, staticAuthentication } from "../mysql/authentication.ts";
import type { ServerOptions } from "../mysql/server.ts";
import type { TabletTypeName } from "../rpc/query-service.ts";
import { cellName } from "../topo/names.ts";
import type { BufferOptions } from "./buffer.ts";
import type { vtgateFlags } from "./flags.ts";
import type { VtgateOptions } from "./open-vtgate.ts";
import { parseStaticUsers } from "./static-users.ts";
import { vschemaRights } from "./vschema-rights.ts";

export type GatewayValues = Values<typeof vtgateFlags>;
type ReadFile = (path: string) => string;

/** Throws FlagError, or VT22001 for names, where they do not fit. */
export function gatewayOptions(values: GatewayValues, readFile: ReadFile): VtgateOptions {
  if (values.cell === "") throw new FlagError("flag --cell is required");
  const cell = cellName(values.cell);
  const users = values.keyspacesToWatch;
  return {
    cell,
    cellsToWatch: values.cellsToWatch.length === 0 ? [cell] : values.cellsToWatch.map(cellName),
    filter: tabletFilter({ keyspaces: users, shards: values.tabletFilters }),
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
    memoryRowsMax: values.maxMemoryRows,
    tracking: values.schemaChangeSignal ? { enableViews: values.enableViews } : undefined,
    definitions: {
      ddlStrategy: values.ddlStrategy,
      enableDirectDdl: values.enableDirectDdl,
      databaseDdl: values.dbddlPlugin,
      mayChangeVSchema: vschemaRights(values.vschemaDdlAuthorizedUsers),
    },
    planCacheBytesMax: values.gateQueryCacheMemory,
    serverVersion: values.mysqlServerVersion,
    mysql: values.mysqlServerPort < 0 ? undefined : mysqlOptions(values, readFile),
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

function mysqlOptions(values: GatewayValues, readFile: ReadFile): Omit<ServerOptions, "serverVersion"> {
  const tls = tlsOf(values, readFile);
  if (values.mysqlServerRequireSecureTransport && tls === undefined)
    throw new FlagError(
      "--mysql-server-require-secure-transport needs --mysql-server-ssl-cert and --mysql-server-ssl-key",
    );
  return {
    address: { host: values.mysqlServerBindAddress || "::", port: values.mysqlServerPort },
    authentication: authenticationOf(values, readFile),
    requireTls: values.mysqlServerRequireSecureTransport,
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsOf(values: GatewayValues, readFile: ReadFile): TlsOptions | undefined {
  const { mysqlServerSslCert: cert, mysqlServerSslKey: key, mysqlServerSslCa: ca } = values;
  if (cert === "" && key === "" && ca === "") return undefined;
  if (cert === "" || key === "") throw new FlagError("--mysql-server-ssl-cert and --mysql-server-ssl-key go together");
  return {
    cert: readFile(cert),
    key: readFile(key),
    verifyPeer: ca !== "",
    ...(ca === "" ? {} : { ca: readFile(ca) }),
  };
}

function authenticationOf(values: GatewayValues, readFile: ReadFile): Authentication {
  if (values.mysqlAuthServerImpl === "none") return noAuthentication;
  const { mysqlAuthServerStaticFile: file, mysqlAuthServerStaticString: text } = values;
  if ((file === "") === (text === ""))
    throw new FlagError("give one of --mysql-auth-server-static-file and --mysql-auth-server-static-string");
  const users = parseStaticUsers(file === "" ? text : readFile(file));
  return staticAuthentication(() => users, values.mysqlDefaultAuthMethod);
}
