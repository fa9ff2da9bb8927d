/** A plan's primitives as indented text: for EXPLAIN, VEXPLAIN, tests and the web page. */
import { never } from "../base/assert.ts";
import type {
  Aggregate,
  InsertSelectKey,
  KeyedPlace,
  KeyedSlot,
  KeyedWrite,
  Primitive,
  SortKey,
} from "../engine/primitive.ts";
import type { Routing } from "../engine/routing.ts";
import type { ListExpression, ValueExpression } from "../evalengine/value-expression.ts";
import { printDestination } from "../sharding/destination.ts";

export function printPlan(node: Primitive, indent = ""): string {
  switch (node.kind) {
    case "Route": {
      const { keyspace, routing, sql, effect, oneShardOnly } = node;
      const how = [effect === "read" ? "" : ` ${effect}`, oneShardOnly ? " alone" : ""].join("");
      return `${indent}Route ${keyspace} ${printRouting(routing)}${how}: ${sql}`;
    }
    case "Insert": {
      const { keyspace, head, rows, tail, vindexes, sequence, place, asked } = node;
      const by = vindexes.map(({ name }, v) => `${name}(${rows[0]?.keys[v]?.map(printValue).join(", ") ?? ""})`);
      const ids = sequence === undefined ? "" : ` ids from ${sequence.keyspace}.${sequence.table}`;
      const texts = rows.map(({ text }) => text).join(", ");
      const where = place.kind === "Vindexes" ? by.join(" ") : place.kind;
      const before = asked === undefined ? "" : `\n${printPlan(asked.input, `${indent}  `)}`;
      return `${indent}Insert ${keyspace} ${where}${ids}: ${head}${texts}${tail}${before}`;
    }
    case "InsertSelect": {
      const { keyspace, head, tail, vindexes, place, sequence } = node.insert;
      const by = vindexes.map(({ name }, v) => `${name}(${(node.keys[v] ?? []).map(printKey).join(", ")})`);
      const where = place.kind === "Vindexes" ? by.join(" ") : place.kind;
      const ids = sequence === undefined ? "" : ` ids from ${sequence.keyspace}.${sequence.table}`;
      return `${indent}InsertSelect ${keyspace} ${where}${ids}: ${head}…${tail}\n${printPlan(node.input, `${indent}  `)}`;
    }
    case "MoveRows":
      return `${indent}MoveRows ${node.vindex.name}(${printValue(node.value)})\n${printPlan(node.update, `${indent}  `)}`;
    case "VindexRows":
      return `${indent}VindexRows ${node.keyspace} ${node.vindex.name} in (${printList(node.list)}): ${node.columns.map(({ field }) => field).join(", ")}`;
    case "KeyedChange":
      return [
        `${indent}KeyedChange`,
        ...node.writes.map((write) => `${indent}  ${printWrite(write)}`),
        printPlan(node.input, `${indent}  `),
      ].join("\n");
    case "Limit":
      return `${indent}Limit ${printValue(node.offset)}, ${printValue(node.count)}\n${printPlan(node.input, `${indent}  `)}`;
    case "MergeSort":
      return `${indent}MergeSort ${printKeys(node.keys)}\n${printPlan(node.input, `${indent}  `)}`;
    case "Join": {
      const how = [node.isOuter ? " outer" : "", node.isOrdered ? " in order" : ""].join("");
      const columns = node.columns.map(({ side, at }) => `${side[0]}${at + 1}`).join(", ");
      return [
        `${indent}Join${how} ${columns} by :${node.bind}`,
        printPlan(node.left, `${indent}  `),
        printPlan(node.right, `${indent}  `),
      ].join("\n");
    }
    case "Aggregate": {
      const by = node.keys.length === 0 ? "" : ` by ${printKeys(node.keys)}`;
      return `${indent}Aggregate ${node.columns.join(", ")}${by}\n${printMerged(node, indent)}`;
    }
    case "Finish": {
      const { keyspace, pieces, slots, gathers } = node;
      const text = pieces.map((piece, i) => `${piece}${i < slots.length ? `<${slots[i]?.gather}>` : ""}`).join("");
      const inputs = gathers.map(({ input, keyed }, i) => {
        const by =
          keyed === undefined ? "" : `\n${indent}      by <${keyed.from}>.${keyed.column}: ${printPlan(keyed.input)}`;
        return `\n${indent}  <${i}> ${printPlan(input, `${indent}  `).trimStart()}${by}`;
      });
      return `${indent}Finish ${keyspace}: ${text}${inputs.join("")}`;
    }
    case "Rows":
      return `${indent}Rows ${node.batch.count}`;
    default:
      return never(node);
  }
}

const printKeys = (keys: readonly SortKey[]) => keys.map(({ descending }) => (descending ? "desc" : "asc")).join(", ");

function printMerged({ input, otherwise }: Aggregate, indent: string): string {
  const merged = printPlan(input, `${indent}  `);
  return otherwise === undefined
    ? merged
    : `${merged}\n${indent}  or ${printPlan(otherwise, `${indent}  `).trimStart()}`;
}

const printKey = (key: InsertSelectKey) => (key === "generated" ? "generated" : `column ${key + 1}`);

function printWrite({ keyspace, place, effect, slots, pieces, isRowByRow }: KeyedWrite): string {
  const how = [effect === "write" ? "" : ` ${effect}`, isRowByRow ? " row by row" : ""].join("");
  return `${keyspace} ${printPlace(place)}${how}: ${printPieces({ slots, pieces })}`;
}

/** Where a statement's keys and values stand: <keys>, <value 2>. */
export function printPieces({ pieces, slots }: Pick<KeyedWrite, "pieces" | "slots">): string {
  const shown = (slot: KeyedSlot | undefined) =>
    slot === undefined ? "" : slot.kind === "keys" ? "<keys>" : `<column ${slot.column + 1}>`;
  return pieces.map((piece, i) => piece + shown(slots[i])).join("");
}

function printPlace(place: KeyedPlace): string {
  if (place.kind === "AllShards") return place.kind;
  if (place.kind === "Pinned") return `pinned ${place.id.toString("hex")}`;
  return `${place.vindex.name}(${place.columns.map((column) => `column ${column + 1}`).join(", ")})`;
}

export function printRouting(routing: Routing): string {
  switch (routing.kind) {
    case "Equal":
      return `${routing.vindex.name}(${routing.values.map(printValue).join(", ")})`;
    case "In":
      return `${routing.vindex.name} in (${printList(routing.list)})`;
    case "Pinned":
      return `pinned ${routing.id.toString("hex")}`;
    case "Targeted":
      return printDestination(routing.destination);
    default:
      return routing.kind;
  }
}

export function printList(list: ListExpression): string {
  return list.kind === "ListBind" ? `::${list.name}` : list.items.map(printValue).join(", ");
}

export function printValue(expression: ValueExpression): string {
  if (expression.kind === "Bind") return `:${expression.name}`;
  const { type, bytes } = expression.value;
  if (bytes === undefined) return "NULL";
  return type === "VARCHAR" ? `'${bytes.toString()}'` : bytes.toString();
}
