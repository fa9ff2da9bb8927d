/** Printers of ALTER TABLE and its actions. */
import type { AddElements, AlterAction, AlterTable, ChangeColumn, PartitionAction } from "../ast/alter.ts";
import type { Printer, Printers } from "../printer.ts";
import { quoteName } from "../quote.ts";
import { printDefault, printOptions, printWait } from "./table.ts";

function printAlterTable(node: AlterTable, out: Printer): void {
  out.write("alter");
  if (node.online) out.write(" online");
  if (node.ignore) out.write(" ignore");
  out.write(" table ");
  if (node.ifExists) out.write("if exists ");
  out.node(node.table);
  printWait(node.wait, out);
  for (const [i, action] of node.actions.entries()) {
    // These stand behind the others without a comma.
    const isLast =
      action.kind === "RepartitionBy" || (action.kind === "AlterSwitch" && action.what === "REMOVE PARTITIONING");
    if (i > 0 && !isLast) out.write(",");
    out.write(" ");
    out.node(action);
  }
}

function printPlace(place: string | undefined, out: Printer): void {
  if (place === undefined) return;
  if (place === "") out.write(" first");
  else out.optionalName(" after ", place);
}

function printAdd(node: AddElements, out: Printer): void {
  out.write("add ");
  const [first] = node.elements;
  const isColumn = first?.kind === "ColumnDefinition" || node.inParentheses;
  if (isColumn) out.write("column ");
  if (isColumn && node.ifNotExists) out.write("if not exists ");
  if (node.inParentheses) out.write("(");
  out.list(node.elements);
  if (node.inParentheses) out.write(")");
  printPlace(node.place, out);
}

function printChange(node: ChangeColumn, out: Printer): void {
  out.write(node.from === undefined ? "modify column " : "change column ");
  if (node.ifExists) out.write("if exists ");
  if (node.from !== undefined) out.write(`${quoteName(node.from)} `);
  out.node(node.column);
  printPlace(node.place, out);
}

function printPartitionAction(node: PartitionAction, out: Printer): void {
  const [first, ...rest] = node.words;
  const isLocal = first === "NO_WRITE_TO_BINLOG";
  out.write(`${node.action.toLowerCase()} partition`);
  if (isLocal) out.write(" no_write_to_binlog");
  if (node.ifExists) out.write(" if exists");
  if (node.count !== undefined) out.write(` ${node.count}`);
  else out.write(node.names.length === 0 ? " all" : ` ${node.names.map(quoteName).join(", ")}`);
  for (const word of isLocal ? rest : node.words) out.words(word);
}

function printValidation(validation: boolean | undefined, out: Printer): void {
  if (validation !== undefined) out.write(validation ? " with validation" : " without validation");
}

export const alterPrinters: Printers<AlterTable | AlterAction> = {
  AlterTable: printAlterTable,
  AddElements: printAdd,
  ChangeColumn: printChange,
  DropElement: ({ what, ifExists, name }, out) => {
    out.write(`drop ${what === "PERIOD" ? "period for" : what.toLowerCase()}`);
    if (ifExists) out.write(" if exists");
    out.optionalName(" ", name);
    if (what === "PERIOD" && name === undefined) out.write(" system_time");
  },
  AlterColumn: ({ ifExists, name, action, default: value, defaultInParentheses }, out) => {
    out.write(`alter column ${ifExists ? "if exists " : ""}${quoteName(name)}`);
    if (action !== "SET DEFAULT") out.words(action);
    else out.write(" set");
    printDefault(value, defaultInParentheses, out);
  },
  AlterElement: ({ what, ifExists, name, state }, out) => {
    out.write(`alter ${what.toLowerCase()} ${ifExists ? "if exists " : ""}${quoteName(name)}`);
    out.words(state);
  },
  RenameElement: ({ what, ifExists, from, to }, out) => {
    out.write(`rename ${what.toLowerCase()} ${ifExists ? "if exists " : ""}${quoteName(from)} to ${quoteName(to)}`);
  },
  RenameTo: ({ table }, out) => out.optional("rename to ", table),
  SetOptions: ({ options }, out) => {
    const [first, ...rest] = options;
    out.optional("", first);
    printOptions(rest, out);
  },
  ConvertCharset: ({ charset, collation }, out) => {
    out.write(
      `convert to character set ${charset === undefined ? "default" : charset === "binary" ? charset : quoteName(charset)}`,
    );
    if (collation !== undefined) out.write(` collate ${collation === "binary" ? collation : quoteName(collation)}`);
  },
  OrderRows: ({ items }, out) => out.optionalList("order by ", items),
  AlterSwitch: ({ what }, out) => out.write(what.toLowerCase()),
  SecondaryLoad: ({ unload, partitions, guided }, out) => {
    out.write(unload ? "secondary_unload" : "secondary_load");
    out.names(" partition ", partitions);
    if (guided !== undefined) out.write(guided ? " guided on" : " guided off");
  },
  AddPartitions: ({ ifNotExists, definitions, count }, out) => {
    out.write(`add partition${ifNotExists ? " if not exists" : ""}`);
    if (count !== undefined) out.write(` partitions ${count}`);
    out.optionalList(" (", definitions, ")");
  },
  PartitionAction: printPartitionAction,
  ReorganizePartitions: ({ names, into }, out) => {
    out.write(`reorganize partition${names.length === 0 ? "" : ` ${names.map(quoteName).join(", ")} into`}`);
    out.optionalList(" (", into, ")");
  },
  ExchangePartition: ({ partition, table, validation }, out) => {
    out.write(`exchange partition ${quoteName(partition)} with table `);
    out.node(table);
    printValidation(validation, out);
  },
  ConvertPartition: ({ partition, table, definition, validation }, out) => {
    out.write(partition === undefined ? "convert table " : `convert partition ${quoteName(partition)} to table `);
    out.node(table);
    out.optional(" to ", definition);
    printValidation(validation, out);
  },
  RepartitionBy: ({ partitioning }, out) => out.node(partitioning),
};
