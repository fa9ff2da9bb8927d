/** ORDER BY and LIMIT of a query within a statement: each shard sorts and stops early, the finishing server once more. */
import type { OrderItem } from "../../sqlparser/ast/call.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select, SelectItem } from "../../sqlparser/ast/query.ts";
import type { Block, Route } from "../operator.ts";
import { limitOf, shardLimit } from "../rules/limits.ts";
import { keyOf } from "../rules/sort-key.ts";
import { gatherSelect } from "./gather-select.ts";
import type { Gathering } from "./gathering.ts";

const handled: ReadonlySet<string> = new Set(["ORDER BY", "LIMIT"]);

export function gatherSorted(select: Select, block: Block, route: Route, gathering: Gathering): Select | undefined {
  if (block.keptTogether.some(({ construct }) => !handled.has(construct))) return undefined;
  if (select.with !== undefined || select.distinct || select.groupBy !== undefined) return undefined;
  if (select.having !== undefined || select.locks.length > 0) return undefined;
  const items = select.items.filter((item) => item.kind === "SelectItem");
  const keys = select.orderBy.map((item) => keyOf(item, select));
  const limit = select.limit === undefined ? undefined : limitOf(select.limit);
  if (items.length !== select.items.length || !keys.every((key) => key !== undefined)) return undefined;
  if (select.limit !== undefined && limit === undefined) return undefined;

  const columns = items.map(({ expression }, i) => named(expression, `__c${i}`));
  const keyColumns = keys.map(({ expression }, i) => named(expression, `__k${i}`));
  const order = keys.map(
    ({ direction }, i): OrderItem => ({ kind: "OrderItem", expression: column(`__k${i}`), direction }),
  );
  const asked: Select = {
    ...select,
    items: [...columns, ...keyColumns],
    orderBy: order,
    limit: limit === undefined ? undefined : shardLimit(limit, select.limit),
  };
  const finished: Select = { ...select, where: undefined, items: items.map(itemOf), orderBy: order };
  gathering.rules.add("gather-sorted-rows");
  return gatherSelect(asked, finished, route, gathering);
}

const column = (name: string): Expression => ({ kind: "Column", schema: undefined, table: undefined, name });

const named = (expression: Expression, name: string): SelectItem => ({
  kind: "SelectItem",
  expression,
  alias: name,
  text: name,
});

function itemOf(item: SelectItem, i: number): SelectItem {
  const { expression, alias, text } = item;
  return {
    ...item,
    expression: column(`__c${i}`),
    alias: alias ?? (expression.kind === "Column" ? expression.name : text),
  };
}
