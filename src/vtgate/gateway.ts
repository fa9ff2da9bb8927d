/**
 * The gateway: what all sessions share. It opens a session for each client, keeps the plans, knows who is connected.
 */
import type { Clock } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { Lru } from "../base/lru.ts";
import type { Random } from "../base/random.ts";
import type { Identity } from "../mysql/authentication.ts";
import { noFiles } from "../mysql/file-request.ts";
import { capability } from "../mysql/packets/capabilities.ts";
import type { Client, SqlService, SqlSession } from "../mysql/session.ts";
import { isPlannable, plan, type Plan } from "../planner/plan.ts";
import type { Caller } from "../rpc/query-service.ts";
import { parseTarget } from "../sharding/destination.ts";
import type { Statement } from "../sqlparser/ast.ts";
import type { Environment } from "../sqlparser/environment.ts";
import type { ScanMode } from "../sqlparser/fingerprint.ts";
import { parse } from "../sqlparser/parse.ts";
import { print } from "../sqlparser/printer.ts";
import { integerValue } from "../sqltypes/value.ts";
import type { TableRef } from "../vschema/vschema.ts";
import type { Cluster } from "./cluster.ts";
import type { DefinitionOptions } from "./definition-options.ts";
import { GatewaySession, type SessionClient } from "./gateway-session.ts";
import type { Insights, StatementCounts } from "./insights.ts";
import { type Neighbours, noNeighbours } from "./neighbours.ts";
import { type CachedPlan, PlanCache, type PlanText } from "./plan-cache.ts";
import type { QueryLog } from "./query-log.ts";
import { asksForLocks } from "./named-locks.ts";
import type { GatewayFacts } from "./session-facts.ts";
import { type WarningRule, warningRuleOf } from "./warning-rule.ts";
import { type RowTarget, rowTargetOf, withoutTarget } from "./row-target.ts";
import { checkScatter, hintsOf, type StatementGuards, type StatementHints } from "./statement-guards.ts";
import { hidesDatabases } from "./system-tables.ts";
import { loginCharset } from "./session-charset.ts";
import { scanModeOf, SessionState, type TransactionMode } from "./session-state.ts";
import { trackSession } from "./session-tracking.ts";
import { collect, oneCall } from "./collect-rows.ts";

export interface GatewayEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly insights: Insights;
  readonly queryLog: QueryLog;
  /** Gateways that share the port; default none. */
  readonly neighbours?: Neighbours;
}

export interface GatewayOptions extends DefinitionOptions {
  readonly transactionMode: TransactionMode;
  readonly facts: GatewayFacts;
  readonly environment: Environment;
  /** What the texts of remembered plans may add up to. */
  readonly planCacheBytesMax: number;
  /** KILL reaches every user's connections (allow-kill-statement); else one's own alone. */
  readonly killsForAll?: boolean;
  /** The longest file of LOAD DATA LOCAL. */
  readonly localFileBytesMax?: number;
  readonly guards: StatementGuards;
  /** How often a reserved connection hears of its idle session (lock-heartbeat-time). */
  readonly lockHeartbeatMs?: number;
}

/** A text, understood: planned already, or a statement that the session carries out. */
export type Understood =
  /** hidesDatabases: names of databases are left to be mapped in the answer. */
  (
    | {
        readonly kind: "plan";
        readonly plan: Plan;
        readonly statement: Statement;
        readonly hidesDatabases: boolean;
      }
    | { readonly kind: "statement"; readonly statement: Statement }
  ) & {
    readonly counts: StatementCounts;
    readonly hints: StatementHints | undefined;
    /** Undefined: rows go to the client alone. The statement is without INTO then. */
    readonly rowTarget: RowTarget | undefined;
    readonly warningRule: WarningRule;
  };

export class Gateway implements SqlService {
  readonly cluster: Cluster;
  readonly env: GatewayEnvironment;
  readonly options: GatewayOptions;
  readonly sessions = new Map<number, GatewaySession>();
  readonly clients = new Map<number, Client>();
  readonly startedMs: number;
  readonly #plans: Lru<string, Understood>;
  readonly #fingerprints: PlanCache;
  #schemaVersion = -1;
  /** How servers read texts where a session says nothing else. */
  #serversMode: ScanMode;
  /** Grows whenever the plans are forgotten. */
  #generation = 0;

