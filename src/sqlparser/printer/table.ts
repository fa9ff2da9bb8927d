/** Printers of definitions of tables and indexes; ALTER TABLE stands in alter.ts. */
import type { Expression } from "../ast/expression.ts";
import type {
  ColumnDefinition,
  CreateIndex,
  CreateTable,
  DataType,
  IndexDefinition,
  Option,
  PartitionDefinition,
  Partitioning,
  References,
  TablePart,
  TableStatement,
} from "../ast/table.ts";
import type { AlterAction } from "../ast/alter.ts";
import type { Printer, Printers } from "../printer.ts";
import { quoteName } from "../quote.ts";

/** Options whose word is the name of a thing. All other words are the server's own. */
const namedOptions: ReadonlySet<string> = new Set([
  "ENGINE",
  "TYPE",
  "SECONDARY_ENGINE",
  "TABLESPACE",
  "CHARACTER SET",
  "COLLATE",
  "WITH PARSER",
]);

/** NAME value: `equals` where the server knows an equals sign. */
function printOption({ name, value }: Option, out: Printer): void {
  const isServers = /^[A-Z0-9_ ]+$/.test(name);
  out.write(isServers ? name.toLowerCase() : quoteName(name));
  if (value === undefined) return;
  out.write(bareOptions.has(name) ? " " : " = ");
  if (value.kind === "Column" && value.table === undefined) {
    const isNamed = namedOptions.has(name) || !isServers || !/^\w+$/.test(value.name);
    const isName = isNamed && !/^(default|binary)$/i.test(value.name);
    out.write(isName ? quoteName(value.name) : value.name.toLowerCase());
  } else printOptionValue(value, out);
}

const bareOptions: ReadonlySet<string> = new Set([
  "COMMENT",
  "WITH PARSER",
  "CHARACTER SET",
  "COLLATE",
  "STORAGE",
  "TABLESPACE",
]);

function printOptionValue(value: Expression, out: Printer): void {
  out.node(value);
}

export function printOptions(options: readonly Option[], out: Printer): void {
  for (const option of options) {
    out.write(" ");
    out.node(option);
  }
}

function printType(type: DataType, out: Printer): void {
  out.write(type.name.toLowerCase());
  if (type.of.length > 0) out.write(` ${type.of.map(quoteName).join(".")}`);
  if (type.fields.length > 0) {
    out.write("(");
    out.list(type.fields);
    out.write(")");
  }
  if (type.length !== undefined) out.write(`(${type.length}${type.scale === undefined ? "" : `, ${type.scale}`})`);
  if (type.values.length > 0) {
    out.write("(");
    for (const [i, value] of type.values.entries()) {
      if (i > 0) out.write(", ");
      out.string(value);
    }
    out.write(")");
  }
  if (type.unsigned) out.write(" unsigned");
  if (type.zerofill) out.write(" zerofill");
  if (type.charset !== undefined) out.write(` character set ${charsetText(type.charset)}`);
  if (type.binary) out.write(" binary");
  if (type.collation !== undefined) out.write(` collate ${charsetText(type.collation)}`);
}

const charsetText = (name: string) => (name === "binary" ? name : quoteName(name));

export function printDefault(value: Expression | undefined, inParentheses: boolean, out: Printer): void {
  if (value === undefined) return;
  out.write(inParentheses ? " default (" : " default ");
  out.node(value);
  if (inParentheses) out.write(")");
}

function printColumn(node: ColumnDefinition, out: Printer): void {
  out.name(node.name);
  out.optional(" ", node.type);
  out.optional(" ", node.generated);
  if (node.rowTime !== undefined) out.write(` generated always as row ${node.rowTime.toLowerCase()}`);
  if (node.srid !== undefined) out.write(out.rules.mariadb ? ` ref_system_id = ${node.srid}` : ` srid ${node.srid}`);
  if (node.compressed !== undefined)
    out.write(node.compressed === "" ? " compressed" : ` compressed = ${node.compressed}`);
  if (node.nullable !== undefined) out.write(node.nullable ? " null" : " not null");
  printDefault(node.default, node.defaultInParentheses, out);
  out.optional(" on update ", node.onUpdate);
  if (node.autoIncrement) out.write(" auto_increment");
  if (node.unique) out.write(" unique");
  if (node.primaryKey) out.write(" primary key");
  out.words(node.visibility);
  if (node.versioning !== undefined) out.write(` ${node.versioning.toLowerCase()} system versioning`);
  out.optionalString(" comment ", node.comment);
  if (node.columnFormat !== undefined) out.write(` column_format ${node.columnFormat.toLowerCase()}`);
  if (node.storage !== undefined) out.write(` storage ${node.storage.toLowerCase()}`);
  printOptions(node.options, out);
  for (const check of node.checks) {
    out.write(" ");
    out.node(check);
  }
  out.optional(" ", node.references);
}

