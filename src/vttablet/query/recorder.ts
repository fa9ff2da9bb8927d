/**
 * What the query service counts and logs of statements and transactions, with Vitess's names of metrics (inventory 7.031).
 * A statement costs a few additions to numbers that its plan holds already; labels are looked up once a plan, and for errors.
 */
import type { Clock } from "../../base/clock.ts";
import { errorText, type ServerError, type VtError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { Metrics } from "../../base/metrics.ts";
import { type Random, systemRandom } from "../../base/random.ts";
import { grpcOf } from "../../rpc/errors.ts";
import { EventLog, everyStatement, type StatementFilter, StatementLog } from "../../servenv/event-log.ts";
import type { HeldConnection } from "./held-connections.ts";
import type { UsedPlan } from "./plans.ts";
import type { Outcome, RunningStatement } from "./running-statement.ts";
import {
  callerName,
  type Conclusion,
  redacted,
  type StatementEvent,
  statementCells,
  statementEvent,
  statementHead,
  type TransactionEvent,
  transactionCells,
  transactionEvent,
  transactionHead,
} from "./statement-events.ts";

export interface RecorderParts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly filter: StatementFilter;
  /** queryserver-config-warn-result-size; 0: none. */
  readonly warnRows: () => number;
}

/** Counts into nothing that anybody sees: for services without pages. */
export function quietRecorder(clock: Clock, log: Logger): Recorder {
  const metrics = new Metrics();
  return new Recorder({ metrics, clock, log, random: systemRandom, filter: everyStatement, warnRows: () => 0 });
}

const resultRowCutoffs = [0, 1, 5, 10, 50, 100, 500, 1000, 5000, 10_000];
/** Of one transaction, for its log. */
const textsMax = 100;
const textCharsMax = 5000;
const warnPauseMs = 1000;
const nsPerMs = 1e6;

