/**
 * Groups over several shards: each shard answers its groups with partial aggregates, and the finishing server combines
 * them. COUNT adds up, AVG is a sum over a count, DISTINCT within an aggregate makes its arguments part of the shards'
 * groups. HAVING, ORDER BY and whatever stands around the aggregates are left to the finishing server.
 */
import type { Aggregate, CastType, OrderItem } from "../../sqlparser/ast/call.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Column, Expression } from "../../sqlparser/ast/expression.ts";
import type { Select, SelectItem } from "../../sqlparser/ast/query.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import { walk } from "../../sqlparser/walk.ts";
import type { Block, Route } from "../operator.ts";
import { keyOf, mayMeanAlias } from "../rules/sort-key.ts";
import { gatherSelect } from "./gather-select.ts";
import type { Gathering } from "./gathering.ts";

export function gatherGroups(select: Select, block: Block, route: Route, gathering: Gathering): Select | undefined {
  if (!isPlainGrouping(select, block)) return undefined;
  const items = select.items.filter((item) => item.kind === "SelectItem");
  if (items.length !== select.items.length) return undefined;
  const isDistinctOnly = select.groupBy === undefined && !hasAggregate(select);
  const written: readonly OrderItem[] = isDistinctOnly
    ? items.map(({ expression }): OrderItem => ({ kind: "OrderItem", expression, direction: undefined }))
    : (select.groupBy?.items ?? []);
  const keys = isDistinctOnly
    ? written.map(({ expression }) => expression)
    : written.map((item) => keyOf(item, select)?.expression);
  if (!keys.every((key) => key !== undefined)) return undefined;

  const parts = new Parts(keys, select, gathering.source.environment.flavour === "mysql");
  const finished: Select = {
    ...select,
    with: undefined,
    items: items.map((item) => parts.item(item)),
    where: undefined,
    groupBy:
      select.groupBy === undefined
        ? undefined
        : { ...select.groupBy, items: keys.map((_, i) => groupItem(parts.key(i))) },
    having: select.having && parts.rewrite(select.having, true),
    orderBy: select.orderBy.map((item) => ({ ...item, expression: parts.order(item.expression) })),
  };
  if (parts.isStuck) return undefined;
  const asked: Select = {
    ...select,
    distinct: false,
    items: parts.items,
    groupBy: parts.groupBy,
    having: undefined,
    orderBy: [],
    limit: undefined,
  };
  gathering.rules.add(isDistinctOnly ? "gather-distinct-rows" : "gather-groups");
  return gatherSelect(asked, finished, route, gathering);
}

const groupItem = (expression: Expression): OrderItem => ({ kind: "OrderItem", expression, direction: undefined });

function isPlainGrouping(select: Select, block: Block): boolean {
  const isGrouped = select.groupBy !== undefined || select.distinct || hasAggregate(select);
  if (!isGrouped || select.with !== undefined || select.groupBy?.modifier !== undefined) return false;
  if (select.into !== undefined || select.procedure !== undefined || select.locks.length > 0) return false;
  return block.keptTogether.every(({ construct }) => construct !== "window functions");
}

const aggregateKinds: ReadonlySet<string> = new Set(["Aggregate", "GroupConcat"]);
const queryKinds: ReadonlySet<string> = new Set(["Subquery", "Exists", "Quantified"]);

function hasAggregate(select: Select): boolean {
  let found = false;
  for (const part of [...select.items, ...select.orderBy, ...(select.having === undefined ? [] : [select.having])])
    walk(part, (node) => {
      if (aggregateKinds.has(node.kind) || isAnyValue(node)) found = true;
      return !queryKinds.has(node.kind);
    });
  return found;
}

const isAnyValue = (node: Node) => node.kind === "Call" && node.schema === undefined && node.name === "any_value";

/** Aggregates that combine by themselves. */
const selfCombining: ReadonlySet<string> = new Set(["sum", "min", "max", "bit_and", "bit_or", "bit_xor"]);
/** Aggregates that may be had from the distinct values. */
const ofDistinct: ReadonlySet<string> = new Set(["count", "sum", "avg", "min", "max"]);

/** The columns that shards are asked for, made as the finishing statement is rewritten to use them. */
class Parts {
  readonly items: SelectItem[] = [];
  readonly #select: Select;
  readonly #keys: readonly Expression[];
  readonly #keyTexts: readonly string[];
  readonly #columns = new Map<string, Column>();
  readonly #distinct: Expression[] = [];
  readonly #aliases: ReadonlyMap<string, Expression>;
  readonly #hasGroups: boolean;
  readonly #hasAnyValue: boolean;
  readonly #isDistinctOnly: boolean;
  /** Met something that cannot be had in parts. */
  isStuck = false;

