/** Printers of statements that change rows, read files, and call procedures. */
import type { Delete, DmlPart, DmlStatement, Insert, LoadFile, Update } from "../ast/dml.ts";
import type { Query } from "../ast/query.ts";
import type { Printer, Printers } from "../printer.ts";

function printInsert(node: Insert, out: Printer): void {
  out.write(node.action.toLowerCase());
  out.comments(node.comments);
  out.words(node.priority);
  if (node.ignore) out.write(" ignore");
  out.write(" into ");
  out.node(node.table);
  out.names(" partition ", node.partitions);
  if (node.columns !== undefined) {
    out.write("(");
    out.list(node.columns);
    out.write(")");
  }
  if (node.rows !== undefined) {
    out.write(" values ");
    out.list(node.rows);
  }
  printInserted(node.query, out);
  out.optional(" as ", node.rowAlias);
  out.optionalList(" on duplicate key update ", node.onDuplicate);
  out.optionalList(" returning ", node.returning);
}

/** A query that begins with VALUES would be taken for the rows themselves. */
function printInserted(query: Query | undefined, out: Printer): void {
  let first = query;
  while (first?.kind === "SetOperation") first = first.left;
  if (first?.kind === "ValuesQuery") out.optional(" (", query, ")");
  else out.optional(" ", query);
}

function printUpdate(node: Update, out: Printer): void {
  out.optional("", node.with, " ");
  out.write("update");
  out.comments(node.comments);
  out.words(node.priority);
  if (node.ignore) out.write(" ignore");
  out.optionalList(" ", node.from);
  out.optional(" ", node.portion);
  out.optionalList(" set ", node.set);
  out.optional(" where ", node.where);
  out.optionalList(" order by ", node.orderBy);
  out.optional(" ", node.limit);
  out.optionalList(" returning ", node.returning);
}

function printDelete(node: Delete, out: Printer): void {
  out.optional("", node.with, " ");
  out.write("delete");
  out.comments(node.comments);
  out.words(node.priority);
  if (node.quick) out.write(" quick");
  if (node.ignore) out.write(" ignore");
  if (node.history) out.write(" history");
  out.optionalList(" ", node.targets);
  out.write(" from ");
  const [table] = node.from;
  if (node.targets.length === 0 && table?.kind === "Table" && node.portion !== undefined) {
    // The alias stands behind the portion.
    out.node({ ...table, alias: undefined });
    out.optional(" ", node.portion);
    out.optionalName(" as ", table.alias);
  } else if (node.targets.length === 0 && table?.kind === "Table" && !out.rules.mariadb && table.alias !== undefined) {
    out.node({ ...table, partitions: [] });
    out.names(" partition ", table.partitions);
  } else out.list(node.from);
  if (node.before !== undefined) {
    out.write(" before system_time");
    out.words(node.beforeUnit);
    out.optional(" ", node.before);
  }
  out.optional(" where ", node.where);
  out.optionalList(" order by ", node.orderBy);
  out.optional(" ", node.limit);
  out.optionalList(" returning ", node.returning);
}

function printLoadFile(node: LoadFile, out: Printer): void {
  out.write("load");
  out.words(node.format);
  out.words(node.priority);
  if (node.local) out.write(" local");
  out.optionalString(" infile ", node.file);
  out.words(node.duplicates);
  out.optional(" into table ", node.table);
  out.names(" partition ", node.partitions);
  if (node.charset !== undefined) out.write(` character set ${node.charset}`);
  out.optionalString(" rows identified by ", node.rowsIdentifiedBy);
  out.optional("", node.fileFormat);
  if (node.ignoreCount !== undefined) out.write(` ignore ${node.ignoreCount} lines`);
  out.optionalList(" (", node.columns, ")");
  out.optionalList(" set ", node.set);
}

export const dmlPrinters: Printers<DmlStatement | DmlPart> = {
  Insert: printInsert,
  RowAlias: ({ name, columns }, out) => {
    out.name(name);
    out.names(" ", columns);
  },
  Assignment: ({ column, value }, out) => {
    out.node(column);
    out.write(" = ");
    out.node(value);
  },
  Update: printUpdate,
  Portion: ({ period, from, to }, out) => {
    out.write("for portion of ");
    out.name(period);
    out.optional(" from ", from);
    out.optional(" to ", to);
  },
  Delete: printDelete,
  LoadFile: printLoadFile,
  Handler: (node, out) => {
    out.optional("handler ", node.table);
    out.words(node.action);
    out.optionalName(" as ", node.alias);
    if (node.index === "PRIMARY") out.write(" `PRIMARY`");
    else out.optionalName(" ", node.index);
    out.words(node.read);
    out.optional(" ", node.values);
    out.optional(" where ", node.where);
    out.optional(" ", node.limit);
  },
  CallProcedure: ({ name, arguments: given }, out) => {
    out.optional("call ", name);
    out.write("(");
    out.list(given);
    out.write(")");
  },
  Do: ({ expressions }, out) => out.optionalList("do ", expressions),
};
