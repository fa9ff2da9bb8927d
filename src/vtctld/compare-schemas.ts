/** How two lists of tables differ, for people. */
import type { TableDefinition } from "../proto/generated/tabletmanagerdata_pb.js";

/** One line a difference; empty where there is none. AUTO_INCREMENT's counter is no difference. */
export function compareSchemas(left: readonly TableDefinition[], right: readonly TableDefinition[]): readonly string[] {
  const others = new Map(right.map((table) => [table.name, table]));
  const names = new Set(left.map(({ name }) => name));
  const lines = left.flatMap((table) => {
    const other = others.get(table.name);
    if (other === undefined) return [`${kindOf(table)} ${table.name} is missing`];
    if (other.type !== table.type) return [`${table.name} is ${other.type}, not ${table.type}`];
    return comparable(table.schema) === comparable(other.schema) ? [] : [`${kindOf(table)} ${table.name} differs`];
  });
  const extra = right.filter(({ name }) => !names.has(name)).map((table) => `${kindOf(table)} ${table.name} is extra`);
  return [...lines, ...extra];
}

const kindOf = ({ type }: TableDefinition) => (type === "VIEW" ? "view" : "table");
const comparable = (schema: string) => schema.replace(/ AUTO_INCREMENT=\d+/g, "");
