/**
 * A session as vtgate.Session, both ways: callers over gRPC keep their session themselves and send it with each call
 * (inventory 4.013). What the message cannot carry ends with the call: a session that needs more uses the MySQL protocol.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import {
  ExecuteOptions_TransactionAccessMode as AccessMode,
  ExecuteOptions_TransactionIsolation as WireIsolation,
  ExecuteOptions_Workload as WireWorkload,
} from "../proto/generated/query_pb.js";
import {
  type Session,
  type Session_ShardSession,
  type Session_ShardSessionSchema,
  SessionSchema,
  TransactionMode as WireMode,
} from "../proto/generated/vtgate_pb.js";
import { fromAlias, fromTarget, toAlias, toTarget } from "../rpc/query-messages.ts";
import type { Caller, TabletTypeName } from "../rpc/query-service.ts";
import { printTarget, type ServingType } from "../sharding/destination.ts";
import { parse } from "../sqlparser/parse.ts";
import { fromBindVariable, toBindVariable } from "../sqltypes/proto-fields.ts";
import type { BindValue, Value } from "../sqltypes/value.ts";
import type { Gateway } from "./gateway.ts";
import { NamedLocks } from "./named-locks.ts";
import type { Isolation, SessionState, ShardSession, TransactionMode, Workload } from "./session-state.ts";

const partsMax = 10_000;

/** Takes the caller's session over into a fresh state. No message: a new session, with autocommit on. */
export function readSession(state: SessionState, message: Session | undefined, gateway: Gateway): void {
  if (message === undefined) return;
  limit("shard sessions", message.shardSessions.length, partsMax);
  limit("savepoints", message.savepoints.length, partsMax);
  if (message.targetString !== "") state.target = gateway.targetOf(message.targetString);
  state.autocommit = message.autocommit;
  state.inTransaction = message.inTransaction;
  state.isBroken = message.errorUntilRollback;
  state.shardSessions = message.shardSessions.map(shardSession);
  state.savepoints = message.savepoints.map((text) => savepointOf(text, gateway, state));
  state.transactionMode = modes.get(message.transactionMode) ?? state.transactionMode;
  readOptions(state, message.options);
  state.lastInsertId = String(message.lastInsertId);
  state.foundRows = Number(message.foundRows);
  state.rowCount = Number(message.rowCount);
  state.queryTimeoutMs = Number(message.queryTimeout);
  for (const [name, value] of Object.entries(message.userDefinedVariables))
    state.variables.set(name, valueOf(name, fromBindVariable(value)));
  for (const [name, value] of Object.entries(message.systemVariables))
    state.setSetting(name, settingOf(name, value, gateway, state));
  for (const [name, { prepareStatement }] of Object.entries(message.prepareStatement))
    state.prepared.set(name, prepareStatement);
  if (message.lockSession !== undefined) state.locks = locksOf(message, message.lockSession, state.caller, gateway);
  if (message.DDLStrategy !== "") state.ownVariables.set("ddl_strategy", message.DDLStrategy);
}

/** The state as the caller is to send it next. */
export function writeSession(state: SessionState): Session {
  return create(SessionSchema, {
    inTransaction: state.inTransaction,
    shardSessions: state.shardSessions.map(shardMessage),
    autocommit: state.autocommit,
    targetString: printTarget(state.target),
    options: optionsMessage(state),
    transactionMode: WireMode[state.transactionMode],
    warnings: state.warnings.map(({ code, text }) => ({ code, message: text })),
    lastInsertId: BigInt(state.lastInsertId),
    foundRows: BigInt(Math.max(0, state.foundRows)),
    rowCount: BigInt(state.rowCount),
    userDefinedVariables: Object.fromEntries([...state.variables].map(([name, bind]) => [name, toBindVariable(bind)])),
    systemVariables: Object.fromEntries(state.settings),
    savepoints: [...state.savepoints],
    ...lockFields(state.locks),
    inReservedConn: state.shardSessions.some(({ reservedId }) => reservedId !== 0),
    DDLStrategy: state.ownVariables.get("ddl_strategy") ?? "",
    SessionUUID: state.uuid,
    enableSystemSettings: true,
    queryTimeout: BigInt(state.queryTimeoutMs),
    prepareStatement: Object.fromEntries(
      [...state.prepared].map(([name, prepareStatement]) => [name, { prepareStatement }]),
    ),
    errorUntilRollback: state.isBroken,
  });
}

function shardSession(message: Session_ShardSession): ShardSession {
  const { keyspace, shard, tabletType } = fromTarget(message.target);
  return {
    keyspace,
    shard,
    tabletType: servingType(tabletType),
    transactionId: Number(message.transactionId),
    reservedId: Number(message.reservedId),
    tabletAlias: fromAlias(message.tabletAlias),
    hasWritten: message.rowsAffected,
  };
}

/** Which connection of the server holds them the message does not say. */
function locksOf(message: Session, held: Session_ShardSession, caller: Caller, gateway: Gateway): NamedLocks {
  const inner = gateway.innerSession("", caller);
  inner.reserves = true;
  inner.shardSessions = [shardSession(held)];
  const locks = new NamedLocks(inner, 0);
  for (const [name, count] of Object.entries(message.advisoryLock)) locks.held.set(name, Number(count));
  locks.isUncertain = locks.held.size === 0;
  return locks;
}