  constructor(keys: readonly Expression[], select: Select, hasAnyValue: boolean) {
    this.#select = select;
    this.#keys = keys;
    this.#keyTexts = keys.map((key) => JSON.stringify(key));
    this.#hasGroups = keys.length > 0;
    this.#hasAnyValue = hasAnyValue;
    this.#isDistinctOnly = select.groupBy === undefined && !hasAggregate(select);
    this.#aliases = new Map(
      select.items.flatMap((item) =>
        item.kind === "SelectItem" && item.alias !== undefined ? [[item.alias.toLowerCase(), item.expression]] : [],
      ),
    );
    for (const [i, key] of keys.entries()) this.#column(key, `__g${i}`);
  }

  key(i: number): Expression {
    return this.#column(this.#keys[i] as Expression, `__g${i}`);
  }

  get groupBy(): Select["groupBy"] {
    const all = [...this.#keys, ...this.#distinct];
    if (all.length === 0) return undefined;
    return {
      kind: "GroupBy",
      items: all.map((expression) => groupItem(this.#named(expression))),
      modifier: undefined,
      sets: [],
    };
  }

  /** By the name of its column: a literal would be a position. */
  #named(expression: Expression): Expression {
    return this.#columns.get(JSON.stringify(expression)) ?? expression;
  }

  /** An item keeps its name. */
  item(item: SelectItem): SelectItem {
    const { expression, alias, text } = item;
    const name = alias ?? (expression.kind === "Column" ? expression.name : text);
    return { ...item, expression: this.rewrite(expression, false), alias: name };
  }

  order(expression: Expression): Expression {
    if (expression.kind === "Literal" || expression.kind === "Bind") return expression;
    if (this.#isAlias(expression)) return expression;
    if (mayMeanAlias(expression, this.#select)) this.isStuck = true;
    if (this.#isDistinctOnly && !this.#keyTexts.includes(JSON.stringify(expression))) this.isStuck = true;
    return this.rewrite(expression, false);
  }

  #isAlias(expression: Expression): boolean {
    return (
      expression.kind === "Column" && expression.table === undefined && this.#aliases.has(expression.name.toLowerCase())
    );
  }

  rewrite(expression: Expression, mayNameAlias: boolean): Expression {
    return rewriteDown(expression, (node) => this.#replace(node, mayNameAlias));
  }

  #replace(node: Node, mayNameAlias: boolean): Node {
    const key = this.#keyTexts.indexOf(JSON.stringify(node));
    if (mayNameAlias && this.#isAlias(node as Expression)) {
      const named = this.#aliases.get((node as Column).name.toLowerCase());
      // A group's column of that name would be meant before the alias.
      if (key >= 0 && JSON.stringify(named) !== this.#keyTexts[key]) this.isStuck = true;
      return node;
    }
    if (key >= 0) return this.key(key);
    switch (node.kind) {
      case "Aggregate":
        return this.#aggregate(node);
      case "GroupConcat":
      case "WindowCall":
      case "Subquery":
      case "Exists":
      case "Quantified":
        this.isStuck = true;
        return node;
      case "Call":
        if (isAnyValue(node) && !this.#hasGroups) this.isStuck = true;
        return isAnyValue(node) ? { ...node, arguments: [this.#add(node)] } : node;
      case "Column":
        return this.#dependent(node);
      default:
        return node;
    }
  }

  /** A column that its group decides, or that the server lets pass as any of the group's. */
  #dependent(column: Column): Expression {
    if (this.#isDistinctOnly) this.isStuck = true;
    if (!this.#hasGroups) this.isStuck = true; // A shard without rows would have NULL for it.
    const part = this.#add(column);
    return this.#hasAnyValue ? { kind: "Call", schema: undefined, name: "any_value", arguments: [part] } : part;
  }

  #aggregate(node: Aggregate): Expression {
    const { name, distinct } = node;
    const plain = node.arguments.filter((argument) => argument.kind !== "Star");
    if (node.over !== undefined || node.limit !== undefined || node.orderBy.length > 0) this.isStuck = true;
    if (distinct && name !== "min" && name !== "max") {
      if (!ofDistinct.has(name)) this.isStuck = true;
      return { ...node, arguments: plain.map((argument) => this.#distinctColumn(argument)) };
    }
    if (name === "count") return sumOfCounts(this.#add(node));
    if (name === "avg") {
      const sum = this.#add({ ...node, name: "sum" });
      const count = this.#add({ ...node, name: "count" });
      return { kind: "Binary", operator: "/", left: aggregateOf("sum", sum), right: aggregateOf("sum", count) };
    }
    if (!selfCombining.has(name)) this.isStuck = true;
    return { ...node, distinct: false, arguments: [this.#add(node)] };
  }

  #distinctColumn(argument: Expression): Expression {
    const known = this.#columns.get(JSON.stringify(argument));
    if (known !== undefined) return known;
    this.#distinct.push(argument);
    return this.#column(argument, `__d${this.#distinct.length}`);
  }

  #add(expression: Expression): Column {
    return this.#column(expression, `__p${this.items.length}`);
  }

  #column(expression: Expression, name: string): Column {
    const text = JSON.stringify(expression);
    const known = this.#columns.get(text);
    if (known !== undefined) return known;
    const column: Column = { kind: "Column", schema: undefined, table: undefined, name };
    this.#columns.set(text, column);
    this.items.push({ kind: "SelectItem", expression, alias: name, text: name });
    return column;
  }
}

const aggregateOf = (name: "sum", argument: Expression): Aggregate => ({
  kind: "Aggregate",
  name,
  distinct: false,
  arguments: [argument],
  orderBy: [],
  limit: undefined,
  over: undefined,
});

/** As COUNT answers: a whole number, and zero where no shard has any. */
function sumOfCounts(column: Column): Expression {
  const zero: Expression = { kind: "Literal", type: "integer", text: "0" };
  const sum: Expression = {
    kind: "Call",
    schema: undefined,
    name: "coalesce",
    arguments: [aggregateOf("sum", column), zero],
  };
  return { kind: "Cast", operand: sum, atTimeZone: undefined, type: signed };
}

const signed: CastType = {
  kind: "CastType",
  name: "SIGNED",
  length: undefined,
  scale: undefined,
  charset: undefined,
  collation: undefined,
  binary: false,
  array: false,
};
