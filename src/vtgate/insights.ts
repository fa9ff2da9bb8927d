/**
 * What is counted of each sort of statement: calls, errors, rows, shards, time (inventory 4.071, 4.072). A sort is a
 * statement without its values, in a keyspace, for a tablet type; its counters stand in one object beside its plan, so that
 * counting is a handful of additions. At most `sortsMax` sorts are told apart; what comes later shares one.
 */
import type { Counter, Labelled, Metrics, Timing } from "../base/metrics.ts";
import { planTypeOf, type PlanType } from "../planner/plan-json.ts";
import { isPlannable, type Plan } from "../planner/plan.ts";
import type { Statement } from "../sqlparser/ast.ts";
import type { Environment } from "../sqlparser/environment.ts";
import { normalize } from "../sqlparser/normalize.ts";
import { print } from "../sqlparser/printer.ts";
import { findAll } from "../sqlparser/walk.ts";

export const sortsMax = 5000;
const queryCharsMax = 4096;

/** Bucket i holds times below 2^i / 16 ms; the last one all that took longer. */
const bucketCount = 24;
export const bucketBoundsMs: readonly number[] = Array.from({ length: bucketCount - 1 }, (_, i) => 2 ** i / 16);

export interface Sort {
  readonly query: string;
  readonly statementType: string;
  readonly plan: PlanType | "Other";
  readonly keyspace: string;
  readonly tabletType: string;
  readonly tables: readonly string[];
}

/** The counters of Vitess's dashboards, bound to one sort of statement. */
interface Slots {
  readonly executions: Counter;
  readonly routes: Counter;
  readonly tables: readonly Counter[];
  readonly timing: Timing;
  readonly rowsReturned: Counter;
  readonly rowsAffected: Counter;
}

export class StatementCounts {
  readonly sort: Sort;
  readonly #slots: Slots;
  readonly buckets = new Float64Array(bucketCount);
  /** Its latest plan, for the debug pages. */
  plan: Plan | undefined;
  count = 0;
  errors = 0;
  rowsReturned = 0;
  rowsAffected = 0;
  shards = 0;
  totalMs = 0;
  maxMs = 0;

  constructor(sort: Sort, slots: Slots) {
    this.sort = sort;
    this.#slots = slots;
  }

  record(elapsedMs: number, rowsReturned: number, rowsAffected: number, shards: number, isError: boolean): void {
    const slots = this.#slots;
    this.count++;
    if (isError) this.errors++;
    this.rowsReturned += rowsReturned;
    this.rowsAffected += rowsAffected;
    this.shards += shards;
    this.totalMs += elapsedMs;
    if (elapsedMs > this.maxMs) this.maxMs = elapsedMs;
    const bucket = Math.min(32 - Math.clz32(elapsedMs * 16), bucketCount - 1);
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    slots.executions.value++;
    slots.routes.value += shards;
    for (const table of slots.tables) table.value++;
    slots.timing.record(elapsedMs);
    slots.rowsReturned.value += rowsReturned;
    slots.rowsAffected.value += rowsAffected;
  }
}

/** The metrics of Vitess's names that statements move. Made once a process. */
export class StatementMetrics {
  readonly #executions: Labelled<Counter>;
  readonly #routes: Labelled<Counter>;
  readonly #byTable: Labelled<Counter>;
  readonly #timings: Labelled<Timing>;
  readonly #rowsReturned: Labelled<Counter>;
  readonly #rowsAffected: Labelled<Counter>;
  readonly #errors: Labelled<Counter>;
  readonly #warnings: Labelled<Counter>;
  readonly slow: Counter;

