/**
 * One client of the gateway. Statements that read or change rows are planned; the others are carried out by the table in
 * statements.ts. One statement runs at a time; `interrupt` stops it, and `close` lets go of all that shards hold for it.
 */
import { errorText, ServerError, VtError } from "../base/errors.ts";
import type { Answer, Client, Prepared, SqlSession } from "../mysql/session.ts";
import { statusFlag } from "../mysql/packets/capabilities.ts";
import type { Statement } from "../sqlparser/ast.ts";
import { cutFirst } from "../sqlparser/parse.ts";
import { decodeSource } from "../sqlparser/source.ts";
import { walk } from "../sqlparser/walk.ts";
import type { Column, RowBatch, RowFormat } from "../sqltypes/result.ts";
import type { Binds, Value } from "../sqltypes/value.ts";
import { encodeColumn } from "../sqltypes/column-packet.ts";
import { describe } from "./describe.ts";
import { routeCalls } from "../engine/execute/route.ts";
import type { Route } from "../engine/primitive.ts";
import { isPlannable } from "../planner/plan.ts";
import type { Gateway, Understood } from "./gateway.ts";
import { killOne } from "./kill.ts";
import { type BesidePlan, type CachedPlan, nothingBeside } from "./plan-cache.ts";
import { hasForeignCharset, inUtf8, loginCharset, valueInUtf8 } from "./session-charset.ts";
import type { PlanContext, SessionState } from "./session-state.ts";
import { ruleOfRoute } from "./warning-rule.ts";
import { takeChanges } from "./session-tracking.ts";
import { StatementRun } from "./statement-run.ts";
import { carryOut } from "./statements.ts";
import { isLike } from "./statements/like.ts";
import { runPlanned } from "./statements/planned.ts";
import { release } from "./transactions.ts";

interface PreparedText extends Prepared {
  readonly text: string;
  readonly bindNames: readonly string[];
  /** What it came to when it ran last; no route: it goes the long way. */
  planned?: {
    readonly generation: number;
    readonly context: PlanContext;
    readonly root: Route | undefined;
  } & BesidePlan;
}

/** Remembers the plan of the statement under way. */
type Keep = (understood: Understood) => void;

/** What a session must know of who is connected. */
export type SessionClient = Pick<Client, "multiStatements" | "destroy" | "sendsFiles" | "requestFile">;

export class GatewaySession implements SqlSession {
  readonly state: SessionState;
  readonly #gateway: Gateway;
  readonly #client: SessionClient;
  readonly #closed: () => void;
  #run: StatementRun | undefined;
  #isClosed = false;

  constructor(gateway: Gateway, state: SessionState, client: SessionClient, closed: () => void) {
    this.#gateway = gateway;
    this.state = state;
    this.#client = client;
    this.#closed = closed;
  }

  get statusFlags(): number {
    return this.state.statusFlags;
  }

