/**
 * Plans a statement: builds operators, applies rules, lowers to primitives. A plan holds nothing of a session or a call
 * but the keyspace and tablet type it was made for. What cannot be planned throws VT12001 with the construct's name.
 */
import { VtError } from "../base/errors.ts";
import type { Primitive } from "../engine/primitive.ts";
import { isOneShard } from "../engine/routing.ts";
import type { Statement } from "../sqlparser/ast.ts";
import type { Delete, Insert, Update } from "../sqlparser/ast/dml.ts";
import type { Query } from "../sqlparser/ast/query.ts";
import { findKeyspace, type VKeyspace, type VSchema } from "../vschema/vschema.ts";
import { Builder, copyIn, type PlanTarget } from "./build/builder.ts";
import { buildChange, type Change, isCopied } from "./build/change.ts";
import { buildQuery } from "./build/query.ts";
import { vindexQuery } from "./build/vindex-query.ts";
import { planKeyedChange } from "./change/keyed-change.ts";
import { planMove } from "./change/move.ts";
import { expandViews } from "./build/views.ts";
import { failure } from "./failure.ts";
import { planFinish } from "./finish/finish.ts";
import { planJoin } from "./join/join.ts";
import { planInsert } from "./lower/insert.ts";
import { askedKeyspace } from "./lower/names.ts";
import { lowerMerge } from "./lower/merge.ts";
import { lowerRoute, type Source } from "./lower/route.ts";
import type { SessionBind } from "./lower/session-names.ts";
import type { Operator, Route } from "./operator.ts";
import { refuseConnectionState } from "./session-hazards.ts";
import { unsupported } from "./unsupported.ts";
import { applyRules, planTree } from "./rules.ts";

export interface Plan {
  readonly root: Primitive;
  /** What the session must add to the binds of a call. */
  readonly sessionBinds: readonly SessionBind[];
  /** Names of the rules that fired, for tests and people. */
  readonly rules: ReadonlySet<string>;
}

export type Plannable = Query | Insert | Update | Delete;

const plannable: ReadonlySet<string> = new Set([
  "Select",
  "SetOperation",
  "Wrapped",
  "ValuesQuery",
  "TableQuery",
  "Insert",
  "Update",
  "Delete",
]);

export function isPlannable(statement: Statement): statement is Plannable {
  return plannable.has(statement.kind);
}

export function plan(written: Plannable, schema: VSchema, target: PlanTarget, given: Source): Plan {
  refuseConnectionState(written);
  const isRead = isQuery(written) || written.kind === "Insert";
  const statement = isRead ? expandViews(written, schema, target.keyspace, given.environment) : written;
  const source = statement === written ? given : { ...given, text: undefined };
  const builder = new Builder(schema, target, buildQuery);
  switch (statement.kind) {
    case "Insert":
      return planInsert(statement, builder, source, {
        isLocal: (query, keyspace) => {
          const done = applyRules(builder.query(builder, query, undefined), new Set());
          return done.kind === "Route" && done.isWhole && (done.keyspace?.name ?? keyspace) === keyspace;
        },
        planQuery: (query) =>
          planRoute(query, buildQuery(builder, query, undefined), builder, { ...source, text: undefined }),
      });
    case "Update":
    case "Delete":
      return planChange(buildChange(builder, statement), builder, source);
    default:
      return planQuery(statement, builder, source);
  }
}

function planQuery(query: Query, builder: Builder, source: Source): Plan {
  const ofVindex = vindexQuery(query, builder);
  if (ofVindex !== undefined) return { root: ofVindex, sessionBinds: [], rules: new Set() };
  const root = buildQuery(builder, query, undefined);
  const near = query.locks.length > 0 ? undefined : nearKeyspace(builder);
  if (near === undefined) return planRoute(query, root, builder, source);
  const again = new Builder(builder.schema, builder.target, buildQuery, near);
  return planRoute(query, buildQuery(again, query, undefined), again, source);
}

/** Of several keyspaces the one that has all the tables, for what it has not itself it has copies of. */
function nearKeyspace({ schema, tables }: Builder): VKeyspace | undefined {
  const used = [...tables.values()];
  const names = [...new Set(used.map(({ keyspace }) => keyspace))];
  if (names.length < 2) return undefined;
  return names
    .map((name) => findKeyspace(schema, name))
    .find((keyspace) => used.every((table) => copyIn(keyspace, table) !== undefined));
}