interface LockFields {
  readonly lockSession?: MessageInitShape<typeof Session_ShardSessionSchema>;
  readonly advisoryLock?: Record<string, bigint>;
}

function lockFields(locks: NamedLocks | undefined): LockFields {
  const [held] = locks?.inner.shardSessions ?? [];
  if (locks === undefined || held === undefined) return {};
  const advisoryLock = Object.fromEntries([...locks.held].map(([name, count]) => [name, BigInt(count)]));
  return { lockSession: shardMessage(held), advisoryLock };
}

function servingType(type: TabletTypeName): ServingType {
  if (type !== "PRIMARY" && type !== "REPLICA" && type !== "RDONLY")
    throw VtError.of("VT23007", "a tablet type that serves");
  return type;
}

function shardMessage(held: ShardSession): MessageInitShape<typeof Session_ShardSessionSchema> {
  const { keyspace, shard, tabletType, transactionId, reservedId, tabletAlias, hasWritten } = held;
  return {
    target: toTarget({ keyspace, shard, tabletType, cell: "" }),
    transactionId: BigInt(transactionId),
    reservedId: BigInt(reservedId),
    tabletAlias: toAlias(tabletAlias),
    rowsAffected: hasWritten,
  };
}

function readOptions(state: SessionState, options: Session["options"]): void {
  if (options === undefined) return;
  state.clientFoundRows = options.clientFoundRows;
  state.workload = workloads.get(options.workload) ?? "OLTP";
  state.sqlSelectLimit = Number(options.sqlSelectLimit);
  state.transactionTimeoutMs = Number(options.transactionTimeout ?? 0n);
  state.skipsPlanCache = options.skipQueryPlanCache;
  state.isolation = isolations.get(options.transactionIsolation) ?? "DEFAULT";
  state.isReadOnly = options.transactionAccessMode.includes(AccessMode.READ_ONLY);
  state.isSnapshot = options.transactionAccessMode.includes(AccessMode.CONSISTENT_SNAPSHOT);
}

function optionsMessage(state: SessionState): MessageInitShape<typeof SessionSchema>["options"] {
  const modes: AccessMode[] = [];
  if (state.isReadOnly) modes.push(AccessMode.READ_ONLY);
  if (state.isSnapshot) modes.push(AccessMode.CONSISTENT_SNAPSHOT);
  return {
    clientFoundRows: state.clientFoundRows,
    workload: WireWorkload[state.workload],
    sqlSelectLimit: BigInt(state.sqlSelectLimit),
    transactionIsolation: WireIsolation[state.isolation],
    transactionAccessMode: modes,
    skipQueryPlanCache: state.skipsPlanCache,
    ...(state.transactionTimeoutMs > 0 && { transactionTimeout: BigInt(state.transactionTimeoutMs) }),
  };
}

const modes: ReadonlyMap<WireMode, TransactionMode> = new Map([
  [WireMode.SINGLE, "SINGLE"],
  [WireMode.MULTI, "MULTI"],
  [WireMode.TWOPC, "TWOPC"],
]);

const workloads: ReadonlyMap<WireWorkload, Workload> = new Map([
  [WireWorkload.OLTP, "OLTP"],
  [WireWorkload.OLAP, "OLAP"],
  [WireWorkload.DBA, "DBA"],
]);

const isolations: ReadonlyMap<WireIsolation, Isolation> = new Map([
  [WireIsolation.REPEATABLE_READ, "REPEATABLE_READ"],
  [WireIsolation.READ_COMMITTED, "READ_COMMITTED"],
  [WireIsolation.READ_UNCOMMITTED, "READ_UNCOMMITTED"],
  [WireIsolation.SERIALIZABLE, "SERIALIZABLE"],
]);

const plainValues: ReadonlySet<string> = new Set(["Literal", "Null", "Column"]); // A Column is a word such as ON.

/** A setting's value goes to servers as text: nothing but a plain value is let through. */
function settingOf(name: string, value: string, gateway: Gateway, state: SessionState): string {
  if (name === "names" && /^\w+( collate \w+)?$/.test(value)) return value;
  const statement = parse(`set @@session.${name} = ${value}`, gateway.environmentOf(state));
  const [one, ...more] = statement.kind === "Set" ? statement.assignments : [];
  const isPlain = one?.kind === "SetVariable" && plainValues.has(one.value.kind);
  const isNamed = one?.kind === "SetVariable" && one.target.kind === "SystemVariable" && one.target.name === name;
  if (!isPlain || !isNamed || more.length > 0) throw VtError.of("VT23007", `a plain value for ${name}`);
  return value;
}

function savepointOf(text: string, gateway: Gateway, state: SessionState): string {
  const isSavepoint = parse(text, gateway.environmentOf(state)).kind === "Savepoint";
  if (!isSavepoint) throw VtError.of("VT23007", "savepoints that are SAVEPOINT statements");
  return text;
}

function valueOf(name: string, bind: BindValue): Value {
  if (bind.type === "TUPLE") throw VtError.of("VT23007", `one value for @${name}`);
  return bind;
}

function limit(what: string, size: number, max: number): void {
  if (size > max) throw VtError.of("VT21001", `${max} ${what}`, "partsMax");
}