export class Recorder {
  readonly #parts: RecorderParts;
  readonly statements: StatementLog<StatementEvent>;
  readonly transactions: EventLog<TransactionEvent>;
  readonly #slots: ReturnType<typeof slotsOf>;
  #warnedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#slots = slotsOf(parts.metrics);
    this.statements = new StatementLog(parts.filter, parts.random, statementHead, statementCells);
    this.transactions = new EventLog(parts.filter.format, transactionHead, transactionCells);
  }

  /** Statements by the name of their plan, since the start. */
  get totals(): readonly (readonly [planType: string, count: number])[] {
    return [...this.#slots.queries.entries()].map(({ values: [name = ""], slot }) => [name, slot.count]);
  }

  get redacts(): boolean {
    return this.#parts.filter.redacts;
  }

  /** It never had a plan: refused at the gate, or malformed. */
  refused(outcome: Outcome): void {
    if ("error" in outcome) this.#slots.errors.bind(grpcOf(outcome.error).toUpperCase()).add(1);
  }

  ended(running: RunningStatement, plan: UsedPlan, outcome: Outcome): void {
    const endMs = this.#parts.clock.monotonicMs();
    const { request, rowCount, receivedMs, sinceMs } = running;
    const slots = this.#slots;
    const { use } = plan;
    const mysqlMs = sinceMs > 0 ? endMs - sinceMs : 0;
    use.record(mysqlMs, rowCount, outcome);
    use.countCaller(callerName(request.caller), mysqlMs);
    use.timing ??= slots.queries.bind(plan.verb);
    use.timing.record(endMs - receivedMs);
    if (sinceMs > 0) (request.options.workload === "OLAP" ? slots.streamed : slots.executed).record(mysqlMs);
    if (plan.kind === "select") slots.results.record(rowCount);
    if ("error" in outcome) this.#failed(plan, outcome.error);
    if (running.killing !== undefined) slots.kills.queries.add(1);
    if (running.following !== undefined) slots.consolidations.record(endMs - receivedMs);
    if (rowCount > 0) this.#warn(running);
    if (!this.statements.isHeard) return;
    const nowMs = this.#parts.clock.nowMs();
    this.statements.add(statementEvent(running, plan, outcome, { nowMs, endMs }, this.redacts));
  }

  #failed({ use, verb }: UsedPlan, error: VtError | ServerError): void {
    const code = grpcOf(error).toUpperCase();
    const table = use.isParsed ? (use.facts.tables[0] ?? "dual") : "other"; // A failure is no reason to parse.
    this.#slots.errors.bind(code).add(1);
    this.#slots.errorsWithCode.bind(table, use.isParsed ? use.facts.planType : verb, code).add(1);
  }

  #warn({ rowCount, request }: RunningStatement): void {
    const warnRows = this.#parts.warnRows();
    if (warnRows === 0 || rowCount <= warnRows || request.options.workload === "OLAP") return;
    this.#slots.resultsExceeded.add(1);
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#warnedMs < warnPauseMs) return; // One line a second says enough.
    this.#warnedMs = nowMs;
    const user = callerName(request.caller);
    this.#parts.log.warn(
      { rows: rowCount, warnRows, user },
      "a result has more rows than --queryserver-config-warn-result-size",
    );
  }

  /** For the log of its transaction, while somebody reads that. */
  inTransaction(held: HeldConnection, running: RunningStatement): void {
    if (!this.transactions.isHeard || held.texts.length >= textsMax) return;
    const { sql } = running.request;
    const environment = running.plan?.use.environment;
    const text = this.redacts ? (environment === undefined ? "(redacted)" : redacted(sql, environment)) : sql;
    held.texts.push(text.slice(0, textCharsMax));
  }

  transactionEnded(held: HeldConnection, conclusion: Conclusion): void {
    const { clock } = this.#parts;
    const slots = this.#slots;
    const totalMs = clock.monotonicMs() - held.sinceMs;
    const name = callerName(held.caller);
    slots.transactions.bind(conclusion).record(totalMs);
    slots.userTransactions.bind(name, conclusion).add(1);
    slots.userTransactionNs.bind(name, conclusion).add(Math.round(totalMs * nsPerMs));
    if (conclusion === "kill") slots.kills.transactions.add(1);
    if (this.transactions.isHeard) this.transactions.add(transactionEvent(held, conclusion, clock.nowMs(), totalMs));
    held.texts = [];
  }

  reservedBegun({ caller }: HeldConnection): void {
    this.#slots.userReserved.bind(callerName(caller)).add(1);
    this.#slots.userActiveReserved.bind(callerName(caller)).add(1);
  }

  reservedEnded({ caller, reservedMs }: HeldConnection, conclusion: Conclusion): void {
    const slots = this.#slots;
    const name = callerName(caller);
    slots.userActiveReserved.bind(name).add(-1);
    slots.userReservedNs.bind(name).add(Math.round((this.#parts.clock.monotonicMs() - reservedMs) * nsPerMs));
    if (conclusion === "kill") slots.kills.reserved.add(1);
  }

  /** A part of the tablet failed at its own work, and went on. */
  internalError(kind: "Task" | "StrayTransactions" | "Schema", thrown: unknown): void {
    this.#slots.internal.bind(kind).add(1);
    this.#parts.log.error({ kind, reason: errorText(thrown) }, "the query service failed at its own work");
  }
}

function slotsOf(metrics: Metrics) {
  const mysql = metrics.timings("Mysql", "Time that the database server took.", ["operation"]);
  const waits = metrics.timings("Waits", "Time that statements waited.", ["type"]);
  const kills = metrics.counters("Kills", "What was stopped on the database server.", ["query_type"]);
  const reserved = (name: string, help: string) => metrics.counters(name, help, ["CallerID"]);
  const ofUser = (name: string, help: string) => metrics.counters(name, help, ["CallerID", "Conclusion"]);
  return {
    executed: mysql.bind("Exec"),
    streamed: mysql.bind("ExecStream"),
    queries: metrics.timings("Queries", "Time of statements by plan, waits included.", ["plan_type"]),
    consolidations: waits.bind("Consolidations"),
    results: metrics.histogram("Results", "Rows of answers.", resultRowCutoffs),
    kills: {
      queries: kills.bind("Queries"),
      transactions: kills.bind("Transactions"),
      reserved: kills.bind("ReservedConnection"),
    },
    errors: metrics.counters("Errors", "Statements that failed, by code.", ["error_code"]),
    errorsWithCode: metrics.counters("QueryErrorCountsWithCode", "Failed statements by table, plan and code.", [
      "Table",
      "Plan",
      "Code",
    ]),
    internal: metrics.counters("InternalErrors", "Failures of the tablet's own work.", ["type"]),
    resultsExceeded: metrics.counters("Warnings", "What was warned of.", ["type"]).bind("ResultsExceeded"),
    transactions: metrics.timings("Transactions", "Time of transactions by their end.", ["operation"]),
    userTransactions: ofUser("UserTransactionCount", "Transactions by caller and end."),
    userTransactionNs: ofUser("UserTransactionTimesNs", "Nanoseconds of transactions by caller and end."),
    userReserved: reserved("UserReservedCount", "Reserved connections by caller."),
    userActiveReserved: metrics.gauges("UserActiveReservedCount", "Reserved connections now, by caller.", ["CallerID"]),
    userReservedNs: reserved("UserReservedTimesNs", "Nanoseconds that connections were reserved, by caller."),
  };
}