  constructor(cluster: Cluster, env: GatewayEnvironment, options: GatewayOptions) {
    this.cluster = cluster;
    this.env = env;
    this.options = options;
    this.startedMs = env.clock.monotonicMs();
    this.#serversMode = scanModeOf(options.environment.sqlMode);
    this.#plans = new Lru(options.planCacheBytesMax / 2);
    this.#fingerprints = new PlanCache(env.random.below(2 ** 31), options.planCacheBytesMax / 2);
  }

  get neighbours(): Neighbours {
    return this.env.neighbours ?? noNeighbours;
  }
  get facts(): GatewayFacts {
    return this.options.facts;
  }

  // oxlint-disable-next-line require-await
  async open(client: Client): Promise<SqlSession> {
    const { identity, database, capabilities, collation } = client.login;
    const state = new SessionState({
      database: "",
      transactionMode: this.options.transactionMode,
      clientFoundRows: (capabilities & capability.foundRows) !== 0,
      caller: callerOf(identity),
      connectionId: client.id,
      uuid: this.env.random.bytes(16).toString("hex"),
      loginCollation: collation,
    });
    loginCharset(state, this.options.environment);
    if (database !== "") state.target = this.targetOf(database);
    trackSession(state);
    const session = new GatewaySession(this, state, client, () => {
      this.sessions.delete(client.id);
      this.clients.delete(client.id);
    });
    this.sessions.set(client.id, session);
    this.clients.set(client.id, client);
    return session;
  }

  /** A session for one call of somebody who keeps its state: nobody is told of it, and nothing ends with it. */
  openForCall(caller: Caller): GatewaySession {
    const state = new SessionState({
      database: "",
      transactionMode: this.options.transactionMode,
      clientFoundRows: false,
      caller,
      connectionId: 0,
      uuid: this.env.random.bytes(16).toString("hex"),
    });
    return new GatewaySession(this, state, callerOfOneCall, () => {});
  }

  /** What USE names; throws where there is no such keyspace. */
  targetOf(text: string): SessionState["target"] {
    const target = parseTarget(text);
    const { keyspace } = target;
    const isKnown =
      keyspace === "" ||
      systemSchemas.has(keyspace.toLowerCase()) ||
      this.cluster.vschema().keyspaces.has(keyspace) ||
      this.cluster.keyspaces().includes(keyspace);
    if (!isKnown) throw VtError.of("VT05003", keyspace);
    return target;
  }

