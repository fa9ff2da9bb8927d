/**
 * Limits of a tablet's query service, by Vitess's flags (inventory 1.032) and with Vitess's defaults but for
 * `resultRowsMax`: rows stream here, so their number is not capped (0) unless the operator asks for it.
 */
import type { HotRowLimits, TransactionLimit } from "./begin-guards.ts";
import type { ConsolidatorOptions } from "./consolidator.ts";

export interface QueryServiceConfig {
  /** queryserver-config-pool-size */
  readonly queryPoolMax: number;
  /** queryserver-config-stream-pool-size */
  readonly streamPoolMax: number;
  /** queryserver-config-transaction-cap; reserved connections count too. */
  readonly transactionPoolMax: number;
  /** queryserver-config-query-pool-waiter-cap and its sisters; callers beyond it are refused at once. */
  readonly poolWaitersMax: number;
  readonly streamPoolWaitersMax: number;
  readonly transactionPoolWaitersMax: number;
  /** queryserver-config-query-pool-max-idle-count and its sisters; 0: all may be idle. */
  readonly queryPoolIdleMax: number;
  readonly streamPoolIdleMax: number;
  readonly transactionPoolIdleMax: number;
  /** queryserver-config-query-pool-timeout */
  readonly queryPoolTimeoutMs: number;
  /** queryserver-config-stream-pool-timeout; 0: for ever. */
  readonly streamPoolTimeoutMs: number;
  /** queryserver-config-txpool-timeout */
  readonly transactionPoolTimeoutMs: number;
  /** queryserver-config-idle-timeout; reserved connections outside transactions have it too. */
  readonly idleTimeoutMs: number;
  /** queryserver-config-pool-conn-max-lifetime; 0: for ever. */
  readonly connectionLifetimeMs: number;
  /** queryserver-config-query-timeout */
  readonly queryTimeoutMs: number;
  /** queryserver-config-transaction-timeout: from begin to end; the transaction is rolled back. */
  readonly transactionTimeoutMs: number;
  /** queryserver-config-olap-transaction-timeout */
  readonly olapTransactionTimeoutMs: number;
  /** queryserver-config-max-result-size; 0: no cap. */
  readonly resultRowsMax: number;
  /** queryserver-config-query-cache-memory, in bytes of statement text. */
  readonly planCacheBytesMax: number;
  /** A result up to this size frees its database connection even when its reader is slow. */
  readonly absorbedBytesMax: number;
  /** enable-consolidator, enable-consolidator-replicas, consolidator-query-waiter-cap. */
  readonly consolidator: ConsolidatorOptions;
  /** enable-transaction-limit and its sisters; undefined: no limit. */
  readonly transactionLimit: TransactionLimit | undefined;
  /** enable-hot-row-protection and its sisters; undefined: none. */
  readonly hotRows: HotRowLimits | undefined;
  /** queryserver-config-annotate-queries */
  readonly isAnnotated: boolean;
  /** Prepared statements kept per connection. */
  readonly preparedPerConnectionMax: number;
}

export const queryServiceDefaults: QueryServiceConfig = {
  queryPoolMax: 16,
  streamPoolMax: 200,
  transactionPoolMax: 20,
  poolWaitersMax: 5000,
  streamPoolWaitersMax: 5000,
  transactionPoolWaitersMax: 5000,
  queryPoolIdleMax: 0,
  streamPoolIdleMax: 0,
  transactionPoolIdleMax: 0,
  queryPoolTimeoutMs: 10_000,
  streamPoolTimeoutMs: 10_000,
  transactionPoolTimeoutMs: 1000,
  idleTimeoutMs: 30 * 60_000,
  connectionLifetimeMs: 0,
  queryTimeoutMs: 30_000,
  transactionTimeoutMs: 30_000,
  olapTransactionTimeoutMs: 30_000,
  resultRowsMax: 0,
  planCacheBytesMax: 32 * 1024 * 1024,
  absorbedBytesMax: 1024 * 1024,
  transactionLimit: undefined,
  hotRows: undefined,
  isAnnotated: false,
  consolidator: { mode: "enable", waitersMax: 0, answerBytesMax: 1024 * 1024 },
  preparedPerConnectionMax: 100,
};
