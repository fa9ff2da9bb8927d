/**
 * A server's answer to a statement about databases, with the clients' names of them: in cells that are such a name, or
 * begin with one and a dot, and in the column names of SHOW TABLES.
 */
import type { Answered } from "../engine/primitive.ts";
import type { Column } from "../sqltypes/result.ts";
import { textBatch, textCells } from "../sqltypes/text-row.ts";
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

export async function* renamedRows(answered: Answered, keyspace: string, rename: RenameCell): Answered {
  const column = (one: Column): Column => {
    const name = columnName(one.name, keyspace);
    return name === one.name ? one : { ...one, name, orgName: columnName(one.orgName, keyspace) };
  };
  for (;;) {
    const step = await answered.next();
    if (step.done === true) return step.value;
    const cells = textCells(step.value).map((row) => row.map((cell) => cell && rename(cell.toString("utf8"))));
    yield textBatch(step.value.columns.map(column), cells);
  }
}

const columnName = (name: string, keyspace: string) =>
  name.replace(`Tables_in_${databaseOf(keyspace)}`, `Tables_in_${keyspace}`);