  /** The plan of a statement by its bytes alone, whatever its literals; undefined: ask `understand`. */
  findPlan(bytes: Buffer, state: SessionState): CachedPlan | undefined {
    this.#followSchema();
    if (state.skipsPlanCache) return undefined;
    const { key, scanMode = this.#serversMode } = state.planContext;
    return this.#fingerprints.find(bytes, key, scanMode);
  }

  /** Remembers the plan of a statement that was just understood. */
  keepPlan(bytes: Buffer, state: SessionState, { counts, hints }: Understood): void {
    if (state.skipsPlanCache || hints?.skipsPlanCache === true) return;
    const { keyspace, tabletType } = state.target;
    const environment = this.environmentOf(state);
    const planText: PlanText = (text) => {
      const statement = parse(text, environment);
      if (!isPlannable(statement)) return { statement, plan: undefined };
      const target = { keyspace, tabletType };
      return { statement, plan: plan(statement, this.cluster.vschema(), target, { text, environment }) };
    };
    const { key, scanMode = this.#serversMode } = state.planContext;
    this.#fingerprints.store(bytes, key, scanMode, planText, { counts, hints });
  }

  /** While it is the same, plans made in the same context are. */
  get planGeneration(): number {
    this.#followSchema();
    return this.#generation;
  }

  #followSchema(): void {
    if (this.cluster.schemaVersion === this.#schemaVersion) return;
    this.forgetPlans();
    this.#schemaVersion = this.cluster.schemaVersion;
  }

  /** Parses and plans, or remembers. With `hasParameters` the text has `?`, which become the binds v1, v2 …. */
  understand(text: string, state: SessionState, hasParameters: boolean): Understood {
    this.#followSchema();
    const { keyspace, tabletType, destination } = state.target;
    const environment = this.environmentOf(state);
    const isTargeted = destination !== undefined;
    const key = [keyspace, tabletType, isTargeted, hasParameters, environment.sqlMode, text].join("\0");
    const known = state.skipsPlanCache ? undefined : this.#plans.get(key);
    if (known !== undefined) return known;
    const parsed = parse(text, environment);
    const hints = hintsOf(parsed);
    const rowTarget = rowTargetOf(parsed);
    const warningRule = warningRuleOf(parsed, environment);
    const statement = rowTarget === undefined ? parsed : withoutTarget(parsed, rowTarget);
    const target = { keyspace, tabletType };
    const isMade = hasParameters || statement !== parsed || hasLoneBytes(text);
    const source = { text: isMade ? undefined : text, environment };
    const planned =
      isTargeted || !isPlannable(statement) || asksForLocks(statement)
        ? undefined
        : plan(statement, this.cluster.vschema(), target, source);
    if (planned !== undefined) checkScatter(planned.root, this.options.guards, hints);
    const counts = this.env.insights.of(statement, planned, target, environment);
    const understood: Understood =
      planned === undefined
        ? { kind: "statement", statement, counts, hints, rowTarget, warningRule }
        : {
            kind: "plan",
            statement,
            plan: planned,
            counts,
            hints,
            rowTarget,
            warningRule,
            hidesDatabases: hidesDatabases(statement, keyspace),
          };
    if (!state.skipsPlanCache && hints?.skipsPlanCache !== true)
      this.#plans.set(key, understood, key.length * 4 + 1000);
    return understood;
  }

  /** They were made for other servers, or another VSchema. */
  forgetPlans(): void {
    this.#generation++;
    this.#serversMode = scanModeOf(this.options.environment.sqlMode);
    this.#plans.clear();
    this.#fingerprints.clear();
  }

  get planCount(): number {
    return this.#plans.count + this.#fingerprints.count;
  }

  /** How this session's statements are read. */
  environmentOf(state: SessionState): Environment {
    const mode = state.settings.get("sql_mode");
    if (mode === undefined) return this.options.environment;
    return { ...this.options.environment, sqlMode: mode.replaceAll("'", "").toUpperCase() };
  }

  print(statement: Statement, state: SessionState): string {
    return print(statement, this.environmentOf(state));
  }

  /** Values of a sequence are taken outside all transactions. */
  async nextIds({ keyspace, table }: TableRef, count: number, asker: SessionState): Promise<bigint> {
    const [shard, ...more] = this.cluster.shards(keyspace, "PRIMARY");
    if (shard === undefined || more.length > 0) throw VtError.of("VT09022", `${keyspace} of sequence ${table}`);
    const session = this.innerSession(keyspace, asker.caller);
    const sql = `select next :n values from \`${table.replaceAll("`", "``")}\``;
    const { rows } = await collect(this, session, oneCall(keyspace, shard.name, sql, { n: integerValue(count) }));
    const value = rows[0]?.[0]?.toString("latin1");
    if (value === undefined || !/^\d+$/.test(value)) throw VtError.of("VT13001", `sequence ${table} gave no value`);
    return BigInt(value);
  }

  /** A session of the gateway's own, for work beside a client's transaction. */
  innerSession(keyspace: string, caller: Caller): SessionState {
    return new SessionState({
      database: keyspace,
      transactionMode: "MULTI",
      clientFoundRows: false,
      caller,
      connectionId: 0,
      uuid: "",
    });
  }
}

const callerOfOneCall: SessionClient = {
  multiStatements: false,
  ...noFiles,
  destroy: () => {},
};

const systemSchemas: ReadonlySet<string> = new Set(["information_schema", "mysql", "performance_schema", "sys"]);

/** Bytes that were no UTF-8 do not survive as text: such literals travel as binds or in hexadecimal. */
const hasLoneBytes = (text: string) => /[\udc80-\udcff]/.test(text) && !text.isWellFormed();

function callerOf({ username, groups }: Identity): Caller {
  return {
    immediate: { username, groups },
    effective: { principal: username, component: "", subcomponent: "" },
  };
}