  constructor(metrics: Metrics) {
    const plans = ["Query", "Plan", "Tablet"];
    const calls = ["Operation", "Keyspace", "DbType"];
    this.#executions = metrics.counters("QueryExecutions", "Statements by type, plan and tablet type.", plans);
    this.#routes = metrics.counters("QueryRoutes", "Calls to shards that statements made.", plans);
    this.#byTable = metrics.counters("QueryExecutionsByTable", "Statements by type and table.", ["Query", "Table"]);
    this.#timings = metrics.timings("VtgateApi", "How long statements took.", calls);
    this.#rowsReturned = metrics.counters("VtgateApiRowsReturned", "Rows that clients got.", calls);
    this.#rowsAffected = metrics.counters("VtgateApiRowsAffected", "Rows that statements changed.", calls);
    this.#errors = metrics.counters("VtgateApiErrorCounts", "Statements that failed.", [...calls, "Code"]);
    this.#warnings = metrics.counters("VtGateWarnings", "Statements beyond a bound that is only warned of.", ["type"]);
    this.slow = metrics.counter("SlowQueries", "Statements that took longer than slow-query-threshold.");
  }

  warned(type: "ResultsExceeded" | "WarnPayloadSizeExceeded"): void {
    this.#warnings.bind(type).add(1);
  }

  bind({ statementType, plan, keyspace, tabletType, tables }: Sort): Slots {
    const call = ["Execute", keyspace, tabletType] as const;
    return {
      executions: this.#executions.bind(statementType, plan, tabletType),
      routes: this.#routes.bind(statementType, plan, tabletType),
      tables: tables.map((table) => this.#byTable.bind(statementType, table)),
      timing: this.#timings.bind(...call),
      rowsReturned: this.#rowsReturned.bind(...call),
      rowsAffected: this.#rowsAffected.bind(...call),
    };
  }

  failed({ keyspace, tabletType }: Sort, code: string): void {
    this.#errors.bind("Execute", keyspace, tabletType, code).add(1);
  }
}

export class Insights {
  readonly metrics: StatementMetrics;
  readonly #sorts = new Map<string, StatementCounts>();
  #others: StatementCounts | undefined;

  constructor(metrics: StatementMetrics) {
    this.metrics = metrics;
  }

  get all(): readonly StatementCounts[] {
    return [...this.#sorts.values(), ...(this.#others === undefined ? [] : [this.#others])];
  }

  /** The counters of a statement's sort. To be asked once a plan, and kept there. */
  of(statement: Statement, plan: Plan | undefined, where: Place, environment: Environment): StatementCounts {
    const query = withoutValues(statement, environment);
    const key = `${where.keyspace}\0${where.tabletType}\0${query}`;
    const known = this.#sorts.get(key);
    if (known !== undefined) {
      known.plan = plan;
      return known;
    }
    if (this.#sorts.size >= sortsMax) return (this.#others ??= this.#make(others));
    const made = this.#make({
      query,
      statementType: statement.kind.toUpperCase(),
      plan: plan === undefined ? "Other" : planTypeOf(plan.root),
      keyspace: where.keyspace,
      tabletType: where.tabletType.toLowerCase(),
      tables: plan === undefined ? [] : tablesOf(statement, where.keyspace),
    });
    made.plan = plan;
    this.#sorts.set(key, made);
    return made;
  }

  #make(sort: Sort): StatementCounts {
    return new StatementCounts(sort, this.metrics.bind(sort));
  }
}

interface Place {
  readonly keyspace: string;
  readonly tabletType: string;
}

const others: Sort = {
  query: "(all other statements)",
  statementType: "OTHER",
  plan: "Other",
  keyspace: "",
  tabletType: "",
  tables: [],
};

/** Statements that are not planned may hold anything, passwords too: only their kind is shown. */
function withoutValues(statement: Statement, environment: Environment): string {
  if (!isPlannable(statement)) return statement.kind;
  return print(normalize(statement).statement, environment).slice(0, queryCharsMax);
}

function tablesOf(statement: Statement, keyspace: string): readonly string[] {
  const names = findAll(statement, "TableName").map(({ schema = keyspace, name }) => `${schema}.${name}`);
  return [...new Set(names)];
}
