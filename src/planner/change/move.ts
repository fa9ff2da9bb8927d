/** UPDATE of a primary vindex column by one value for all rows: what is needed to take rows to their new shard. */
import type { MoveRows, Route } from "../../engine/primitive.ts";
import { compileValue } from "../../evalengine/compile.ts";
import { type ValueExpression, sameExpression } from "../../evalengine/value-expression.ts";
import type { Assignment, Update } from "../../sqlparser/ast/dml.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import { print } from "../../sqlparser/printer.ts";
import { literalText } from "../../sqltypes/literal.ts";
import type { SqlType } from "../../sqltypes/types.ts";
import { textValue } from "../../sqltypes/value.ts";
import type { Vindex } from "../../vschema/vindex.ts";
import type { VTable } from "../../vschema/vschema.ts";
import type { Builder } from "../build/builder.ts";
import { lowerNames } from "../lower/names.ts";
import type { Source } from "../lower/route.ts";
import { unsupported } from "../unsupported.ts";

export interface Moving {
  readonly table: VTable;
  readonly column: string;
  readonly vindex: Vindex;
  readonly value: ValueExpression;
}

/** Undefined: the assignment leaves every row where it is. Throws where rows cannot be moved. */
export function movingOf(statement: Update, table: VTable, { column, value }: Assignment): Moving | undefined {
  const name = column.name.toLowerCase();
  const refused = (why: string) => unsupported(`UPDATE of the vindex column ${column.name}${why}`);
  if (value.kind === "Column" && value.name.toLowerCase() === name && statement.from.length === 1) return undefined;
  const [primary] = table.columnVindexes;
  const its = table.columnVindexes.filter(({ columns }) => columns.includes(name));
  if (primary === undefined || its.length > 1 || its[0] !== primary || primary.columns.length > 1)
    throw refused(", which is not the primary vindex's alone");
  const [only, ...more] = statement.from;
  if (only?.kind !== "Table" || more.length > 0) throw refused(" together with other tables");
  const type = table.columns.find((c) => c.name === name)?.type;
  if (!table.isColumnListAuthoritative || table.keys === undefined || type === undefined)
    throw refused(`, as the columns of ${table.name} are not known`);
  if (ranges[type] === undefined) throw refused(", which is no whole number");
  const compiled = compileValue(value);
  if (compiled === undefined) throw refused(" by an expression");
  if (statement.ignore) throw refused(" with IGNORE");
  if (statement.returning.length > 0) throw refused(" with RETURNING");
  return { table, column: name, vindex: primary.vindex, value: compiled };
}

/** Where the route already leads to the new value's shard nothing moves. */
export function planMove(moving: Moving, update: Route, builder: Builder, source: Source): Route | MoveRows {
  const { table, column, vindex, value } = moving;
  const { routing } = update;
  const [only, ...more] = routing.kind === "Equal" && routing.vindex === vindex ? routing.values : [];
  if (only !== undefined && more.length === 0 && sameExpression(only, value)) return update;
  const type = table.columns.find(({ name }) => name === column)?.type;
  const range = type === undefined ? undefined : ranges[type];
  if (range === undefined) throw unsupported(`UPDATE of the vindex column ${column}, which is no whole number`);
  const bind = "__moved";
  const stored = table.columns.filter(({ isGenerated }) => !isGenerated);
  const quoted = (node: Node) => print(lowerNames(node, builder).statement, source.environment);
  const named = (name: string): Expression => ({ kind: "Column", schema: undefined, table: undefined, name });
  const list = stored.map(({ name }) => quoted(named(name))).join(", ");
  const name = quoted({ kind: "TableName", schema: undefined, name: table.name });
  const condition = `where ${quoted(named(column))} = :${bind}`;
  const text = literalText(textValue(table.name));
  return {
    kind: "MoveRows",
    update,
    vindex,
    value,
    bind,
    table: table.name,
    column,
    selectSql: `select ${list} from ${name} ${condition} for update`,
    deleteSql: `delete from ${name} ${condition}`,
    insertHead: `insert into ${name}(${list}) values `,
    hazardSql: hazards(text),
    autoIncrement: indexOrNone(stored.findIndex(({ isAutoIncrement }) => isAutoIncrement)),
    min: range[0],
    max: range[1],
  };
}

const indexOrNone = (i: number) => (i < 0 ? undefined : i);

/** A row, where a DELETE and an INSERT would do more than move. */
const hazards = (table: string) =>
  `select 1 from information_schema.triggers where event_object_schema = database() and event_object_table = ${table} ` +
  `union all select 1 from information_schema.key_column_usage ` +
  `where referenced_table_schema = database() and referenced_table_name = ${table} limit 1`;

const signed = (bits: bigint) => [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] as const;
const unsigned = (bits: bigint) => [0n, (1n << bits) - 1n] as const;
const ranges: Readonly<Partial<Record<SqlType, readonly [bigint, bigint]>>> = {
  INT8: signed(8n),
  UINT8: unsigned(8n),
  INT16: signed(16n),
  UINT16: unsigned(16n),
  INT24: signed(24n),
  UINT24: unsigned(24n),
  INT32: signed(32n),
  UINT32: unsigned(32n),
  INT64: signed(64n),
  UINT64: unsigned(64n),
};
