/** What an operator may set on a gateway (inventory 1.012). A key is the flag in camelCase. */
import { boolean, integer, listOf, oneOf, periodMs, sizeBytes, string } from "../base/flag-values.ts";
import { flag } from "../base/flags.ts";
import { balanceModes } from "../discovery/balance.ts";
import { queryLogFlags } from "../servenv/query-log-flags.ts";
import { defaultStatementGuards } from "./statement-guards.ts";

export const vtgateFlags = {
  cell: flag({ parse: string, default: "", help: "The cell that this gateway is in." }),
  cellsToWatch: flag({ parse: listOf(string), default: [], help: "Cells whose tablets it uses; none: its own." }),
  tabletTypesToWait: flag({
    parse: listOf(string),
    default: [],
    help: "Types, such as PRIMARY, that every shard must have a fit tablet of before the gateway serves.",
  }),
  gatewayInitialTabletTimeoutMs: flag({
    parse: periodMs,
    default: 30_000,
    help: "How long it waits for them; then it serves without.",
  }),
  keyspacesToWatch: flag({ parse: listOf(string), default: [], help: "Keyspaces that it serves; none: all." }),
  tabletFilters: flag({ parse: listOf(string), default: [], help: "keyspace|shard pairs that it serves; none: all." }),
  tabletRefreshIntervalMs: flag({
    parse: periodMs,
    default: 60_000,
    help: "How often the list of tablets is read anew, besides being watched.",
  }),
  srvTopoCacheTtlMs: flag({ parse: periodMs, default: 1_000, help: "How long an absent record is believed absent." }),
  srvTopoTimeoutMs: flag({ parse: periodMs, default: 5_000, help: "How long a first read of the topology may take." }),
  healthcheckTimeoutMs: flag({
    parse: periodMs,
    default: 60_000,
    help: "A tablet that is silent for so long is not asked any more.",
  }),
  healthcheckRetryDelayMs: flag({
    parse: periodMs,
    default: 2,
    help: "First pause before a lost tablet is dialed again.",
  }),
  discoveryLowReplicationLagMs: flag({ parse: periodMs, default: 30_000, help: "Lag that is no lag." }),
  discoveryHighReplicationLagMinimumServingMs: flag({
    parse: periodMs,
    default: 7_200_000,
    help: "Replicas that lag more are never used.",
  }),
  minNumberServingVttablets: flag({
    parse: integer(0),
    default: 2,
    help: "So many replicas are used even when they lag more than a little.",
  }),
  vtgateBalancerMode: flag({
    parse: oneOf(...balanceModes),
    default: "cell",
    help: "How a replica is chosen: in the own cell, evenly over all cells, by chance, or always the same for a session.",
  }),
  balancerVtgateCells: flag({
    parse: listOf(string),
    default: [],
    help: "Cells that have gateways; needed by prefer-cell.",
  }),
  balancerKeyspaces: flag({
    parse: listOf(string),
    default: [],
    help: "Keyspaces that the mode is for; none: all. The others choose by cell.",
  }),
  mysqlServerPort: flag({
    parse: integer(-1, 65_535),
    default: -1,
    help: "Port for MySQL clients; 0 picks a free one, -1 serves none.",
  }),
  mysqlServerBindAddress: flag({ parse: string, default: "", help: "Address for MySQL clients; empty: all." }),
  mysqlServerVersion: flag({
    parse: string,
    default: "",
    help: "Version that clients are told; empty: that of the database servers.",
  }),
  mysqlServerSocketPath: flag({
    parse: string,
    default: "",
    help: "A unix socket for MySQL clients on this machine; empty: none.",
  }),
  mysqlServerKeepalivePeriodMs: flag({
    parse: periodMs,
    default: 0,
    help: "Time between TCP's own questions to MySQL clients that are silent; 0: none.",
  }),
  mysqlServerConnectionsMax: flag({
    parse: integer(1),
    default: 20_000,
    help: "MySQL clients at once; others are refused with error 1040.",
  }),
  mysqlServerMaxAllowedPacket: flag({
    parse: sizeBytes,
    default: 64 << 20,
    help: "The longest statement, and the most that parameters sent ahead of one may take.",
  }),
  mysqlServerCursorMemory: flag({
    parse: sizeBytes,
    default: 256 << 20,
    help: "What the rows of all open cursors may take.",
  }),
  mysqlServerCompressionAlgorithms: flag({
    parse: listOf(oneOf("zlib", "zstd")),
    default: ["zlib", "zstd"],
    help: "How MySQL clients may compress; none: not at all.",
  }),
  mysqlServerDrainOnterm: flag({
    parse: boolean,
    default: false,
    help: "When stopping, wait until MySQL clients have left, not only until they are idle.",
  }),
  mysqlSlowConnectWarnThresholdMs: flag({
    parse: periodMs,
    default: 0,
    help: "Logins of MySQL clients that take longer are counted and logged; 0: none.",
  }),
  mysqlServerLocalInfile: flag({
    parse: boolean,
    default: true,
    help: "Ask MySQL clients for the files that their own LOAD DATA LOCAL names, where they agreed to that at login.",
  }),
  mysqlServerLocalInfileMax: flag({
    parse: sizeBytes,
    default: 1 << 30,
    help: "The longest file of LOAD DATA LOCAL.",
  }),
  allowKillStatement: flag({
    parse: boolean,
    default: false,
    help: "Let every user KILL everybody's connections to this gateway; without it, the own ones alone.",
  }),
  proxyProtocol: flag({
    parse: boolean,
    default: false,
    help: "Connections from the networks of --proxy-protocol-networks begin with a PROXY header.",
  }),
  proxyProtocolNetworks: flag({
    parse: listOf(string),
    default: [],
    help: "Networks of the proxies, such as 10.0.0.0/8; whoever is not in one is no proxy.",
  }),
  mysqlAuthServerImpl: flag({
    parse: oneOf("static", "none", "clientcert"),
    default: "static",
    help: "How MySQL clients prove who they are; none lets everybody in.",
  }),
  mysqlAuthServerStaticFile: flag({ parse: string, default: "", help: "Users and passwords for static, as JSON." }),
  mysqlAuthServerStaticString: flag({ parse: string, default: "", help: "The same as text.", secret: true }),
  mysqlAuthStaticReloadIntervalMs: flag({
    parse: periodMs,
    default: 0,
    help: "How often the file of users is read anew, besides on SIGHUP; 0: not by time.",
  }),
  mysqlClientcertAuthMethod: flag({
    parse: oneOf("mysql_clear_password", "dialog"),
    default: "mysql_clear_password",
    help: "What clients are asked for by clientcert, though only their certificate counts.",
  }),
  mysqlDefaultAuthMethod: flag({
    parse: oneOf("caching_sha2_password", "mysql_native_password"),
    default: "caching_sha2_password",
    help: "The method that MySQL clients are offered.",
  }),
  mysqlAllowClearTextWithoutTls: flag({
    parse: boolean,
    default: false,
    help: "Take passwords in clear text without TLS too.",
  }),
  mysqlServerSslCert: flag({ parse: string, default: "", help: "Certificate for MySQL clients; offers TLS." }),
  mysqlServerSslKey: flag({ parse: string, default: "", help: "Its private key." }),
  mysqlServerSslServerCa: flag({
    parse: string,
    default: "",
    help: "Authority of that certificate, sent along with it.",
  }),
  mysqlServerSslCa: flag({
    parse: string,
    default: "",
    help: "Authority of the clients' certificates, asked for then.",
  }),
  mysqlServerSslCrl: flag({ parse: string, default: "", help: "Clients' certificates that are revoked." }),
  mysqlServerTlsMinVersion: flag({
    parse: oneOf("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    default: "TLSv1.2",
    help: "The oldest TLS that MySQL clients may speak.",
  }),
  mysqlServerRequireSecureTransport: flag({ parse: boolean, default: false, help: "Refuse clients without TLS." }),
  transactionMode: flag({
    parse: oneOf("SINGLE", "MULTI"),
    default: "MULTI",
    help: "How many shards one transaction may write to. TWOPC is not there yet.",
  }),
  maxMemoryRows: flag({
    parse: integer(1),
    default: defaultStatementGuards.memoryRowsMax,
    help: "Rows that an answer which is not streamed may have.",
  }),
  warnMemoryRows: flag({
    parse: integer(1),
    default: defaultStatementGuards.memoryRowsWarned,
    help: "Answers of more rows are counted in VtGateWarnings.",
  }),
  maxPayloadSize: flag({
    parse: integer(0),
    default: defaultStatementGuards.payloadBytesMax,
    help: "Bytes that a statement's text may have; 0: what a packet may have.",
  }),
  warnPayloadSize: flag({
    parse: integer(0),
    default: defaultStatementGuards.payloadBytesWarned,
    help: "Longer statements are counted in VtGateWarnings; 0: none.",
  }),
  queryTimeoutMs: flag({
    parse: integer(0),
    default: defaultStatementGuards.queryTimeoutMs,
    help: "Milliseconds after which a statement is stopped, where its session and its directive say nothing; 0: never.",
  }),
  lockHeartbeatTimeMs: flag({
    parse: periodMs,
    default: 5_000,
    help: "How often the tablet of a reserved connection, of named locks too, hears that its session is there.",
  }),
  noScatter: flag({
    parse: boolean,
    default: defaultStatementGuards.refusesScatter,
    help: "Refuse reads over all shards of a keyspace, unless they have the directive ALLOW_SCATTER.",
  }),
  grpcUseEffectiveCallerid: flag({
    parse: boolean,
    default: false,
    help: "Over gRPC, take the caller id of a request for the user that is connected.",
  }),
  enableBuffer: flag({
    parse: boolean,
    default: true,
    help: "Hold statements for a shard's primary while it changes, instead of failing them.",
  }),
  enableBufferDryRun: flag({ parse: boolean, default: false, help: "Hold nothing, and count what would be held." }),
  bufferWindowMs: flag({ parse: periodMs, default: 10_000, help: "How long one statement is held." }),
  bufferSize: flag({ parse: integer(1), default: 1000, help: "Statements held at once; the oldest gives way." }),
  bufferMaxFailoverDurationMs: flag({
    parse: periodMs,
    default: 20_000,
    help: "A primary that stays away for longer is given up: statements fail at once until one is back.",
  }),
  bufferMinTimeBetweenFailoversMs: flag({
    parse: periodMs,
    default: 0,
    help: "Nothing is held for a shard so soon after its last failover.",
  }),
  bufferDrainConcurrency: flag({
    parse: integer(1),
    default: 1,
    help: "So many held statements go at once when a primary is back, and as many each millisecond after.",
  }),
  bufferKeyspaceShards: flag({
    parse: listOf(string),
    default: [],
    help: "Keyspaces, or keyspace/shard, that are buffered; none: all.",
  }),
  ...queryLogFlags,
  slowQueryThresholdMs: flag({
    parse: periodMs,
    default: 0,
    help: "Statements that take as long are written to the process's log and counted; 0: none.",
  }),
  schemaChangeSignal: flag({
    parse: boolean,
    default: true,
    help: "Learn columns and views from the tablets, as they change.",
  }),
  enableViews: flag({ parse: boolean, default: true, help: "Learn the columns of views, besides those of tables." }),
  ddlStrategy: flag({
    parse: string,
    default: "direct",
    help: "For sessions without @@ddl_strategy; only direct is there.",
  }),
  enableDirectDdl: flag({ parse: boolean, default: true, help: "Let clients send direct DDL." }),
  dbddlPlugin: flag({
    parse: oneOf("fail", "noop"),
    default: "fail",
    help: "CREATE and DROP DATABASE: refuse, or wait until somebody else made or removed the keyspace.",
  }),
  vschemaDdlAuthorizedUsers: flag({
    parse: listOf(string),
    default: [],
    help: "Users that may ALTER VSCHEMA; % is everybody, none is nobody.",
  }),
  gateQueryCacheMemory: flag({ parse: sizeBytes, default: 32 << 20, help: "What remembered plans may take." }),
} as const;

/** Of the process alone: a gateway inside another program has one worker. */
export const workerFlags = {
  workers: flag({
    parse: integer(0, 256),
    default: 0,
    help: "Gateways that share the port for MySQL clients, each on a thread; 0: half the cores, at most 8, and 1 on 3 cores or fewer.",
  }),
} as const;
