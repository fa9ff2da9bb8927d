/**
 * What an operator may set on a tablet (inventory 1.031–1.036, the part in force). Names and defaults are Vitess's, but
 * for those that docs/STATUS.md lists.
 */
import { boolean, float, integer, pairs, periodMs, string } from "../base/flag-values.ts";
import { flag } from "../base/flags.ts";
import { queryLogFlags } from "../servenv/query-log-flags.ts";
import { poolFlags } from "./pool-flags.ts";
import { queryServiceDefaults as query } from "./query/query-config.ts";
import { schemaEngineDefaults } from "./query/schema-engine.ts";

const userFlag = (name: string, what: string) => flag({ parse: string, default: name, help: `Database user ${what}.` });
const passwordFlag = (what: string) =>
  flag({ parse: string, default: "", help: `Password of the user ${what}.`, secret: true });

/** Who the tablet is and where its database server is. */
const identityFlags = {
  tabletPath: flag({ parse: string, default: "", required: true, help: "The tablet's alias, as zone1-0000000100." }),
  tabletHostname: flag({ parse: string, default: "", help: "How others reach this host; empty: its own name." }),
  initKeyspace: flag({ parse: string, default: "", required: true, help: "Keyspace that the tablet belongs to." }),
  initShard: flag({ parse: string, default: "", required: true, help: "Shard that the tablet belongs to." }),
  initTabletType: flag({
    parse: string,
    default: "replica",
    help: "replica, rdonly or spare; a reparent makes primaries.",
  }),
  initTags: flag({ parse: pairs, default: {}, help: "Tags of the tablet: key:value, separated by commas." }),
  initDbNameOverride: flag({ parse: string, default: "", help: "The database's name, where it is not vt_<keyspace>." }),
  vtlinkPort: flag({
    parse: integer(0, 65_535),
    default: 0,
    help: "Port of the query link, which gateways prefer to gRPC; 0: none. It asks callers what gRPC asks them.",
  }),
  tabletDir: flag({ parse: string, default: "", help: "The tablet's folder below VTDATAROOT." }),
} as const;

const databaseFlags = {
  dbHost: flag({ parse: string, default: "", help: "Host of the database server; empty: the socket." }),
  dbPort: flag({ parse: integer(0, 65_535), default: 0, help: "Port of the database server, for replicas too." }),
  dbSocket: flag({ parse: string, default: "", help: "Unix socket of the database server; preferred where given." }),
  dbConnectTimeoutMsec: flag({
    parse: integer(0, 3_600_000),
    default: 0,
    name: "db-connect-timeout-ms",
    help: "Longest wait for a connection, in milliseconds; 0: 10 s.",
  }),
  dbAppUser: userFlag("vt_app", "for applications"),
  dbAppPassword: passwordFlag("for applications"),
  dbAllprivsUser: userFlag("vt_allprivs", "with all privileges"),
  dbAllprivsPassword: passwordFlag("with all privileges"),
  dbDbaUser: userFlag("vt_dba", "for administration"),
  dbDbaPassword: passwordFlag("for administration"),
  dbReplUser: userFlag("vt_repl", "for replication"),
  dbReplPassword: passwordFlag("for replication"),
} as const;

