/**
 * One statement of one session under way: the ports that the engine's executors see, and the ways to answer. Raw where the
 * plan's root sends to shards; else batch by batch, waiting while the client reads more slowly.
 */
import type { Timer } from "../base/clock.ts";
import { type ServerError, VtError } from "../base/errors.ts";
import { Queue } from "../base/stream.ts";
import { execute } from "../engine/executors.ts";
import { type Answered, type Calls, emptyTrailer, type Primitive, type Run } from "../engine/primitive.ts";
import { callsOf, isSender } from "../engine/senders.ts";
import type { Answer } from "../mysql/session.ts";
import type { Plan } from "../planner/plan.ts";
import type { RunningQuery } from "../rpc/query-service.ts";
import { type Destination, type ShardRef, shardsOf } from "../sharding/destination.ts";
import { encodeColumn } from "../sqltypes/column-packet.ts";
import type { Column, ResultSink, ResultTrailer, RowBatch, RowFormat } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import type { Binds } from "../sqltypes/value.ts";
import type { TableRef } from "../vschema/vschema.ts";
import { type CallWishes, noWishes } from "./call-wishes.ts";
import { collect, type Collected } from "./collect-rows.ts";
import type { Gateway } from "./gateway.ts";
import type { StatementCounts } from "./insights.ts";
import { type Cell, madeRows } from "./made-rows.ts";
import { eventOf } from "./query-event.ts";
import { partialAnswers } from "./partial-answers.ts";
import { renamedRows } from "./renamed-rows.ts";
import { drained, inFormat, trailerOf } from "./row-streams.ts";
import { atomically } from "./atomic-statement.ts";
import { scatter } from "./scatter.ts";
import { addBinds } from "./session-facts.ts";
import { refuseForeignRows } from "./session-charset.ts";
import type { WarningRule } from "./warning-rule.ts";
import type { SessionState } from "./session-state.ts";
import { checkPayload, type StatementHints, unlimitedMs } from "./statement-guards.ts";
import { systemRenamer } from "./system-tables.ts";
import type { Watch } from "./watch.ts";
import { takeChanges } from "./session-tracking.ts";

const batchesMax = 64;

export class StatementRun implements Run {
  readonly gateway: Gateway;
  readonly session: SessionState;
  readonly format: RowFormat;
  readonly #answer: Answer;
  readonly #running: RunningQuery[] = [];
  #isCancelled = false;
  binds: Binds;
  readonly startedMs: number;
  /** What the client wrote, as far as that is known. */
  written: string | Buffer = "";
  /** Of its sort of statement; undefined until that is known, and for work that no client asked for. */
  counts: StatementCounts | undefined;
  /** For VEXPLAIN: what the plan does is noted. */
  #watch: Watch | undefined;
  /** Whatever the plan answers goes to the client. */
  #isShown = false;
  #shards = 0;
  #wishes: CallWishes = noWishes;
  #timer: Timer | undefined;
  /** Why it was cancelled, where that is not the client's doing. */
  #timedOut: VtError | undefined;
  warningRule: WarningRule = "replace";
  /** Its answer is complete. */
  isDone = false;

  constructor(gateway: Gateway, session: SessionState, answer: Answer, format: RowFormat, binds: Binds) {
    this.gateway = gateway;
    this.session = session;
    this.format = format;
    this.binds = binds;
    this.#answer = answer;
    this.startedMs = gateway.env.clock.monotonicMs();
  }
  #wake: (() => void) | undefined;

  get text(): string {
    return this.written.toString();
  }

  /** The client's answer is full: goes on when it has room. */
  awaitRoom(): void {
    this.#answer.onRoom = () => {
      for (const running of this.#running) running.resume();
      this.#wake?.();
    };
  }

  /** KILL QUERY, or the client is gone. */
  cancel(): void {
    this.#isCancelled = true;
    for (const running of this.#running) running.cancel();
    this.#wake?.();
  }

  /** Before it starts: what keeps it within bounds. */
  admit(hints: StatementHints | undefined): void {
    const { options, env } = this.gateway;
    const { guards } = options;
    if (checkPayload(this.written, guards, hints)) env.insights.metrics.warned("WarnPayloadSizeExceeded");
    const timeoutMs = hints?.timeoutMs ?? (this.session.queryTimeoutMs || guards.queryTimeoutMs);
    if (hints === undefined && timeoutMs === 0) return;
    this.#wishes = { hints, timeoutMs };
    if (timeoutMs > 0 && timeoutMs < unlimitedMs) this.#timer = env.clock.after(timeoutMs, () => this.#expire());
  }

  #expire(): void {
    if (this.isDone) return;
    this.#timedOut = VtError.of("VT26005", this.#wishes.timeoutMs);
    this.cancel();
  }

  async plan({ root, sessionBinds }: Plan): Promise<void> {
    this.binds = addBinds(this.binds, sessionBinds, this.session, this.gateway.facts);
    if (!isSender(root)) {
      if (root.kind !== "Rows") refuseForeignRows(this.session);
      this.#isShown = true;
      return this.stream(this.execute(root));
    }
    this.pass(await callsOf(root, this));
  }

