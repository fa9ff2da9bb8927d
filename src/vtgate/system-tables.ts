/**
 * Statements on the servers' own tables whose answer names databases in columns that the statement does not name: `select *`,
 * and the texts of views. The planner maps the columns that are named (planner/lower/names.ts); these are mapped in the answer.
 */
import type { Node, Statement } from "../sqlparser/ast.ts";
import { walk } from "../sqlparser/walk.ts";
import { isSchemaColumnName } from "../planner/lower/names.ts";
import type { Column } from "../sqltypes/result.ts";
import { databaseOf } from "./database-names.ts";
import { cellRenamer, type RenameCell } from "./renamed-rows.ts";

const systemSchema = /^(information_schema|performance_schema|sys)$/i;
const viewText = /^view_definition$/i;

/** Whether the answer's names of databases are left to be mapped. */
export function hidesDatabases(statement: Statement, keyspace: string): boolean {
  let isOfSystem = false;
  let isHidden = false;
  walk(statement, (node: Node) => {
    if (node.kind === "TableName" && systemSchema.test(node.schema ?? keyspace)) isOfSystem = true;
    if (node.kind === "Star" || (node.kind === "Column" && viewText.test(node.name))) isHidden = true;
    return !(isOfSystem && isHidden);
  });
  return isOfSystem && isHidden;
}

/** How the cells of a column are mapped: names of databases, and the text of a view. */
export function systemRenamer(keyspaces: readonly string[]): (column: Column) => RenameCell | undefined {
  const name = cellRenamer(keyspaces);
  const text: RenameCell = (cell) =>
    keyspaces.reduce((done, keyspace) => done.replaceAll(`\`${databaseOf(keyspace)}\`.`, `\`${keyspace}\`.`), cell);
  return (column) => {
    if (viewText.test(column.orgName) || viewText.test(column.name)) return text;
    return isSchemaColumnName(column.orgName) || isSchemaColumnName(column.name) ? name : undefined;
  };
}
