/**
 * The last resort of planning: a query that no rule brings to the shards is finished by one server. The shards answer
 * what they can (gather-query.ts); their rows go to one of their servers as tables of the statement, which therefore
 * means there what it meant. Undefined where even that cannot be right.
 */
import type { Primitive } from "../../engine/primitive.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Query } from "../../sqlparser/ast/query.ts";
import { print } from "../../sqlparser/printer.ts";
import { rewrite } from "../../sqlparser/rewrite.ts";
import { childrenOf, findAll, walk } from "../../sqlparser/walk.ts";
import type { Builder } from "../build/builder.ts";
import { keepNames, type Source } from "../lower/route.ts";
import { lowerNames } from "../lower/names.ts";
import type { Plan } from "../plan.ts";
import { limitOf, shardLimit } from "../rules/limits.ts";
import { unsupported } from "../unsupported.ts";
import { gatherQuery } from "./gather-query.ts";
import { Gathering, markerName, markerPattern, withoutRows } from "./gathering.ts";

export function planFinish(
  query: Query,
  builder: Builder,
  source: Source,
  rules: Set<string>,
  limit: "with its LIMIT" | "capped" = "with its LIMIT",
): Plan | undefined {
  refuseUnfinishable(query);
  const keyspaces = keyspacesOf(builder);
  const [home] = keyspaces;
  if (home === undefined) return undefined;
  const gathering = new Gathering(builder, source, home, mentionedIn(query), rules);
  const { environment } = source;
  refuseMarkers(query, source);
  const gathered = gatherQuery(query, true, gathering);
  const unlocked = withoutLocks(gathered); // Where rows are read they are locked.
  const lowered = lowerNames(limit === "capped" ? withoutOffset(unlocked) : unlocked, builder);
  const columns = lowerNames(withoutRows(query), builder);
  gathering.note([...lowered.sessionBinds, ...columns.sessionBinds]);
  const [first = "", ...rest] = print(keepNames(lowered.statement, environment), environment).split(markerPattern);
  const slots: { gather: number; isArm: boolean }[] = [];
  const pieces = [first];
  for (let i = 0; i < rest.length; i += 3) {
    slots.push({ gather: Number(rest[i + 1]), isArm: rest[i] !== undefined });
    pieces.push(rest[i + 2] ?? "");
  }
  const root: Primitive = {
    kind: "Finish",
    keyspace: home,
    flavour: environment.flavour,
    gathers: gathering.gathers,
    pieces,
    slots,
    columnsSql: keyspaces.length > 1 ? undefined : print(keepNames(columns.statement, environment), environment),
  };
  return { root, sessionBinds: gathering.sessionBinds, rules };
}

/** Somebody else skips the rows of its OFFSET. */
function withoutOffset(query: Query): Query {
  const limit = query.limit === undefined ? undefined : limitOf(query.limit);
  return { ...query, limit: limit === undefined ? undefined : shardLimit(limit, query.limit) };
}

/** Gathered rows are locked where they are; of the finishing server's own tables the locks stay. */
function withoutLocks<Q extends Query>(query: Q): Q {
  return rewrite(query, (node) => {
    if (node.kind !== "Select" || node.locks.length === 0) return node;
    const [first] = node.locks;
    const hasOwn = node.from.some((table) => findAll(table, "Table").length > 0);
    return { ...node, locks: hasOwn && first !== undefined ? [{ ...first, tables: [] }] : [] };
  });
}

/** Texts of the client's own that would be taken for the place of gathered rows. */
function refuseMarkers(query: Query, { text, environment }: Source): void {
  if ((text ?? print(query, environment)).includes(markerName)) throw unsupported(`a text that holds ${markerName}`);
}

/** What means something else, or nothing, once rows are copies. */
function refuseUnfinishable(query: Query): void {
  walk(query, (node) => {
    if (node.kind === "Into") throw unsupported("INTO over several shards");
    if (node.kind === "NextValues") throw unsupported("NEXT VALUES with other tables");
    if (node.kind === "Match") throw unsupported("MATCH over several shards");
    if (node.kind === "Select" && node.procedure !== undefined) throw unsupported("PROCEDURE over several shards");
    if (node.kind === "Default") throw unsupported("DEFAULT() over several shards");
  });
}

/** The one whose server finishes comes first: it knows best what no other server can be told of (ENUM on MariaDB). */
function keyspacesOf({ named }: Builder): readonly string[] {
  const names = new Map<string, number>();
  for (const source of named.values()) {
    if (source.kind !== "Source" || source.keyspace === undefined) continue;
    const columns = typeof source.table === "object" ? source.table.columns : [];
    const { name } = source.keyspace;
    names.set(name, (names.get(name) ?? 0) + columns.filter(({ type }) => isOwn.has(type)).length);
  }
  return [...names].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

const isOwn: ReadonlySet<string> = new Set(["ENUM", "SET", "GEOMETRY"]);

/** The names of columns that occur anywhere; undefined where all columns may be meant. */
function mentionedIn(query: Query): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let isAll = false;
  const visit = (node: Node): void => {
    if (node.kind === "Star" || node.kind === "TableQuery") isAll = true;
    if (node.kind === "Join") {
      if (node.natural) isAll = true;
      for (const name of node.using) names.add(name.toLowerCase());
    }
    if (node.kind === "Column") names.add(node.name.toLowerCase());
    const isCount = node.kind === "Aggregate" && node.arguments.some(({ kind }) => kind === "Star");
    if (!isCount) for (const child of childrenOf(node)) visit(child);
  };
  visit(query);
  return isAll && findAll(query, "Table").length > 0 ? undefined : names;
}
