/**
 * The tablet's query service: `QueryService` over one real database server. It finds the connection a request runs on
 * (pooled, in a transaction, reserved), puts binds into the statement, and passes rows through raw.
 *
 * - Transactions run with autocommit=0 and no BEGIN: nothing in them can commit alone.
 * - After a kill, a pooled connection is closed; one in a transaction is drained, so that the kill hits nothing later.
 * - Not serving: new statements get VT26001, those in a transaction go on until `drain` ends them.
 */
import type { Clock } from "../../base/clock.ts";
import { must } from "../../base/assert.ts";
import { VtError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { ClientEnvironment, ConnectOptions } from "../../mysql/client.ts";
import { statusFlag } from "../../mysql/packets/capabilities.ts";
import type {
  Caller,
  CallState,
  Committed,
  QueryOptions,
  QueryRequest,
  QueryService,
  ResultReader,
  RunningQuery,
  SchemaReply,
  TabletHealth,
  Target,
} from "../../rpc/query-service.ts";
import type { Authorizer } from "./authorizer.ts";
import { asClientError } from "./client-errors.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import { drain } from "./draining.ts";
import { HotRows, hotRowKey, TransactionShares } from "./begin-guards.ts";
import { Consolidator } from "./consolidator.ts";
import { firstStatements, prepareHeld, runAll, transactionTimeout } from "./held-opening.ts";
import { HealthBroadcast } from "./health-broadcast.ts";
import { type HeldConnection, HeldConnections } from "./held-connections.ts";
import { type QueryServiceConfig, queryServiceDefaults } from "./query-config.ts";
import { Plans, type UsedPlan } from "./plans.ts";
import { openPools, type QueryPools } from "./query-pools.ts";
import { quietRecorder, type Recorder } from "./recorder.ts";
import { RuleWaits } from "./rule-waits.ts";
import { RunningList } from "./running-list.ts";
import {
  type Outcome,
  RunningStatement,
  type StatementLimits,
  type StatementOwner,
  type StatementPlace,
} from "./running-statement.ts";
import type { SchemaEngine } from "./schema-engine.ts";
import { sendStatement, timeoutOf } from "./sending.ts";
import { Sequences } from "./sequences.ts";
import { ServingGate } from "./serving-gate.ts";
import { inTransaction, shapeOf } from "./shape.ts";
import type { StatementPlan } from "./statement-plan.ts";
import { openingStatements } from "./transaction-options.ts";

const setsMode = /sql_mode/i;

export interface TabletQueryPorts {
  readonly env: ClientEnvironment & { readonly clock: Clock; readonly log: Logger };
  /** "zone1-0000000100" */
  readonly tabletAlias: string;
  readonly target: Target;
  /** The application's user, with the keyspace's database. */
  readonly app: ConnectOptions;
  readonly schema: SchemaEngine;
  readonly config?: Partial<QueryServiceConfig>;
  /** Who may run what; it looks at the same plans. */
  readonly authorizer?: Authorizer;
  readonly plans?: Plans;
  readonly recorder?: Recorder;
}

export class TabletQueryService implements QueryService, StatementOwner {
  readonly #ports: TabletQueryPorts;
  readonly #config: QueryServiceConfig;
  readonly #limits: Readonly<Record<"OLTP" | "OLAP", StatementLimits>>;
  readonly #gate: ServingGate;
  readonly #sequences: Sequences;
  readonly #ruleWaits: RuleWaits;
  /** For metrics and the debug pages too. */
  readonly pools: QueryPools;
  readonly held: HeldConnections;
  readonly recorder: Recorder;
  readonly running: RunningList;
  readonly health: HealthBroadcast;
  readonly consolidator: Consolidator;
  readonly plans: Plans;
  /** Undefined: everything is let through. */
  readonly authorizer: Authorizer | undefined;
  /** Undefined: transactions begin whatever rows they write. */
  readonly hotRows: HotRows | undefined;
  /** Undefined: one caller may have all transactions. */
  readonly shares: TransactionShares | undefined;
  /** Told when a connection to the database breaks, or none can be made: maybe often. */
  onServerGone: (() => void) | undefined;

  constructor(ports: TabletQueryPorts) {
    this.#ports = ports;
    this.#config = { ...queryServiceDefaults, ...ports.config };
    const { clock } = ports.env;
    this.pools = openPools(ports.env, ports.app, this.#config, {
      serverGone: () => this.onServerGone?.(),
      sqlMode: (mode) => this.#readsAs(mode),
    });
    this.plans = ports.plans ?? new Plans(this.#config.planCacheBytesMax);
    this.authorizer = ports.authorizer;
    this.#ruleWaits = new RuleWaits(clock);
    if (ports.authorizer !== undefined) ports.authorizer.onRules = () => this.#ruleWaits.release();
    this.hotRows = this.#config.hotRows && new HotRows(this.#config.hotRows);
    const { absorbedBytesMax, resultRowsMax: rowsMax } = this.#config;
    this.#limits = { OLTP: { absorbedBytesMax, rowsMax }, OLAP: { absorbedBytesMax, rowsMax: 0 } };
    this.#gate = new ServingGate(ports.target);
    this.running = new RunningList(clock);
    this.recorder = ports.recorder ?? quietRecorder(clock, ports.env.log);
    const { recorder } = this;
    this.held = new HeldConnections(
      clock,
      this.pools.transaction,
      { tabletAlias: ports.tabletAlias, idleTimeoutMs: this.#config.idleTimeoutMs },
      {
        expire: ({ id }) =>
          this.running.stopHeld(id, VtError.of("VT26003", id, "it ran for too long, or the tablet stops")),
        transactionEnded: (held, conclusion) => recorder.transactionEnded(held, conclusion),
        reservedBegun: (held) => recorder.reservedBegun(held),
        reservedEnded: (held, conclusion) => recorder.reservedEnded(held, conclusion),
      },
    );
    this.consolidator = new Consolidator(this.#config.consolidator, (waiting) =>
      this.#startPooled(waiting, must(waiting.plan, "who waited was planned")),
    );
    const { transactionLimit } = this.#config;
    this.shares = transactionLimit && new TransactionShares(transactionLimit, this.held, this.pools.transaction);
    this.#sequences = new Sequences(ports.env, ports.app);
    this.health = new HealthBroadcast(clock, ports.tabletAlias, ports.target);
    ports.schema.onChange = (change) => this.health.schemaChanged(change);
  }

  /** A new connection has this sql_mode: somebody set it for the server. Texts are read by it, and older connections go. */
  #readsAs(sqlMode: string): void {
    if (!this.plans.setServerMode(sqlMode)) return;
    this.#ports.env.log.warn({ sqlMode }, "the server reads statements otherwise now: its sql_mode was changed");
    for (const pool of Object.values(this.pools)) pool.retire();
  }

  /** The tablet's role changed, or it starts or stops to serve. The health stream is told. */
  setServing(target: Target, isServing: boolean, reason: string, primaryTermStartSeconds = 0): void {
    const isNewRole = target.tabletType !== this.#gate.target.tabletType;
    this.#gate.set(target, isServing, reason);
    this.#ruleWaits.release();
    if (isNewRole) this.#sequences.forget();
    this.health.setServing(target, isServing, reason, primaryTermStartSeconds);
  }

  /** After `setServing(…, false)`: waits up to `graceMs` for what runs to end, then stops it. */
  drain(graceMs: number): Promise<void> {
    return drain(this.#ports.env.clock, this.held, this.running, graceMs);
  }

  execute(request: QueryRequest, reader: ResultReader): RunningQuery {
    const limits = this.#limits[request.options.workload === "OLTP" ? "OLTP" : "OLAP"];
    const running = new RunningStatement(request, reader, this, limits);
    running.receivedMs = this.#ports.env.clock.monotonicMs();
    this.#startOrFail(running);
    return running;
  }

  #startOrFail(running: RunningStatement): void {
    try {
      this.#start(running);
    } catch (thrown) {
      this.#failSoon(running, thrown);
    }
  }

  /** After the caller has what we answer. */
  #failSoon(running: RunningStatement, thrown: unknown): void {
    queueMicrotask(() => running.fail(asClientError(thrown)));
  }

  #start(running: RunningStatement): void {
    const { request } = running;
    const heldId = request.transactionId || request.reservedId;
    if (running.stopped !== undefined) throw running.stopped; // While a rule held it back.
    const refusal = this.#gate.refusal(request.target);
    if (refusal !== undefined && !(heldId !== 0 && refusal.code === "VT26001")) throw refusal;
    const plan = this.plans.of(request.sql, heldId === 0 ? request.settings : this.held.settingsOf(heldId, request));
    if (plan.touchesSidecar && request.options.workload !== "DBA") throw VtError.of("VT26010", "_vt");
    running.plan = plan;
    if (this.authorizer?.isOn === true) {
      const rule = this.authorizer.check(request, plan.use.facts);
      if (rule !== undefined) {
        running.queue = this.#ruleWaits.hold(running, rule, () => this.#startOrFail(running));
        return;
      }
    }
    this.health.countQuery();
    if (request.begin) this.shares?.check(request.caller);
    if (request.reserve) this.held.checkRoom();
    if (plan.sequence !== undefined) return this.#sequences.answer(plan.sequence, request, running);
    if (heldId !== 0) return this.#startHeld(heldId, plan, running);
    if (request.begin || request.reserve) return this.#startNewSession(plan, running);
    if (plan.kind === "select" && this.consolidator.mayShare(request) && this.consolidator.join(plan.use, running))
      return;
    this.#startPooled(running, plan);
  }

  #startNewSession(plan: UsedPlan, running: RunningStatement): void {
    const { request } = running;
    const shape = request.begin ? inTransaction(shapeOf(request)) : shapeOf(request);
    const take = () => {
      running.queue = this.pools.transaction.take(
        shape,
        (pooled) => this.#startSession(pooled, plan, running),
        (error) => this.#failSoon(running, error),
      );
    };
    const key = request.begin && this.hotRows !== undefined ? hotRowKey(plan, request) : undefined;
    if (key === undefined) return take();
    this.hotRows?.enter(key, () => {
      running.hotRow = key;
      take();
    });
  }

  /** On any connection of the pool for its kind of work. */
  #startPooled(running: RunningStatement, plan: UsedPlan): void {
    const { request } = running;
    const pool = request.options.workload === "OLAP" ? this.pools.stream : this.pools.query;
    const shape = shapeOf(request);
    const free = pool.takeFree(shape);
    if (free !== undefined) return this.#send(running, { pooled: free, pool, held: undefined, plan });
    running.queue = pool.take(
      shape,
      (pooled) => this.#send(running, { pooled, pool, held: undefined, plan }),
      (error) => this.#failSoon(running, error),
    );
  }

  #startHeld(id: number, plan: StatementPlan, running: RunningStatement): void {
    const { request } = running;
    const held = this.held.use(id);
    const place: StatementPlace = { pooled: held.pooled, pool: this.pools.transaction, held, plan };
    const preparing = prepareHeld(held, request, this.held, this.#ports.env.clock);
    if (preparing === undefined) this.#send(running, place);
    else this.#sendAfter(preparing, running, place);
  }

  /** A fresh connection becomes a transaction or a reserved connection, and runs its first statement. */
  #startSession(pooled: PooledConnection, plan: StatementPlan, running: RunningStatement): void {
    const { request } = running;
    const held = this.#hold(pooled, request.caller, request.options, {
      settings: shapeOf(request).settings,
      isReserved: request.reserve,
      isInTransaction: request.begin,
    });
    held.isBusy = true;
    const place: StatementPlace = { pooled, pool: this.pools.transaction, held, plan };
    const first = firstStatements(request);
    if (first.length === 0) return this.#send(running, place);
    this.#sendAfter(runAll(pooled, first), running, place);
  }

  #sendAfter(opening: Promise<void>, running: RunningStatement, place: StatementPlace): void {
    opening.then(
      () => this.#send(running, place),
      (thrown: unknown) => {
        running.place = place;
        running.fail(asClientError(thrown));
      },
    );
  }

  #hold(
    pooled: PooledConnection,
    caller: Caller,
    options: QueryOptions,
    kind: Pick<HeldConnection, "isReserved" | "isInTransaction" | "settings">,
  ): HeldConnection {
    return this.held.hold(pooled, { caller, timeoutMs: transactionTimeout(options, this.#config), ...kind });
  }

  #send(running: RunningStatement, place: StatementPlace): void {
    const { request } = running;
    running.place = place;
    try {
      if (!running.begin(place.pooled.connection)) throw running.stopped;
      if (place.held?.isInTransaction === true) this.recorder.inTransaction(place.held, running);
      running.timeoutMs = timeoutOf(request, place, this.#config.queryTimeoutMs);
      this.running.add(running);
      sendStatement(running, place, this.#config.isAnnotated);
    } catch (thrown) {
      this.#failSoon(running, thrown);
    }
  }

  /** The database is done with a statement: its connection goes where it belongs. (For statements only.) */
  finished(outcome: Outcome, running: RunningStatement): CallState | Promise<CallState> {
    const { place, request, plan } = running;
    if (running.hotRow !== undefined) this.hotRows?.leave(running.hotRow);
    if (plan === undefined) this.recorder.refused(outcome);
    else this.#count(plan, outcome, running);
    if (place === undefined) return this.held.stateOf(undefined, request);
    this.running.remove(running);
    if (place.plan.kind === "ddl" && "trailer" in outcome) this.#ports.schema.reloadSoon();
    const { held, pooled, pool } = place;
    if (held === undefined) {
      const isOpen = "trailer" in outcome && (outcome.trailer.statusFlags & statusFlag.inTransaction) !== 0;
      if (running.killing !== undefined || isOpen || place.plan.kind === "session") pool.discard(pooled);
      else pool.give(pooled);
      return this.held.stateOf(undefined, request);
    }
    if (place.plan.kind === "session" && "trailer" in outcome && setsMode.test(request.sql))
      held.settings = [...held.settings, request.sql];
    if (running.killing === undefined) {
      this.held.letGo(held);
      return this.held.stateOf(held, request);
    }
    return this.held.letGoAfterKill(held, running.killing).then(() => this.held.stateOf(held, request));
  }

  #count(plan: UsedPlan, outcome: Outcome, running: RunningStatement): void {
    const { use } = plan;
    this.recorder.ended(running, plan, outcome);
    if (use.leaders.length > 0 || running.following !== undefined) this.consolidator.ended(use, running);
    if (running.place !== undefined && running.place.plan.kind !== "select") this.consolidator.writeEnded();
  }

  async begin(target: Target, options: QueryOptions, settings: readonly string[], caller: Caller): Promise<CallState> {
    const refusal = this.#gate.refusal(target);
    if (refusal !== undefined) throw refusal;
    this.authorizer?.checkSettings(settings, caller);
    this.shares?.check(caller);
    const shape = inTransaction({ foundRows: options.clientFoundRows, settings });
    const pooled = await this.pools.transaction.taken(shape);
    try {
      await runAll(pooled, openingStatements(options));
    } catch (thrown) {
      this.pools.transaction.discard(pooled);
      throw asClientError(thrown);
    }
    const held = this.#hold(pooled, caller, options, { settings, isReserved: false, isInTransaction: true });
    return this.held.stateOf(held, { transactionId: held.id, reservedId: 0 });
  }

  commit(_target: Target, transactionId: number): Promise<Committed> {
    return this.held.end(transactionId, "commit").finally(() => this.consolidator.writeEnded());
  }
  async rollback(_target: Target, transactionId: number): Promise<number> {
    const ending = this.held.end(transactionId, "rollback").finally(() => this.consolidator.writeEnded());
    return (await ending).reservedId;
  }

  release(_target: Target, transactionId: number, reservedId: number): Promise<void> {
    this.held.release(reservedId || transactionId);
    return Promise.resolve();
  }

  streamHealth(onHealth: (health: TabletHealth) => void, signal: AbortSignal): Promise<void> {
    return this.health.stream(onHealth, signal);
  }

  async getSchema(target: Target, kind: "tables" | "views" | "all", names: readonly string[]): Promise<SchemaReply> {
    const refusal = this.#gate.refusal(target);
    if (refusal !== undefined && refusal.code === "VT26002") throw refusal;
    return this.#ports.schema.definitions(kind, names);
  }

  /** Stops everything at once; `drain` first for a polite end. */
  close(): Promise<void> {
    this.#gate.set(this.#gate.target, false, "closed");
    this.#ruleWaits.release();
    this.running.stopAll(VtError.of("VT26006", "the tablet stops"));
    this.held.close();
    this.running.close();
    this.#sequences.close();
    this.health.close();
    for (const pool of Object.values(this.pools)) pool.close();
    return Promise.resolve();
  }
}
