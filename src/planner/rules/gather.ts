/**
 * Rules by which the gateway finishes what every shard does in part: rows in order, groups, the first few rows. They fire
 * where nothing else stands in the way of the shards answering alone.
 */
import type { Combine, SortKey } from "../../engine/primitive.ts";
import type { OrderItem } from "../../sqlparser/ast/call.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select, SelectItem } from "../../sqlparser/ast/query.ts";
import type { Block, Merge, Route, Rule } from "../operator.ts";
import { keepsTogether } from "./columns.ts";
import { limitOf, shardLimit } from "./limits.ts";
import { type Key, keyOf } from "./sort-key.ts";

/** ORDER BY, LIMIT or both over several shards: each sorts its rows, and need not send more than the limit asks for. */
export const sortedRowsMerge: Rule<"Block"> = {
  name: "sorted-rows-merge",
  on: "Block",
  apply(block) {
    const found = gatherable(block, ["ORDER BY", "LIMIT"]);
    if (found === undefined || found.select.distinct) return undefined;
    const { route, select, limit } = found;
    const keys = select.orderBy.map((item) => keyOf(item, select));
    if (!keys.every((key) => key !== undefined)) return undefined;
    const capped = limit === undefined ? undefined : shardLimit(limit, select.limit);
    const statement: Select = {
      ...select,
      items: [...select.items, ...keys.flatMap(keyColumns)],
      orderBy: keys.map(orderItem),
      limit: capped,
    };
    return { kind: "Merge", route, statement, keys: keys.map(sortKey), combine: undefined, limit };
  },
};

/** COUNT, SUM, MIN and MAX over several shards, with GROUP BY or without. */
export const groupsCombine: Rule<"Block"> = {
  name: "groups-combine",
  on: "Block",
  apply(block) {
    const aggregates = ["COUNT()", "SUM()", "MIN()", "MAX()"];
    const found = gatherable(block, ["GROUP BY", "ORDER BY", "LIMIT", ...aggregates]);
    if (found === undefined) return undefined;
    const { route, select, limit } = found;
    if (select.distinct || select.having !== undefined || (select.groupBy?.modifier ?? "") !== "") return undefined;
    const isGrouping = block.keptTogether.some(({ construct }) => construct === "GROUP BY" || construct.endsWith("()"));
    if (!isGrouping) return undefined;
    const groups = select.groupBy?.items.map((item) => keyOf(item, select)) ?? [];
    if (!groups.every((group) => group !== undefined)) return undefined;
    const keys = inOrder(groups, select);
    const combine = select.items.map((item) =>
      item.kind === "SelectItem" ? combineOf(item.expression, groups) : undefined,
    );
    if (keys === undefined || !combine.every((c) => c !== undefined)) return undefined;
    const statement: Select = {
      ...select,
      items: [...select.items, ...keys.flatMap(keyColumns)],
      orderBy: keys.map(orderItem),
      limit: undefined,
    };
    return { kind: "Merge", route, statement, keys: keys.map(sortKey), combine, limit };
  },
};

interface Gatherable {
  readonly route: Route;
  readonly select: Select;
  readonly limit: Merge["limit"];
}

/** A block of one decomposable route, with no more in its way than these clauses. */
function gatherable(block: Block, constructs: readonly string[]): Gatherable | undefined {
  const [route, ...more] = block.sources;
  const select = block.statement;
  if (route?.kind !== "Route" || more.length > 0 || block.nested.length > 0) return undefined;
  if (select.kind !== "Select" || !route.isDecomposable || select.with !== undefined) return undefined;
  const inTheWay = block.keptTogether.filter(({ columns }) => !columns.some((column) => keepsTogether(route, column)));
  if (inTheWay.some(({ construct }) => !constructs.includes(construct))) return undefined;
  if (select.limit === undefined) return { route, select, limit: undefined };
  const limit = limitOf(select.limit);
  return limit === undefined ? undefined : { route, select, limit };
}

const sortKey = ({ direction }: Key): SortKey => ({ descending: direction === "DESC" });

/** By the name of the hidden column: within an expression a name could mean an alias. */
function orderItem({ direction }: Key, i: number): OrderItem {
  const name = `__key${i}_0`;
  return { kind: "OrderItem", expression: { kind: "Column", schema: undefined, table: undefined, name }, direction };
}

const call = (name: string, ...parameters: readonly Expression[]): Expression => ({
  kind: "Call",
  schema: undefined,
  name,
  arguments: parameters,
});

/** The value, its weight string, and the weight string of a space in its collation: empty where that pads no text. */
function keyColumns({ expression }: Key, i: number): readonly SelectItem[] {
  const nothing = call("left", expression, integer("0"));
  const space = call("concat", nothing, { kind: "Literal", type: "string", text: " " });
  const weight = (operand: Expression): Expression => ({
    kind: "WeightString",
    operand,
    as: undefined,
    levels: undefined,
  });
  const padding: Expression = {
    kind: "Case",
    operand: undefined,
    whens: [
      {
        kind: "When",
        condition: { kind: "Comparison", operator: "=", left: nothing, right: space },
        result: weight(space),
      },
    ],
    otherwise: { kind: "Literal", type: "string", text: "" },
  };
  return [expression, weight(expression), padding].map((e, part): SelectItem => {
    const name = `__key${i}_${part}`;
    return { kind: "SelectItem", expression: e, alias: name, text: name };
  });
}

const integer = (text: string): Expression => ({ kind: "Literal", type: "integer", text });

/** The groups' keys in an order that serves ORDER BY too: its items must be groups; undefined where one is not. */
function inOrder(groups: readonly Key[], select: Select): readonly Key[] | undefined {
  const first: Key[] = [];
  for (const item of select.orderBy) {
    const key = keyOf(item, select);
    const group = key === undefined ? undefined : groups.find(({ expression }) => isSame(expression, key.expression));
    if (key === undefined || group === undefined) return undefined;
    first.push(key);
  }
  const rest = groups.filter(({ expression }) => !first.some((key) => isSame(key.expression, expression)));
  return [...first, ...rest.map(({ expression }): Key => ({ expression, direction: undefined }))];
}

const isSame = (a: Expression, b: Expression) => JSON.stringify(a) === JSON.stringify(b);

/** How the column of a select item combines: a group's own expression stays, a plain aggregate adds up or compares. */
function combineOf(expression: Expression, groups: readonly Key[]): Combine | undefined {
  if (groups.some((group) => isSame(group.expression, expression))) return "first";
  if (expression.kind !== "Aggregate" || expression.over !== undefined) return undefined;
  const isOneValue = expression.name === "min" || expression.name === "max";
  if (expression.distinct && !isOneValue) return undefined;
  if (expression.name === "count" || expression.name === "sum" || isOneValue) return expression.name as Combine;
  return undefined;
}