function printConstraint(hasConstraint: boolean, name: string | undefined, out: Printer): void {
  if (!hasConstraint) return;
  out.write("constraint ");
  if (name !== undefined) out.write(`${quoteName(name)} `);
}

function printIndexMethod({ using }: IndexDefinition, out: Printer): void {
  if (using !== undefined) out.write(` using ${using.toLowerCase()}`);
}

function printIndex(node: IndexDefinition, out: Printer): void {
  printConstraint(node.hasConstraint, node.constraint, out);
  out.write(node.type.toLowerCase());
  if (node.type !== "INDEX" && node.type !== "PRIMARY KEY") out.write(" index");
  if (node.ifNotExists) out.write(" if not exists");
  out.optionalName(" ", node.name);
  printIndexMethod(node, out);
  out.optionalList(" (", node.parts, ")");
  printOptions(node.options, out);
}

function printReferences(node: References, out: Printer): void {
  out.optional("references ", node.table);
  out.optionalList("(", node.columns, ")");
  if (node.match !== undefined) out.write(` match ${node.match.toLowerCase()}`);
  if (node.onDelete !== undefined) out.write(` on delete ${node.onDelete.toLowerCase()}`);
  if (node.onUpdate !== undefined) out.write(` on update ${node.onUpdate.toLowerCase()}`);
}

function printMethod(
  node:
    | Partitioning
    | { readonly [F in "method" | "linear" | "algorithm" | "expression" | "columns"]: Partitioning[F] },
  out: Printer,
): void {
  if (node.linear) out.write("linear ");
  out.write(node.method.toLowerCase());
  if (node.algorithm !== undefined) out.write(` algorithm = ${node.algorithm}`);
  if (node.method === "SYSTEM_TIME") return;
  out.write("(");
  if (node.expression !== undefined) out.node(node.expression);
  out.write(`${node.columns.map(quoteName).join(", ")})`);
}

function printPartitioning(node: Partitioning, out: Printer): void {
  out.write("partition by ");
  printMethod(node, out);
  out.optional(" ", node.interval);
  out.optional(" starts ", node.starts);
  if (node.rows !== undefined) out.write(` limit ${node.rows}`);
  if (node.auto) out.write(" auto");
  if (node.partitions !== undefined) out.write(` partitions ${node.partitions}`);
  out.optional(" ", node.subpartitioning);
  out.optionalList(" (", node.definitions, ")");
}

/** `word`: partition, or subpartition for those within. */
function printPartition(node: PartitionDefinition, out: Printer, word: string): void {
  out.write(`${word} `);
  out.name(node.name);
  out.optional(" ", node.values);
  printOptions(node.options, out);
  if (node.subpartitions.length === 0) return;
  out.write(" (");
  for (const [i, inner] of node.subpartitions.entries()) {
    if (i > 0) out.write(", ");
    printPartition(inner, out, "subpartition");
  }
  out.write(")");
}

/** MAXVALUE is a word of its own among values. */
function printPartitionItems(items: readonly Expression[], out: Printer): void {
  out.write("(");
  for (const [i, item] of items.entries()) {
    if (i > 0) out.write(", ");
    if (item.kind === "Row") printPartitionItems(item.items, out);
    else if (item.kind === "Column" && item.name === "MAXVALUE") out.write("maxvalue");
    else out.node(item);
  }
  out.write(")");
}

export function printWait(wait: string | undefined, out: Printer): void {
  if (wait !== undefined) out.write(wait === "NOWAIT" ? " nowait" : ` wait ${wait}`);
}

function printCreateTable(node: CreateTable, out: Printer): void {
  out.write("create");
  if (node.replace) out.write(" or replace");
  if (node.temporary) out.write(" temporary");
  out.write(" table ");
  if (node.ifNotExists) out.write("if not exists ");
  out.node(node.table);
  out.optional(" like ", node.like);
  out.optionalList(" (", node.elements, ")");
  printOptions(node.options, out);
  out.optional(" ", node.partitioning);
  out.words(node.duplicates);
  if (node.query !== undefined) out.write(" as");
  out.optional(" ", node.query);
}

