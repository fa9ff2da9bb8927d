/**
 * What keeps one statement within bounds: the flags of the gateway (inventory 1.012) and the statement's own directives
 * (4.056). Directives that another layer reads are not here: EXECUTE_DML_QUERIES stands with VEXPLAIN.
 */
import { VtError } from "../base/errors.ts";
import type { Primitive } from "../engine/primitive.ts";
import type { QueryOptions } from "../rpc/query-service.ts";
import type { Statement } from "../sqlparser/ast.ts";
import { type Directives, directivesOf, isSet } from "../sqlparser/directives.ts";

export interface StatementGuards {
  /** For sessions and statements that say nothing else; 0: none. */
  readonly queryTimeoutMs: number;
  /** Rows that one statement may gather in memory. */
  readonly memoryRowsMax: number;
  /** Answers of more rows are counted. */
  readonly memoryRowsWarned: number;
  /** Bytes of a statement's text; 0: any. */
  readonly payloadBytesMax: number;
  /** Longer texts are counted; 0: none. */
  readonly payloadBytesWarned: number;
  /** Reads over all shards of a keyspace need the directive ALLOW_SCATTER. */
  readonly refusesScatter: boolean;
}

export const defaultStatementGuards: StatementGuards = {
  queryTimeoutMs: 0,
  memoryRowsMax: 300_000,
  memoryRowsWarned: 30_000,
  payloadBytesMax: 0,
  payloadBytesWarned: 0,
  refusesScatter: false,
};

/** What a statement's directives come to. */
export interface StatementHints {
  /** Undefined: as the session says. `unlimitedMs`: for as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Shards that fail are warned of, as long as one answers. */
  readonly isPartial: boolean;
  readonly mayScatter: boolean;
  /** Outside transactions every shard commits its part by itself. */
  readonly commitsByShard: boolean;
  readonly ignoresMemoryRows: boolean;
  readonly ignoresPayload: boolean;
  readonly skipsPlanCache: boolean;
  /** For the tablets. */
  readonly options: Pick<QueryOptions, "consolidator" | "workloadName" | "priority">;
}

/** More than any statement takes, and still a whole number to tell others. */
export const unlimitedMs = 2 ** 40;

/** Undefined: the statement has no directives. */
export function hintsOf(statement: Statement): StatementHints | undefined {
  const directives = directivesOf(statement);
  if (Object.keys(directives).length === 0) return undefined;
  return {
    timeoutMs: timeoutOf(directives.QUERY_TIMEOUT_MS),
    isPartial: isSet(directives, "SCATTER_ERRORS_AS_WARNINGS"),
    mayScatter: isSet(directives, "ALLOW_SCATTER"),
    commitsByShard: isSet(directives, "MULTI_SHARD_AUTOCOMMIT"),
    ignoresMemoryRows: isSet(directives, "IGNORE_MAX_MEMORY_ROWS"),
    ignoresPayload: isSet(directives, "IGNORE_MAX_PAYLOAD_SIZE"),
    skipsPlanCache: isSet(directives, "SKIP_QUERY_PLAN_CACHE"),
    options: tabletOptions(directives),
  };
}

/** 0 is no limit. */
function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return Number(text) === 0 ? unlimitedMs : Number(text);
}

const workloadNameMax = 64;

function tabletOptions({ CONSOLIDATOR: consolidator, WORKLOAD_NAME: name, PRIORITY: priority }: Directives) {
  if (priority !== undefined && !(/^\d{1,3}$/.test(priority) && Number(priority) <= 100))
    throw VtError.of("VT20040", priority);
  return {
    ...(consolidator !== undefined && { consolidator: consolidator as NonNullable<QueryOptions["consolidator"]> }),
    ...(name !== undefined && { workloadName: name.slice(0, workloadNameMax) }),
    ...(priority !== undefined && { priority }),
  };
}

export function checkScatter(root: Primitive, guards: StatementGuards, hints: StatementHints | undefined): void {
  if (guards.refusesScatter && hints?.mayScatter !== true && isScatter(root)) throw VtError.of("VT20041");
}

function isScatter(node: Primitive): boolean {
  switch (node.kind) {
    case "Route":
      return node.effect !== "write" && node.routing.kind === "AllShards";
    case "Limit":
    case "MergeSort":
    case "Aggregate":
    case "InsertSelect":
    case "KeyedChange":
      return isScatter(node.input);
    case "Finish":
      return node.gathers.some(({ input }) => isScatter(input));
    default:
      return false;
  }
}

/** True where the text is longer than what is counted. */
export function checkPayload(
  text: string | Buffer,
  guards: StatementGuards,
  hints: StatementHints | undefined,
): boolean {
  const { payloadBytesMax, payloadBytesWarned } = guards;
  if (payloadBytesMax === 0 && payloadBytesWarned === 0) return false;
  const sizeBytes = Buffer.byteLength(text);
  if (payloadBytesMax > 0 && sizeBytes > payloadBytesMax && hints?.ignoresPayload !== true)
    throw VtError.of("VT20042", payloadBytesMax);
  return payloadBytesWarned > 0 && sizeBytes > payloadBytesWarned;
}
