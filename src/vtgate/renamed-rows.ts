/**
 * A server's answer to a statement about databases, with the clients' names of them: in cells that are such a name, or
 * begin with one and a dot, and in the column names of SHOW TABLES.
 */
import type { Answered } from "../engine/primitive.ts";
import type { Column } from "../sqltypes/result.ts";
import { cellBatch, textCells } from "../sqltypes/text-row.ts";
import { databaseOf } from "./database-names.ts";

export type RenameCell = (text: string) => string;

/** By the names of keyspaces. */
export function cellRenamer(keyspaces: readonly string[]): RenameCell {
  const names = new Map(keyspaces.map((keyspace) => [databaseOf(keyspace), keyspace]));
  return (text) => {
    const dot = text.indexOf(".");
    const database = dot < 0 ? text : text.slice(0, dot);
    const keyspace = names.get(database);
    return keyspace === undefined ? text : keyspace + text.slice(database.length);
  };
}

/** `rename` says how the cells of a column are mapped; undefined: not at all. */
export async function* renamedRows(
  answered: Answered,
  keyspace: string,
  rename: (column: Column) => RenameCell | undefined,
): Answered {
  const column = (one: Column): Column => {
    const name = columnName(one.name, keyspace);
    return name === one.name ? one : { ...one, name, orgName: columnName(one.orgName, keyspace) };
  };
  for (;;) {
    const step = await answered.next();
    if (step.done === true) return step.value;
    const renames = step.value.columns.map(rename);
    const rows = textCells(step.value).map((row) =>
      row.map((cell, i) => {
        const renamed = cell === null ? undefined : renames[i];
        return renamed === undefined || cell === null ? cell : Buffer.from(renamed(cell.toString("utf8")));
      }),
    );
    yield cellBatch(step.value.columns.map(column), rows);
  }
}

const columnName = (name: string, keyspace: string) =>
  name.replace(`Tables_in_${databaseOf(keyspace)}`, `Tables_in_${keyspace}`);