const protectionFlags = {
  tableAclConfig: flag({ parse: string, default: "", help: "File of table groups; empty: no table ACLs." }),
  tableAclConfigReloadIntervalMs: flag({
    parse: periodMs,
    default: 0,
    help: "How often that file is read anew, besides on SIGHUP; 0: not by time.",
  }),
  enforceTableaclConfig: flag({ parse: boolean, default: false, help: "Not to start without table ACLs." }),
  queryserverConfigStrictTableAcl: flag({ parse: boolean, default: false, help: "Deny what table ACLs do not allow." }),
  queryserverConfigEnableTableAclDryRun: flag({
    parse: boolean,
    default: false,
    help: "Count what would be denied, and let it through.",
  }),
  queryserverConfigAclExemptAcl: flag({
    parse: string,
    default: "",
    help: "User or group that table ACLs do not concern.",
  }),
  filecustomrules: flag({ parse: string, default: "", help: "File of query rules." }),
  filecustomrulesWatch: flag({
    parse: boolean,
    default: false,
    help: "Read that file anew when it changes, besides on SIGHUP.",
  }),
  topocustomrulePath: flag({ parse: string, default: "", help: "Path of query rules in the topology; empty: none." }),
  topocustomruleCell: flag({ parse: string, default: "global", help: "Cell of that path, or global." }),
  enableTransactionLimit: flag({
    parse: boolean,
    default: false,
    help: "One caller gets a share of the transactions.",
  }),
  enableTransactionLimitDryRun: flag({
    parse: boolean,
    default: false,
    help: "Count what that limit would refuse, and let it through.",
  }),
  transactionLimitPerUser: flag({
    parse: float(0, 1),
    default: 0.4,
    help: "Share of the transactions that one caller gets.",
  }),
  transactionLimitByUsername: flag({
    parse: boolean,
    default: true,
    help: "The connection's user tells callers apart.",
  }),
  transactionLimitByPrincipal: flag({ parse: boolean, default: true, help: "The principal tells callers apart." }),
  transactionLimitByComponent: flag({ parse: boolean, default: false, help: "The component tells callers apart." }),
  transactionLimitBySubcomponent: flag({
    parse: boolean,
    default: false,
    help: "The subcomponent tells callers apart.",
  }),
  enableHotRowProtection: flag({
    parse: boolean,
    default: false,
    help: "Transactions that begin with a write of the same rows wait in a queue.",
  }),
  enableHotRowProtectionDryRun: flag({ parse: boolean, default: false, help: "Count what would wait or be refused." }),
  hotRowProtectionConcurrentTransactions: flag({
    parse: integer(1),
    default: 5,
    help: "Transactions on the same rows at once.",
  }),
  hotRowProtectionMaxQueueSize: flag({
    parse: integer(1),
    default: 20,
    help: "Transactions of the same rows, those that wait among them.",
  }),
  hotRowProtectionMaxGlobalQueueSize: flag({
    parse: integer(1),
    default: 1000,
    help: "Transactions that wait, of all rows together.",
  }),
  queryserverConfigAnnotateQueries: flag({
    parse: boolean,
    default: false,
    help: "A comment before each statement says who asked.",
  }),
  enableConsolidator: flag({
    parse: boolean,
    default: true,
    help: "Equal reads that run at the same time share one call of the database.",
  }),
  enableConsolidatorReplicas: flag({
    parse: boolean,
    default: false,
    help: "The same, but on replicas alone.",
  }),
  consolidatorQueryWaiterCap: flag({
    parse: integer(0),
    default: query.consolidator.waitersMax,
    help: "Reads that may wait for another's answer; those beyond it run on their own; 0: no limit.",
  }),
  queryserverConfigSchemaReloadTimeMs: flag({
    parse: periodMs,
    default: schemaEngineDefaults.reloadPeriodMs,
    help: "How often the schema is read anew; DDL through the tablet and ReloadSchema do so at once.",
  }),
  queryserverConfigSchemaMaxTableCount: flag({
    parse: integer(1),
    default: schemaEngineDefaults.tablesMax,
    help: "Most tables and views of the tablet's database.",
  }),
} as const;

const lifeFlags = {
  healthCheckIntervalMs: flag({ parse: periodMs, default: 1000, help: "How often the database server is looked at." }),
  unhealthyThresholdMs: flag({
    parse: periodMs,
    default: 7_200_000,
    live: true,
    help: "Lag beyond which a replica stops serving.",
  }),
  degradedThresholdMs: flag({
    parse: periodMs,
    default: 30_000,
    live: true,
    help: "Lag from which on /debug/status_details calls a replica unhappy; it serves all the same.",
  }),
  enforceStrictTransTables: flag({
    parse: boolean,
    default: true,
    help: "Not to start beside a server whose sql_mode lacks STRICT_TRANS_TABLES and STRICT_ALL_TABLES.",
  }),
  shutdownGracePeriodMs: flag({
    parse: periodMs,
    default: 3000,
    live: true,
    help: "Time for queries to end when serving stops.",
  }),
  heartbeatEnable: flag({ parse: boolean, default: false, help: "Measure lag by heartbeats that the primary writes." }),
  heartbeatIntervalMs: flag({ parse: periodMs, default: 1000, help: "How often heartbeats are written and read." }),
  replicationConnectRetryMs: flag({
    parse: periodMs,
    default: 10_000,
    help: "How often a replica tries to reach its source.",
  }),
  shardSyncRetryDelayMs: flag({
    parse: periodMs,
    default: 30_000,
    help: "Pause before the shard record is watched again.",
  }),
} as const;

const logFlags = {
  ...queryLogFlags,
  logQueries: flag({
    parse: boolean,
    default: false,
    help: "Write statements to the process's log, as the query log shows them.",
  }),
  queryLogStreamHandler: flag({
    parse: string,
    default: "/debug/querylog",
    help: "Page that streams statements as they end.",
  }),
  transactionLogStreamHandler: flag({
    parse: string,
    default: "/debug/txlog",
    help: "Page that streams transactions as they end.",
  }),
} as const;

export const vttabletFlags = {
  ...identityFlags,
  ...databaseFlags,
  ...poolFlags,
  ...protectionFlags,
  ...lifeFlags,
  ...logFlags,
} as const;
