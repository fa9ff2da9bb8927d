/**
 * `vitess-ts/client`: the gateway inside a Node application. What vtgate does for MySQL clients it does here for calls of
 * functions: it follows the topology and the tablets, plans statements and asks the shards, in the application's process.
 *
 * A `Gateway` runs each statement in a session of its own; a `Session` keeps what statements leave behind (transactions,
 * SET, variables). Statements of one session run one after the other, in the order of the calls. What must be closed has
 * `close` and can be held by `await using`.
 */
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import type { ServerError, VtError } from "../base/errors.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import { type Logger, silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { network } from "../base/network.ts";
import { systemRandom } from "../base/random.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcMessageFlags } from "../servenv/grpc-flags.ts";
import { topoFlags } from "../servenv/topo-flags.ts";
import type { Column } from "../sqltypes/result.ts";
import { openTopo } from "../topo/open-topo.ts";
import { bufferCounts } from "../vtgate/buffer.ts";
import { tabletDialer } from "../vtgate/dial-tablet.ts";
import { vtgateFlags } from "../vtgate/flags.ts";
import { gatewayOptions, queryLogOptions } from "../vtgate/gateway-options.ts";
import { healthMetrics } from "../vtgate/health-metrics.ts";
import { Insights, StatementMetrics } from "../vtgate/insights.ts";
import { openVtgate } from "../vtgate/open-vtgate.ts";
import { QueryLog } from "../vtgate/query-log.ts";
import { EmbeddedGateway } from "./embedded-gateway.ts";

/** What a statement failed with: of vitess-ts (`code` is VT…), or of a database server, word for word. */
export type StatementError = VtError | ServerError;

/** What a cell becomes. Which type becomes which is a table in the README. */
export type SqlValue = string | number | bigint | Uint8Array | null;
export type ObjectRow = Readonly<Record<string, SqlValue>>;
export type ArrayRow = readonly SqlValue[];

/** undefined is refused: it is more often a slip than a NULL. */
export type Parameter = string | number | bigint | boolean | Uint8Array | null;
/** In order for `?`; by name for `:name`, where `::name` takes a list. */
export type Parameters = readonly Parameter[] | Readonly<Record<string, Parameter | readonly Parameter[]>>;

export interface CallOptions {
  /** Stops the statement on the shards; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The same after so long, with a TimeoutError. */
  readonly timeoutMs?: number;
}

export interface ExecuteOptions extends CallOptions {
  /** More rows than these are an error (VT21001): `stream` has no such limit. Default 100,000. */
  readonly rowsMax?: number;
}

export interface Result<Row = ObjectRow> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** Rows that the statement changed. */
  readonly affectedRows: number;
  /** Of AUTO_INCREMENT and sequences; 0: none. */
  readonly lastInsertId: number | bigint;
  readonly warnings: number;
}

/** What both a gateway and a session do. */
export interface Runner {
  /** The whole answer. */
  execute(sql: string, parameters?: Parameters, options?: ExecuteOptions): Promise<Result>;
  /** The same with rows as arrays, for columns that share a name. */
  executeArrays(sql: string, parameters?: Parameters, options?: ExecuteOptions): Promise<Result<ArrayRow>>;
  /** Rows as they come, at the pace of their reader. Leaving the loop stops the statement. */
  stream(sql: string, parameters?: Parameters, options?: CallOptions): AsyncGenerator<ObjectRow, void, undefined>;
  streamArrays(sql: string, parameters?: Parameters, options?: CallOptions): AsyncGenerator<ArrayRow, void, undefined>;
  /** Runs `work` in a transaction: commits when it resolves, rolls back and throws on when it rejects. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Session extends Runner {
  /** Asks what the statement takes and answers; it may then run any number of times, in this session. */
  prepare(sql: string): Promise<PreparedStatement>;
  /** keyspace, keyspace@replica, keyspace:-80: as USE does. */
  use(target: string): Promise<void>;
  readonly inTransaction: boolean;
}

export interface PreparedStatement {
  readonly parameterCount: number;
  /** Empty for statements without rows. */
  readonly columns: readonly Column[];
  execute(parameters?: readonly Parameter[], options?: ExecuteOptions): Promise<Result>;
  stream(parameters?: readonly Parameter[], options?: CallOptions): AsyncGenerator<ObjectRow, void, undefined>;
}

export interface SessionOptions {
  /** The target of unqualified names: "customer", "customer@replica". Default: the gateway's. */
  readonly target?: string;
  /** Who asks, for table ACLs and query logs. Default: the gateway's. */
  readonly user?: string;
  readonly groups?: readonly string[];
}

export interface Gateway extends Runner {
  session(options?: SessionOptions): Promise<Session>;
}

const gatewayFlags = {
  ...topoFlags,
  ...grpcMessageFlags,
  ...grpcDialFlags,
  ...grpcClientFlags("tablet", "tablets"),
  ...vtgateFlags,
} as const;
export type GatewayFlags = Values<typeof gatewayFlags>;

/** The flags of vtgate by their names in camelCase, with its defaults; `vitess-ts reference` lists them. */
export type GatewayOptions = Partial<GatewayFlags> & {
  /** The cell that the application is in. */
  readonly cell: string;
  /** Of sessions that do not say otherwise. */
  readonly session?: SessionOptions;
  /** Default: nothing is logged. */
  readonly log?: Logger;
};

/** Resolves when the tablets of `tabletTypesToWait` serve, or `gatewayInitialTabletTimeoutMs` later. */
export async function openGateway({ session = {}, log = silentLogger, ...given }: GatewayOptions): Promise<Gateway> {
  const values = withDefaults(given);
  const env = { clock: systemClock, random: systemRandom, network, disk, log };
  const metrics = new Metrics();
  const readFile = (path: string) => disk.readFileSync(path, "utf8");
  const topo = await openTopo(values, env);
  try {
    const parts = {
      ...env,
      topo,
      dial: tabletDialer(env, dialOptions("tablet", values, env)),
      readFile,
      bufferCounts: bufferCounts(metrics),
      watchHealth: healthMetrics(metrics).watch,
      insights: new Insights(new StatementMetrics(metrics)),
      queryLog: new QueryLog(queryLogOptions(values), systemRandom, log),
    };
    const vtgate = await openVtgate(parts, { ...gatewayOptions(values, readFile), mysql: undefined });
    const close = async () => {
      await vtgate.close();
      await topo.close();
    };
    return new EmbeddedGateway(vtgate.gateway, session, close);
  } catch (thrown) {
    await topo.close();
    throw thrown;
  }
}

function withDefaults(given: Partial<GatewayFlags>): GatewayFlags {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(gatewayFlags, name)) throw new FlagError(`there is no option ${name}`);
  const defaults = Object.fromEntries(Object.entries(gatewayFlags).map(([name, flag]) => [name, flag.default]));
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, mysqlServerPort: -1, ...Object.fromEntries(set) } as GatewayFlags; // No port: nobody else comes.
}