function printCreateIndex(node: CreateIndex, out: Printer): void {
  const { index } = node;
  out.write("create");
  if (node.replace) out.write(" or replace");
  if (node.online) out.write(" online");
  if (index.type !== "INDEX") out.words(index.type);
  out.write(" index");
  if (node.ifNotExists) out.write(" if not exists");
  out.optionalName(" ", index.name);
  printIndexMethod(index, out);
  out.optional(" on ", node.table);
  out.optionalList(" (", index.parts, ")");
  printWait(node.wait, out);
  printOptions(index.options, out);
  printOptions(node.options, out);
}

type Printed = Exclude<TableStatement | TablePart, AlterAction | { readonly kind: "AlterTable" }>;

export const tablePrinters: Printers<Printed> = {
  CreateTable: printCreateTable,
  CreateIndex: printCreateIndex,
  ColumnDefinition: printColumn,
  DataType: printType,
  Generated: ({ expression, storage }, out) => {
    out.optional("generated always as (", expression, ")");
    out.words(storage);
  },
  IndexDefinition: printIndex,
  IndexPart: ({ column, length, expression, direction, withoutOverlaps }, out) => {
    out.optional("(", expression, ")");
    out.optionalName("", column);
    if (length !== undefined) out.write(`(${length})`);
    if (withoutOverlaps) out.write(" without overlaps");
    out.words(direction);
  },
  ForeignKey: (node, out) => {
    printConstraint(node.hasConstraint, node.constraint, out);
    out.write("foreign key ");
    if (node.ifNotExists) out.write("if not exists ");
    if (node.name !== undefined) out.write(`${quoteName(node.name)} `);
    out.optionalList("(", node.columns, ") ");
    out.node(node.references);
  },
  References: printReferences,
  Check: ({ hasConstraint, constraint, ifNotExists, expression, enforced }, out) => {
    if (hasConstraint && ifNotExists) out.write("constraint if not exists ");
    else printConstraint(hasConstraint, undefined, out);
    if (constraint !== undefined) out.write(`${quoteName(constraint)} `);
    out.optional("check (", expression, ")");
    if (enforced !== undefined) out.write(enforced ? " enforced" : " not enforced");
  },
  Period: ({ ifNotExists, name, start, end }, out) => {
    out.write(
      `period for ${ifNotExists ? "if not exists " : ""}${name === undefined ? "system_time" : quoteName(name)}`,
    );
    out.names(" ", [start, end]);
  },
  Option: printOption,
  Partitioning: printPartitioning,
  SubPartitioning: (node, out) => {
    out.write("subpartition by ");
    printMethod(node, out);
    if (node.subpartitions !== undefined) out.write(` subpartitions ${node.subpartitions}`);
  },
  PartitionDefinition: (node, out) => printPartition(node, out, "partition"),
  PartitionValues: ({ what, items }, out) => {
    const isBare = what === "CURRENT" || what === "HISTORY" || what === "DEFAULT";
    out.write(isBare ? what.toLowerCase() : `values ${what.toLowerCase()}`);
    if (items.length > 0) out.write(" ");
    if (items.length > 0) printPartitionItems(items, out);
  },
  DropTable: (node, out) => {
    out.write("drop");
    if (node.temporary) out.write(" temporary");
    out.write(" table ");
    if (node.ifExists) out.write("if exists ");
    out.list(node.tables);
    printWait(node.wait, out);
    out.words(node.behaviour);
  },
  RenameTables: ({ ifExists, pairs }, out) => out.optionalList(`rename table ${ifExists ? "if exists " : ""}`, pairs),
  RenamePair: ({ from, wait, to }, out) => {
    out.node(from);
    printWait(wait, out);
    out.optional(" to ", to);
  },
  TruncateTable: ({ table, wait }, out) => {
    out.optional("truncate table ", table);
    printWait(wait, out);
  },
  DropIndex: (node, out) => {
    out.write("drop");
    if (node.online) out.write(" online");
    out.write(" index ");
    if (node.ifExists) out.write("if exists ");
    out.name(node.name);
    out.optional(" on ", node.table);
    printWait(node.wait, out);
    printOptions(node.options, out);
  },
};