  /** The statement under way, for SHOW PROCESSLIST. */
  get running(): { readonly text: string; readonly ageMs: number } | undefined {
    const run = this.#run;
    if (run === undefined || run.isDone) return undefined;
    return { text: run.text, ageMs: this.#gateway.env.clock.monotonicMs() - run.startedMs };
  }

  query(sent: Buffer, answer: Answer): void {
    const text = hasForeignCharset(this.state) ? inUtf8(sent, this.state) : sent;
    const isPlanned = this.state.target.destination === undefined;
    const cached = isPlanned ? this.#gateway.findPlan(text, this.state) : undefined; // It is one statement then.
    if (cached !== undefined) return this.#startCached(cached, answer);
    const bytes = Buffer.from(text);
    const source = decodeSource(bytes);
    const keep = isPlanned
      ? (understood: Understood) => this.#gateway.keepPlan(bytes, this.state, understood)
      : undefined;
    if (!this.#client.multiStatements) return this.#start(source, {}, false, "text", answer, keep);
    this.#startFirst(source, answer, keep);
  }

  /** One statement with binds by name (`:name`, `::list`). */
  run(text: string, binds: Binds, answer: Answer): void {
    this.#start(text, binds, false, "text", answer);
  }

  /** Several statements in one text: each but the last says that more comes; an error ends them all. */
  #startFirst(source: string, answer: Answer, planned?: Keep): void {
    const { text, rest } = source.includes(";")
      ? cutFirst(source, this.#gateway.environmentOf(this.state))
      : { text: source, rest: "" };
    if (rest === "") return this.#start(text, {}, false, "text", answer, planned);
    // Not at once: a text of many statements must not make us recurse, and nothing goes on for a client that is gone.
    const next = () => (this.#isClosed ? undefined : this.#startFirst(rest, answer));
    this.#start(text, {}, false, "text", new PartAnswer(answer, () => queueMicrotask(next)));
  }

  async prepare(bytes: Buffer): Promise<PreparedText> {
    const text = decodeSource(bytes, this.state.charset);
    const understood = this.#gateway.understand(text, this.state, true);
    const parameterCount = parametersOf(understood.statement);
    const described = await describe(this.#gateway, this.state, understood, parameterCount);
    return { text, parameterCount, bindNames: bindNamesOf(parameterCount), ...described, warnings: 0 };
  }

  /** The same without asking a server what columns there will be. */
  prepareText(text: string): Prepared {
    const { statement } = this.#gateway.understand(text, this.state, true);
    const parameterCount = parametersOf(statement);
    const prepared: PreparedText = {
      text,
      parameterCount,
      bindNames: bindNamesOf(parameterCount),
      columns: [],
      warnings: 0,
    };
    return prepared;
  }

  execute(prepared: Prepared, values: readonly Value[], answer: Answer): void {
    const own = prepared as PreparedText;
    const binds: Record<string, Value> = {};
    const isForeign = hasForeignCharset(this.state);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as Value;
      binds[own.bindNames[i] as string] = isForeign ? valueInUtf8(value, this.state) : value;
    }
    const root = this.#routeOf(own);
    if (root !== undefined) return this.#pass(root, own.text, own.planned ?? nothingBeside, binds, "binary", answer);
    this.#start(own.text, binds, true, "binary", answer);
  }

  /** The route of a prepared statement that is one, as it was planned under what still holds. */
  #routeOf(prepared: PreparedText): Route | undefined {
    const generation = this.#gateway.planGeneration;
    const context = this.state.planContext;
    const { planned } = prepared;
    if (planned?.generation === generation && planned.context === context) return planned.root;
    let root: Route | undefined;
    let beside = nothingBeside;
    try {
      const understood = this.#gateway.understand(prepared.text, this.state, true);
      beside = understood;
      if (
        understood.kind === "plan" &&
        !understood.hidesDatabases &&
        understood.rowTarget === undefined &&
        understood.plan.root.kind === "Route" &&
        understood.plan.sessionBinds.length === 0
      )
        root = understood.plan.root;
    } catch {
      return undefined; // The long way tells the client why.
    }
    const { counts, hints } = beside;
    prepared.planned = { generation, context, root, counts, hints };
    return root;
  }

  closePrepared(): void {
    // Statements are kept by text, for all sessions: nothing is this session's own.
  }

  /** The short way: nothing is parsed, and nothing waited for. */
  #startCached(cached: CachedPlan, answer: Answer): void {
    this.#pass(cached.root, cached.bytes, cached, cached.binds, "text", answer);
  }

  #pass(
    root: Route,
    text: string | Buffer,
    { counts, hints }: BesidePlan,
    binds: Binds,
    format: RowFormat,
    answer: Answer,
  ): void {
    const run = new StatementRun(this.#gateway, this.state, answer, format, binds);
    run.written = text;
    run.counts = counts;
    run.warningRule = ruleOfRoute(root, this.#gateway.options.environment);
    this.#run = run;
    try {
      run.admit(hints);
      run.pass(routeCalls(root, run));
    } catch (thrown) {
      this.#fail(thrown, run);
    }
  }

  #start(text: string, binds: Binds, hasParameters: boolean, format: RowFormat, answer: Answer, planned?: Keep): void {
    const run = new StatementRun(this.#gateway, this.state, answer, format, binds);
    run.written = text;
    this.#run = run;
    this.#carryOut(run, text, hasParameters, planned).catch((thrown: unknown) => this.#fail(thrown, run));
  }

  #fail(thrown: unknown, run: StatementRun): void {
    if (!(thrown instanceof VtError) && !(thrown instanceof ServerError))
      this.#gateway.env.log.error({ err: thrown, connection: this.state.connectionId }, "a statement met a bug");
    const shown =
      thrown instanceof VtError || thrown instanceof ServerError
        ? thrown
        : VtError.of("VT13001", errorText(thrown)).because(thrown);
    run.fail(shown);
  }

  async #carryOut(run: StatementRun, text: string, hasParameters: boolean, planned?: Keep): Promise<void> {
    const understood = this.#gateway.understand(text, this.state, hasParameters);
    run.counts = understood.counts;
    run.warningRule = understood.warningRule;
    if (understood.kind === "plan") {
      run.admit(understood.hints);
      const { root } = understood.plan;
      const isPassed = !understood.hidesDatabases && understood.rowTarget === undefined;
      if (isPassed && root.kind === "Route" && root.sql === text) planned?.(understood);
      return runPlanned(understood, run);
    }
    if (isPlannable(understood.statement)) run.admit(understood.hints); // For the shards that the session is pointed at.
    const { statement, rowTarget } = understood;
    await carryOut(statement, { run, text, hasParameters, client: this.#client, rowTarget, carryOut });
  }

  // oxlint-disable-next-line require-await
  async useDatabase(name: string): Promise<void> {
    this.state.target = this.#gateway.targetOf(name);
  }

  async reset(): Promise<void> {
    await release(this.#gateway.cluster, this.state);
    const { state } = this;
    state.clearSettings();
    loginCharset(state, this.#gateway.options.environment);
    state.variables.clear();
    state.prepared.clear();
    state.ownVariables.clear();
    state.autocommit = true;
    state.isolation = "DEFAULT";
    state.readOnlyDefault = false;
    state.workload = "OLTP";
    state.completionType = "NO_CHAIN";
    state.sqlSelectLimit = 0;
    state.queryTimeoutMs = 0;
    state.transactionTimeoutMs = 0;
    state.skipsPlanCache = false;
    state.lastInsertId = 0;
    state.endWarnings("replace", 0);
    state.transactionMode = this.#gateway.options.transactionMode;
  }

  /** Default values are not told: the gateway does not know them. */
  async fieldList(table: string, pattern: string): Promise<readonly Buffer[]> {
    const text = `select * from \`${table.replaceAll("`", "``")}\``;
    const { columns, columnPackets } = await describe(
      this.#gateway,
      this.state,
      this.#gateway.understand(text, this.state, true),
      0,
    );
    const packets = columnPackets ?? columns.map((column) => encodeColumn(column));
    if (packets.length === 0) throw VtError.of("VT12001", `COM_FIELD_LIST of ${table}`);
    return packets
      .filter((_, i) => pattern === "" || isLike(columns[i]?.name ?? "", pattern))
      .map((packet) => Buffer.concat([packet, noDefault]));
  }

  listProcesses(answer: Answer): void {
    this.query(Buffer.from("show processlist"), answer);
  }

  killConnection(id: number): Promise<void> {
    return killOne(this.#gateway, this.state.caller, id, "CONNECTION");
  }

  takeChanges(): Buffer {
    return takeChanges(this.state);
  }

  statistics(): string {
    const { env, startedMs, sessions } = this.#gateway;
    const seconds = Math.floor((env.clock.monotonicMs() - startedMs) / 1000);
    return `Uptime: ${seconds}  Threads: ${sessions.size}`;
  }

  interrupt(): void {
    this.#run?.cancel();
  }

  close(): void {
    this.#isClosed = true;
    this.#run?.cancel();
    this.#closed();
    release(this.#gateway.cluster, this.state).catch((thrown: unknown) => {
      this.#gateway.env.log.warn({ err: thrown }, "a closed session's transactions could not be let go of");
    });
  }
}

/** A definition's last field, NULL. */
const noDefault = Buffer.from([0xfb]);

/** As the parser names `?`. */
const bindNamesOf = (count: number) => Array.from({ length: count }, (_, i) => `v${i + 1}`);

function parametersOf(statement: Statement): number {
  const names = new Set<string>();
  walk(statement, (node) => {
    if (node.kind === "Bind" && /^v\d+$/.test(node.name)) names.add(node.name);
  });
  return names.size;
}

/** One of several answers to a text: its end is not the end of the command. */
class PartAnswer implements Answer {
  readonly #answer: Answer;
  readonly #next: () => void;

  constructor(answer: Answer, next: () => void) {
    this.#answer = answer;
    this.#next = next;
  }

  get isFull(): boolean {
    return this.#answer.isFull;
  }
  get onRoom(): (() => void) | undefined {
    return this.#answer.onRoom;
  }
  set onRoom(run: (() => void) | undefined) {
    this.#answer.onRoom = run;
  }
  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    this.#answer.columns(columns, packets);
  }
  rows(chunk: Buffer): boolean {
    return this.#answer.rows(chunk);
  }
  batch(batch: RowBatch): boolean {
    return this.#answer.batch(batch);
  }
  end(trailer: Parameters<Answer["end"]>[0]): void {
    this.#answer.end({ ...trailer, statusFlags: trailer.statusFlags | statusFlag.moreResults });
    this.#next();
  }
  fail(error: Parameters<Answer["fail"]>[0]): void {
    this.#answer.fail(error);
  }
}
