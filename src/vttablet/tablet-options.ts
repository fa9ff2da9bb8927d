/** What the flags of a tablet come to. */
import { hostname } from "node:os";
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import { TabletType } from "../proto/generated/topodata_pb.js";
import { keyspaceName, shardName, tabletAlias } from "../topo/names.ts";
import { databaseUsers } from "./database-users.ts";
import type { vttabletFlags } from "./flags.ts";
import type { HotRowLimits, TransactionLimit } from "./query/begin-guards.ts";
import { queryServiceDefaults } from "./query/query-config.ts";
import type { VttabletOptions } from "./vttablet.ts";

/** Its own, and the ports of the servers that the role runs. */
export type TabletValues = Values<typeof vttabletFlags> & { readonly port: number; readonly grpcPort: number };

/** Throws FlagError, or VT22001 for names, where they do not fit. */
export function tabletOptions(values: TabletValues): VttabletOptions {
  const host = values.tabletHostname || hostname();
  return {
    place: {
      alias: tabletAlias(values.tabletPath),
      keyspace: keyspaceName(values.initKeyspace),
      shard: shardName(values.initShard),
      hostname: host,
      portMap: {
        vt: values.port,
        grpc: values.grpcPort,
        ...(values.vtlinkPort === 0 ? {} : { vtlink: values.vtlinkPort }),
      },
      mysqlHostname: values.dbHost || host,
      mysqlPort: values.dbPort,
      initType: initType(values.initTabletType),
      tags: values.initTags,
      dbNameOverride: values.initDbNameOverride,
    },
    users: databaseUsers(values),
    query: {
      ...queryServiceDefaults,
      queryPoolMax: values.queryserverConfigPoolSize,
      streamPoolMax: values.queryserverConfigStreamPoolSize,
      transactionPoolMax: values.queryserverConfigTransactionCap,
      poolWaitersMax: values.queryserverConfigQueryPoolWaiterCap,
      streamPoolWaitersMax: values.queryserverConfigStreamPoolWaiterCap,
      transactionPoolWaitersMax: values.queryserverConfigTxpoolWaiterCap,
      queryPoolIdleMax: values.queryserverConfigQueryPoolMaxIdleCount,
      streamPoolIdleMax: values.queryserverConfigStreamPoolMaxIdleCount,
      transactionPoolIdleMax: values.queryserverConfigTxpoolMaxIdleCount,
      streamPoolTimeoutMs: values.queryserverConfigStreamPoolTimeoutMs,
      queryPoolTimeoutMs: values.queryserverConfigQueryPoolTimeoutMs,
      transactionPoolTimeoutMs: values.queryserverConfigTxpoolTimeoutMs,
      idleTimeoutMs: values.queryserverConfigIdleTimeoutMs,
      connectionLifetimeMs: values.queryserverConfigPoolConnMaxLifetimeMs,
      queryTimeoutMs: values.queryserverConfigQueryTimeoutMs,
      transactionTimeoutMs: values.queryserverConfigTransactionTimeoutMs,
      olapTransactionTimeoutMs: values.queryserverConfigOlapTransactionTimeoutMs,
      transactionLimit: transactionLimit(values),
      hotRows: hotRows(values),
      isAnnotated: values.queryserverConfigAnnotateQueries,
      consolidator: {
        ...queryServiceDefaults.consolidator,
        mode: values.enableConsolidatorReplicas ? "notOnPrimary" : values.enableConsolidator ? "enable" : "disable",
        waitersMax: values.consolidatorQueryWaiterCap,
      },
      planCacheBytesMax: values.queryserverConfigQueryCacheMemory,
    },
    access: {
      aclFile: values.tableAclConfig,
      aclReloadMs: values.tableAclConfigReloadIntervalMs,
      isAclWanted: values.enforceTableaclConfig,
      rulesFile: values.filecustomrules,
      isRulesFileWatched: values.filecustomrulesWatch,
      topoRules:
        values.topocustomrulePath === ""
          ? undefined
          : { cell: values.topocustomruleCell, path: values.topocustomrulePath },
      isStrict: values.queryserverConfigStrictTableAcl,
      isDryRun: values.queryserverConfigEnableTableAclDryRun,
      exemptGroup: values.queryserverConfigAclExemptAcl,
    },
    schema: {
      reloadPeriodMs: values.queryserverConfigSchemaReloadTimeMs,
      tablesMax: values.queryserverConfigSchemaMaxTableCount,
    },
    healthCheckIntervalMs: values.healthCheckIntervalMs,
    unhealthySecondsMax: () => values.unhealthyThresholdMs / 1000,
    replicationConnectRetrySeconds: Math.ceil(values.replicationConnectRetryMs / 1000),
    heartbeatSeconds: 0,
    heartbeatIntervalMs: values.heartbeatEnable ? values.heartbeatIntervalMs : undefined,
    shardSyncRetryDelayMs: values.shardSyncRetryDelayMs,
    shutdownGraceMs: () => values.shutdownGracePeriodMs,
    mustBeStrict: values.enforceStrictTransTables,
  };
}

function transactionLimit(values: TabletValues): TransactionLimit | undefined {
  if (!values.enableTransactionLimit && !values.enableTransactionLimitDryRun) return undefined;
  const ways = {
    username: values.transactionLimitByUsername,
    principal: values.transactionLimitByPrincipal,
    component: values.transactionLimitByComponent,
    subcomponent: values.transactionLimitBySubcomponent,
  };
  const by = (["username", "principal", "component", "subcomponent"] as const).filter((way) => ways[way]);
  return { isDryRun: !values.enableTransactionLimit, share: values.transactionLimitPerUser, by };
}

function hotRows(values: TabletValues): HotRowLimits | undefined {
  if (!values.enableHotRowProtection && !values.enableHotRowProtectionDryRun) return undefined;
  return {
    isDryRun: !values.enableHotRowProtection,
    concurrentMax: values.hotRowProtectionConcurrentTransactions,
    queueMax: values.hotRowProtectionMaxQueueSize,
    globalQueueMax: values.hotRowProtectionMaxGlobalQueueSize,
  };
}

const initTypes: Readonly<Record<string, TabletType>> = {
  replica: TabletType.REPLICA,
  rdonly: TabletType.RDONLY,
  spare: TabletType.SPARE,
};

function initType(text: string): TabletType {
  const type = initTypes[text.toLowerCase()];
  if (type === undefined) throw new FlagError(`--init-tablet-type is one of ${Object.keys(initTypes).join(", ")}`);
  return type;
}
