/**
 * Rewrites a query for the one server that finishes it: what shards can answer by themselves becomes a gather as a whole,
 * groups and sorted rows in part, and of all else the tables. What the finishing server has itself (reference tables,
 * queries without tables) stays.
 */
import { isOneShard } from "../../engine/routing.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Expression, In } from "../../sqlparser/ast/expression.ts";
import type { Query, Select, SelectItem, SetOperation } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import { print } from "../../sqlparser/printer.ts";
import { rewriteChildren } from "../../sqlparser/rewrite.ts";
import { findAll } from "../../sqlparser/walk.ts";
import { keepNames, lowerRoute } from "../lower/route.ts";
import { lowerNames } from "../lower/names.ts";
import type { Operator, Route } from "../operator.ts";
import { applyRules } from "../rules.ts";
import { unsupported } from "../unsupported.ts";
import { asArm, asTable, effectOf, type Gathering, withoutRows } from "./gathering.ts";
import { gatherGroups } from "./groups.ts";
import { gatherSorted } from "./sorted.ts";
import { gatherTable } from "./table.ts";

type Place = "anywhere" | "arm";

/** `isOuter`: no query is around it, so none can be named in it. */
export function gatherQuery(query: Query, isOuter: boolean, gathering: Gathering, place: Place = "anywhere"): Query {
  const { builder } = gathering;
  const built = builder.built.get(query);
  if (built === undefined) return query; // A common table that nobody uses.
  const done = applyRules(built.operator, gathering.rules);
  const isAlone = (isOuter || built.isClosed()) && !usesTablesAround(query, gathering);
  if (done.kind === "Route" && done.isWhole) {
    if (isAtHome(done, gathering)) return query;
    if (isAlone && (done.isDecomposable || isOneShard(done.routing)))
      return gatherWhole(place === "arm" ? uniquelyNamed(query) : query, done, gathering);
  }
  const inPart = isAlone && query.kind === "Select" ? gatherPart(query, done, gathering) : undefined;
  if (inPart !== undefined) return inPart;
  return gatherInside(query, isOuter, gathering);
}

function gatherPart(select: Select, done: Operator, gathering: Gathering): Select | undefined {
  if (done.kind !== "Block") return undefined;
  const [route, ...more] = done.sources;
  if (route?.kind !== "Route" || more.length > 0 || done.nested.length > 0 || !route.isDecomposable) return undefined;
  return gatherGroups(select, done, route, gathering) ?? gatherSorted(select, done, route, gathering);
}

const isAtHome = ({ routing, keyspace }: Route, { home }: Gathering) =>
  routing.kind === "AnyShard" && (keyspace === undefined || keyspace.name === home);

/** Names a common table that stands in a WITH outside. */
function usesTablesAround(query: Query, { builder }: Gathering): boolean {
  const inside = new Set(findAll(query, "CommonTable").map(({ name }) => name));
  return findAll(query, "Table").some((table) => {
    const operator = builder.named.get(table);
    const isCommon = operator?.kind === "Derived" || (operator?.kind === "Source" && operator.table === "recursive");
    return isCommon && table.name.name.toLowerCase() !== "dual" && !inside.has(table.name.name);
  });
}

/** The shards answer the query as it is. */
function gatherWhole(query: Query, route: Route, gathering: Gathering): Query {
  const { builder, source, home } = gathering;
  const keyspace = route.keyspace?.name ?? home;
  const { primitive, sessionBinds } = lowerRoute(query, builder, source, {
    keyspace,
    routing: route.routing,
    effect: effectOf(query),
    oneShardOnly: isOneShard(route.routing) && !route.isDecomposable,
  });
  const { environment } = source;
  const empty = print(keepNames(lowerNames(withoutRows(query), builder).statement, environment), environment);
  gathering.rules.add("gather-whole-query");
  return gathering.add(
    {
      input: primitive,
      empty: { before: empty, after: undefined },
      wanted: undefined,
      table: undefined,
      keyed: undefined,
    },
    sessionBinds,
  );
}

/** Its tables and the queries in it, one by one. */
function gatherInside<N extends Node>(node: N, isOuter: boolean, gathering: Gathering): N {
  const change = (child: Node): Node => {
    switch (child.kind) {
      case "Table":
        return gatherTable(child, gathering);
      case "Derived":
        return { ...child, query: gatherQuery(child.query, isOuter && !child.lateral, gathering) };
      case "CommonTable":
        return { ...child, query: gatherQuery(child.query, isOuter, gathering) };
      case "In":
        return child.list.kind === "Subquery"
          ? gatherMembers(child, change, gathering)
          : rewriteChildren(child, change);
      case "Subquery":
      case "Exists":
      case "Quantified": {
        const inside = rewriteChildren({ ...child, query: plainSelect([], []) }, change) as typeof child;
        const query = gatherQuery(child.query, false, gathering);
        return { ...inside, query: child.kind === "Quantified" ? asTable(query) : query };
      }
      case "SetOperation":
      case "Wrapped":
      case "Select":
      case "ValuesQuery":
      case "TableQuery":
        return child;
      default:
        return rewriteChildren(child, change);
    }
  };
  const inside = rewriteChildren(node, change);
  if (inside.kind === "SetOperation") return withArms(inside, isOuter, gathering) as N;
  if (inside.kind === "Wrapped")
    return { ...inside, query: asArm(gatherQuery(inside.query, isOuter, gathering, "arm")) };
  if (inside.kind === "TableQuery") throw unsupported("TABLE over several shards");
  return inside;
}

/** operand IN (query) */
function gatherMembers(node: In, change: (child: Node) => Node, gathering: Gathering): In {
  const { operand, list } = node;
  if (list.kind !== "Subquery") return node;
  const query = asTable(gatherQuery(list.query, false, gathering));
  return { ...node, operand: change(operand) as Expression, list: { ...list, query } };
}

/** Servers make a table of an arm in parentheses, and a table has no two columns of one name. */
function uniquelyNamed(query: Query): Query {
  if (query.kind !== "Select") return query;
  const names = query.items.map((item) => (item.kind === "SelectItem" ? nameOf(item) : undefined));
  if (names.includes(undefined) || new Set(names).size === names.length) return query;
  return {
    ...query,
    items: query.items.map((item, i) =>
      item.kind === "SelectItem" && names.indexOf(nameOf(item)) < i ? { ...item, alias: `__c${i}` } : item,
    ),
  };
}

const nameOf = ({ expression, alias, text }: SelectItem) =>
  (alias ?? (expression.kind === "Column" ? expression.name : text)).toLowerCase();

function withArms(operation: SetOperation, isOuter: boolean, gathering: Gathering): SetOperation {
  const left = gatherQuery(operation.left, isOuter, gathering, "arm");
  const right = gatherQuery(operation.right, isOuter, gathering, "arm");
  return { ...operation, left: asArm(left), right: asArm(right) };
}