  /** The rows of a plan; those of the servers' own tables with names of databases as clients know them. */
  answered({ root, sessionBinds }: Plan, hidesDatabases: boolean): Answered {
    this.binds = addBinds(this.binds, sessionBinds, this.session, this.gateway.facts);
    const answered = this.execute(root);
    if (!hidesDatabases) return answered;
    const { cluster } = this.gateway;
    const rename = systemRenamer([...cluster.vschema().keyspaces.keys(), ...cluster.keyspaces()]);
    return renamedRows(answered, this.session.target.keyspace, rename);
  }

  /** Throws where it was stopped. */
  checkGoesOn(): void {
    if (this.#isCancelled) throw VtError.of("VT20015");
  }

  /** The shards' rows to the client as they come. */
  pass(calls: Calls): void {
    if (this.#isCancelled) throw VtError.of("VT20015");
    const { cluster } = this.gateway;
    this.#shards += calls.calls.length;
    const sink = new PassingSink(this, this.#answer);
    this.#running.push(scatter(cluster, this.session, calls, this.format, sink, this.#wishes));
  }

  /** The answer ends well. */
  finish(trailer: ResultTrailer): void {
    this.isDone = true;
    this.#timer?.cancel();
    this.#count(undefined);
    const { session } = this;
    const told = session.gtids.length === 0 ? trailer : { ...trailer, sessionState: takeChanges(session) };
    this.#answer.end(this.#withWarnings(told));
  }

  fail(thrown: VtError | ServerError): void {
    const error = this.#timedOut ?? thrown;
    this.isDone = true;
    this.#timer?.cancel();
    this.session.warn({ level: "Error", code: error.errno, text: error.message });
    this.session.endWarnings("replace", 0);
    this.#count(error);
    this.#answer.fail(error);
  }

  /** Before the answer ends: then the session's next statement may begin. */
  #count(error: VtError | ServerError | undefined): void {
    const { counts, session, gateway } = this;
    const { insights, queryLog, clock } = gateway.env;
    const elapsedMs = clock.monotonicMs() - this.startedMs;
    const { rowCount, foundRows } = session;
    const isError = error !== undefined;
    const rowsReturned = isError || rowCount >= 0 ? 0 : foundRows;
    if (rowsReturned > gateway.options.guards.memoryRowsWarned) insights.metrics.warned("ResultsExceeded");
    if (counts !== undefined) {
      counts.record(elapsedMs, rowsReturned, isError || rowCount < 0 ? 0 : rowCount, this.#shards, isError);
      if (error !== undefined)
        insights.metrics.failed(counts.sort, error instanceof VtError ? error.grpc.toUpperCase() : "UNKNOWN");
    }
    if (!queryLog.wants(elapsedMs) || this.text === "") return;
    if (queryLog.isSlow(elapsedMs)) insights.metrics.slow.add(1);
    queryLog.add(eventOf(this, elapsedMs, { rows: Math.max(rowsReturned, rowCount), shards: this.#shards, error }));
  }

  #withWarnings(trailer: ResultTrailer): ResultTrailer {
    const { warnings, warningList } = trailer;
    const count = this.session.endWarnings(this.warningRule, warnings, warningList);
    return count === warnings ? trailer : { ...trailer, warnings: count };
  }

  ok(trailer: Partial<ResultTrailer> = {}): void {
    this.session.rowCount = trailer.affectedRows ?? 0;
    const { statusFlags } = this.session;
    this.finish({ ...emptyTrailer, ...trailer, statusFlags, sessionState: takeChanges(this.session) });
  }

  /** Rows that the gateway knows itself: columns are text, unless they are given with a type. */
  rows(columns: readonly (string | Column)[], rows: readonly (readonly Cell[])[]): void {
    const batch = madeRows(columns, rows);
    this.#answer.columns(batch.columns, batch.columns.map(encodeColumn));
    this.#answer.batch(inFormat(batch, this.format));
    this.session.foundRows = rows.length;
    this.session.rowCount = -1;
    this.#end(emptyTrailer);
  }

  #end(trailer: ResultTrailer): void {
    this.finish({ ...trailer, statusFlags: this.session.statusFlags });
  }

  /** Batches of text rows to the client, as it takes them. */
  async stream(answered: Answered): Promise<void> {
    let hasColumns = false;
    let rows = 0;
    try {
      for (let step = await answered.next(); ; step = await answered.next()) {
        if (step.done === true) {
          if (hasColumns) this.session.foundRows = rows;
          this.session.rowCount = hasColumns ? -1 : step.value.affectedRows;
          return this.#end(step.value);
        }
        if (!hasColumns) this.#answer.columns(step.value.columns, step.value.columns.map(encodeColumn));
        hasColumns = true;
        rows += step.value.count;
        if (!this.#answer.batch(inFormat(step.value, this.format))) await this.#room();
        if (this.#isCancelled) throw VtError.of("VT20015");
      }
    } finally {
      await answered.return(emptyTrailer);
    }
  }

  async #room(): Promise<void> {
    if (!this.#answer.isFull || this.#isCancelled) return;
    this.awaitRoom();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }

  get memoryRowsMax(): number {
    if (this.#wishes.hints?.ignoresMemoryRows === true) return Number.MAX_SAFE_INTEGER;
    return this.gateway.options.guards.memoryRowsMax;
  }

  get isOneAtATime(): boolean {
    const { inTransaction, autocommit, shardSessions } = this.session;
    return inTransaction || !autocommit || shardSessions.length > 0;
  }

  shards(keyspace: string): readonly ShardRef[] {
    return this.gateway.cluster.shards(keyspace, this.session.target.tabletType);
  }

  resolve(keyspace: string, destination: Destination): readonly string[] {
    return shardsOf(destination, this.shards(keyspace), keyspace);
  }

  execute(node: Primitive): Answered {
    const answered = execute(node, this);
    return this.#watch === undefined ? answered : this.#watch.count(node, answered);
  }

  /** One of several plans that a statement consists of; its answer is not the client's. */
  async part({ root, sessionBinds }: Plan): Promise<ResultTrailer> {
    this.binds = addBinds(this.binds, sessionBinds, this.session, this.gateway.facts);
    return trailerOf(this.execute(root));
  }

  /** Runs a plan and lets its rows go. */
  async watched({ root, sessionBinds }: Plan, watch: Watch): Promise<void> {
    this.binds = addBinds(this.binds, sessionBinds, this.session, this.gateway.facts);
    this.#watch = watch;
    const answered = this.execute(root);
    for (let step = await answered.next(); step.done !== true; step = await answered.next())
      if (this.#isCancelled) throw VtError.of("VT20015");
    this.#watch = undefined;
  }

  atomically(work: () => Answered): Answered {
    return atomically(this.gateway.cluster, this.session, work);
  }

  sendEach(calls: Calls): readonly Answered[] {
    const streams = calls.calls.map((call) => this.send({ ...calls, calls: [call] }));
    if (this.#wishes.hints?.isPartial !== true || calls.effect !== "read") return streams;
    return partialAnswers(streams, ({ errno, message }) =>
      this.session.warn({ level: "Warning", code: errno, text: message }),
    );
  }

  send(calls: Calls): Answered {
    return this.#send(calls, "text");
  }

  get showsBinary(): boolean {
    return this.#isShown && this.format === "binary";
  }

  sendShown(calls: Calls): Answered {
    return this.#send(calls, this.#isShown ? this.format : "text");
  }

  async *#send(calls: Calls, format: RowFormat): Answered {
    this.#shards += calls.calls.length;
    this.#watch?.sent(calls);
    const inbox = new Queue<RowBatch>(batchesMax, () => running.resume());
    let collector: RowCollector | undefined;
    let trailer: ResultTrailer = emptyTrailer;
    const running = scatter(
      this.gateway.cluster,
      this.session,
      calls,
      format,
      {
        columns: (columns) => {
          collector = new RowCollector(columns, format);
          inbox.push(collector.take());
        },
        rows: (chunk) => {
          collector?.push(chunk);
          return collector === undefined || collector.count === 0 || inbox.push(collector.take());
        },
        end: (last) => {
          trailer = last;
          inbox.end();
        },
        fail: (error) => inbox.end(error),
      },
      this.#wishes,
    );
    this.#running.push(running);
    let isDone = false;
    const rows = inbox[Symbol.asyncIterator]();
    try {
      for (let step = await rows.next(); step.done !== true; step = await rows.next()) yield step.value;
      isDone = true;
      return trailer;
    } finally {
      // The transaction's next statement finds its connections free.
      if (!isDone && this.isOneAtATime && !this.#isCancelled) await drained(rows);
      if (!isDone) running.cancel();
      await rows.return?.();
      this.#running.splice(this.#running.indexOf(running), 1);
    }
  }

  async nextIds(sequence: TableRef, count: number): Promise<bigint> {
    return this.gateway.nextIds(sequence, count, this.session);
  }

  /** A small result as text, for the gateway's own use: never in the client's transaction of writes. */
  async collect(calls: Calls, session = this.session): Promise<Collected> {
    return collect(this.gateway, session, calls, (running) => this.#running.push(running));
  }
}

/** Where shards' rows go to the client as they come. */
class PassingSink implements ResultSink {
  readonly #run: StatementRun;
  readonly #answer: Answer;

  constructor(run: StatementRun, answer: Answer) {
    this.#run = run;
    this.#answer = answer;
  }
  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#answer.columns(columns, packets);
  }
  rows(chunk: Buffer): boolean {
    const hasRoom = this.#answer.rows(chunk);
    if (!hasRoom) this.#run.awaitRoom();
    return hasRoom;
  }
  end(trailer: ResultTrailer): void {
    this.#run.finish(trailer);
  }
  fail(error: VtError | ServerError): void {
    this.#run.fail(error);
  }
}
