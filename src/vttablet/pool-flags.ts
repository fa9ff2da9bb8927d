/** Flags of the query service's pools, times and sizes (inventory 1.032), with those of Vitess that mean nothing here. */
import { boolean, integer, periodMs, sizeBytes } from "../base/flag-values.ts";
import { flag } from "../base/flags.ts";
import { queryServiceDefaults as query } from "./query/query-config.ts";

const noPrefill = "connections are opened when they are needed";
const prefill = (help: string) => flag({ parse: integer(0), default: 0, help, unused: noPrefill });
const idleCount = (help: string) => flag({ parse: integer(0), default: 0, help: `${help}; 0: all of them.` });

export const poolFlags = {
  queryserverConfigPoolSize: flag({
    parse: integer(1, 10_000),
    default: query.queryPoolMax,
    help: "Connections for queries outside transactions.",
  }),
  queryserverConfigStreamPoolSize: flag({
    parse: integer(1, 10_000),
    default: query.streamPoolMax,
    help: "Connections for streaming queries.",
  }),
  queryserverConfigTransactionCap: flag({
    parse: integer(1, 10_000),
    default: query.transactionPoolMax,
    help: "Transactions at once.",
  }),
  queryserverConfigQueryPoolWaiterCap: flag({
    parse: integer(1),
    default: query.poolWaitersMax,
    help: "Queries that may wait for a connection.",
  }),
  queryserverConfigQueryPoolTimeoutMs: flag({
    parse: periodMs,
    default: query.queryPoolTimeoutMs,
    help: "Longest wait for a connection.",
  }),
  queryserverConfigTxpoolTimeoutMs: flag({
    parse: periodMs,
    default: query.transactionPoolTimeoutMs,
    help: "Longest wait for a transaction's connection.",
  }),
  queryserverConfigIdleTimeoutMs: flag({
    parse: periodMs,
    default: query.idleTimeoutMs,
    help: "Idle connections are closed after so long.",
  }),
  queryserverConfigPoolConnMaxLifetimeMs: flag({
    parse: periodMs,
    default: query.connectionLifetimeMs,
    help: "Connections are renewed when so old; 0: never.",
  }),
  queryserverConfigQueryTimeoutMs: flag({
    parse: periodMs,
    default: query.queryTimeoutMs,
    help: "Queries are killed after so long.",
  }),
  queryserverConfigTransactionTimeoutMs: flag({
    parse: periodMs,
    default: query.transactionTimeoutMs,
    help: "Transactions are rolled back after so long.",
  }),
  queryserverConfigOlapTransactionTimeoutMs: flag({
    parse: periodMs,
    default: query.olapTransactionTimeoutMs,
    help: "As above, for OLAP.",
  }),
  queryserverConfigMaxResultSize: flag({
    parse: integer(1),
    default: 10_000,
    live: true,
    help: "Most rows of an answer over unary gRPC; what streams has no limit.",
  }),
  queryserverConfigWarnResultSize: flag({
    parse: integer(0),
    default: 0,
    live: true,
    help: "Answers of more rows are counted and logged; 0: none.",
  }),
  queryserverConfigQueryCacheMemory: flag({
    parse: sizeBytes,
    default: query.planCacheBytesMax,
    help: "Room for plans.",
  }),
  queryserverConfigStreamPoolTimeoutMs: flag({
    parse: periodMs,
    default: query.streamPoolTimeoutMs,
    help: "Longest wait for a connection for streaming; 0: for ever.",
  }),
  queryserverConfigStreamPoolWaiterCap: flag({
    parse: integer(1),
    default: query.streamPoolWaitersMax,
    help: "Streaming queries that may wait for a connection.",
  }),
  queryserverConfigTxpoolWaiterCap: flag({
    parse: integer(1),
    default: query.transactionPoolWaitersMax,
    help: "Transactions that may wait for a connection.",
  }),
  queryserverConfigQueryPoolMaxIdleCount: idleCount("Connections for queries that may be idle"),
  queryserverConfigStreamPoolMaxIdleCount: idleCount("Connections for streaming that may be idle"),
  queryserverConfigTxpoolMaxIdleCount: idleCount("Connections for transactions that may be idle"),
  queryserverConfigPoolPrefillParallelism: prefill("Queries' connections opened at once at the start."),
  queryserverConfigStreamPoolPrefillParallelism: prefill("Streams' connections opened at once at the start."),
  queryserverConfigTransactionPrefillParallelism: prefill("Transactions' connections opened at once at the start."),
  queryserverConfigStreamBufferSize: flag({
    parse: sizeBytes,
    default: 32 << 10,
    help: "Bytes sent at once of a streamed answer.",
    unused: "rows are passed on as they come from the server",
  }),
  queryserverConfigMessagePostponeCap: flag({
    parse: integer(0),
    default: 4,
    help: "Messages postponed at once.",
    unused: "there are no message tables",
  }),
  queryserverConfigPassthroughDmls: flag({
    parse: boolean,
    default: false,
    help: "Do not rewrite statements that change rows.",
    unused: "they are never rewritten",
  }),
  queryserverConfigTerseErrors: flag({
    parse: boolean,
    default: false,
    help: "Leave values out of error texts.",
    refused: "errors of the database server are passed on word for word",
  }),
  queryserverConfigSchemaChangeSignal: flag({
    parse: boolean,
    default: true,
    help: "Tell gateways of changes of the schema.",
    unused: "they are always told",
  }),
  enableTxThrottler: flag({
    parse: boolean,
    default: false,
    help: "Slow transactions down by the lag of replicas.",
    refused: "the transaction throttler is not there yet",
  }),
} as const;