function planRoute(statement: Plannable, root: Operator, builder: Builder, source: Source): Plan {
  const rules = new Set<string>();
  const done = planTree(root, rules);
  if (done.kind === "Merge")
    return lowerMerge(done, builder, source, rules, () =>
      isQuery(statement) ? finishedInstead(statement, builder, source) : undefined,
    );
  const joined = isQuery(statement)
    ? planJoin(statement, done, builder, source, rules, () => finishedInstead(statement, builder, source))
    : undefined;
  if (joined !== undefined) return joined;
  const isRoute = done.kind === "Route" && done.isWhole;
  const finished = !isRoute && isQuery(statement) ? planFinish(statement, builder, source, rules) : undefined;
  if (finished !== undefined) return finished;
  const route = wholeRoute(done);
  const { primitive, sessionBinds } = lowerRoute(statement, builder, source, {
    keyspace: route.keyspace?.name ?? anyKeyspace(builder, askedKeyspace(statement, builder)),
    routing: route.routing,
    effect: "locks" in statement && statement.locks.length > 0 ? "lock" : "read",
    oneShardOnly: isOneShard(route.routing) && !route.isDecomposable,
  });
  return { root: primitive, sessionBinds, rules };
}

/** The plan for when a Merge finds columns at run time that it cannot merge; not all that merges can be finished. */
function finishedInstead(query: Query, builder: Builder, source: Source): Plan | undefined {
  try {
    return planFinish(query, builder, source, new Set(), "capped");
  } catch (thrown) {
    if (thrown instanceof VtError && thrown.code === "VT12001") return undefined;
    throw thrown;
  }
}

/** As one route where the rules make one of it; else the rows' keys are read first. */
function planChange(change: Change, builder: Builder, source: Source): Plan {
  const { statement, block, targets, moving } = change;
  const rules = new Set<string>();
  const done = applyRules(block, rules);
  if (moving !== undefined && (done.kind !== "Route" || !done.isWhole))
    throw unsupported(`UPDATE of the vindex column ${moving.column} with LIMIT or queries over several shards`);
  if (done.kind !== "Route" || !done.isWhole)
    return planKeyedChange(
      change,
      builder,
      source,
      (query) => planLocking(query, builder, source),
      () => failure(done),
    );
  const isOfCopies = targets.some(({ table }) => isCopied(table));
  const { primitive, sessionBinds } = lowerRoute(statement, builder, source, {
    keyspace: done.keyspace?.name ?? anyKeyspace(builder, undefined),
    routing: done.routing,
    effect: isOfCopies ? "write-copies" : "write",
    oneShardOnly: isOneShard(done.routing) && !done.isDecomposable,
  });
  const root = moving === undefined ? primitive : planMove(moving, primitive, builder, source);
  return { root, sessionBinds, rules };
}

/** A query that is not the client's own: it locks the rows that it reads. */
function planLocking(query: Query, { schema, target }: Builder, source: Source): Plan {
  const builder = new Builder(schema, target, buildQuery);
  return planRoute(query, buildQuery(builder, query, undefined), builder, { ...source, text: undefined });
}

const isQuery = (statement: Plannable): statement is Query =>
  statement.kind !== "Insert" && statement.kind !== "Update" && statement.kind !== "Delete";

/** The one route that the rules made of it, or why there is none. */
function wholeRoute(done: Operator): Route {
  if (done.kind !== "Route" || !done.isWhole) throw failure(done);
  return done;
}

/** Where nothing asks for a keyspace: the session's, else an unsharded one, else any. */
function anyKeyspace({ schema, target }: Builder, asked: string | undefined): string {
  if (asked !== undefined && schema.keyspaces.has(asked)) return findKeyspace(schema, asked).name;
  if (target.keyspace !== "" && schema.keyspaces.has(target.keyspace))
    return findKeyspace(schema, target.keyspace).name;
  const usable = [...schema.keyspaces.values()].filter(({ problems }) => problems.length === 0);
  return (usable.find(({ isSharded }) => !isSharded) ?? usable[0])?.name ?? target.keyspace;
}
