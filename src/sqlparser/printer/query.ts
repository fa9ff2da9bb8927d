/** Printers of queries and of what stands in FROM. */
import type { Join, Query, QueryPart, QueryTail, Select, SetOperation, TableExpression } from "../ast/query.ts";
import type { Printer, Printers } from "../printer.ts";
import { quoteName } from "../quote.ts";
import { powers } from "../token.ts";

function printWith(out: Printer, tail: QueryTail): void {
  out.optional("", tail.with, " ");
}

/** ORDER BY, LIMIT, INTO and locks; MySQL wants INTO last, MariaDB before the locks. */
function printTail(out: Printer, tail: QueryTail): void {
  out.optionalList(" order by ", tail.orderBy);
  out.optional(" ", tail.limit);
  if (out.rules.mariadb) out.optional(" ", tail.into);
  for (const lock of tail.locks) out.optional(" ", lock);
  if (!out.rules.mariadb) out.optional(" ", tail.into);
}

function printSelect(node: Select, out: Printer): void {
  printWith(out, node);
  out.write("select");
  out.comments(node.comments);
  if (node.distinct) out.write(" distinct");
  for (const modifier of node.modifiers) out.words(modifier);
  out.write(" ");
  out.list(node.items);
  out.optionalList(" from ", node.from);
  out.optional(" where ", node.where);
  out.optional(" group by ", node.groupBy);
  out.optional(" having ", node.having);
  out.optionalList(" window ", node.windows);
  out.optional(" qualify ", node.qualify);
  out.optionalList(" order by ", node.orderBy);
  out.optional(" ", node.limit);
  out.optional(" procedure ", node.procedure);
  printTail(out, { ...node, orderBy: [], limit: undefined });
}

const hasTail = (query: QueryTail) =>
  query.with !== undefined ||
  query.orderBy.length > 0 ||
  query.limit !== undefined ||
  query.into !== undefined ||
  query.locks.length > 0;

function printSetOperation(node: SetOperation, out: Printer): void {
  printWith(out, node);
  const { left, right, operator } = node;
  const sameLevel = (query: SetOperation) => (query.operator === "INTERSECT") === (operator === "INTERSECT");
  const leftIsPlain = left.kind === "SetOperation" ? sameLevel(left) && !hasTail(left) : !hasTail(left);
  printOperand(out, left, leftIsPlain);
  out.words(operator);
  if (node.all) out.write(" all");
  out.write(" ");
  printOperand(out, right, right.kind !== "SetOperation" && !hasTail(right));
  printTail(out, node);
}

function printOperand(out: Printer, query: Query, isPlain: boolean): void {
  if (isPlain) return out.node(query);
  out.write("(");
  out.node(query);
  out.write(")");
}

function printJoin(node: Join, out: Printer): void {
  out.node(node.left);
  if (node.natural) out.write(" natural");
  if (node.type === "STRAIGHT") out.write(" straight_join ");
  else if (node.type === "INNER") out.write(" join ");
  else out.write(` ${node.type.toLowerCase()} join `);
  printJoined(out, node.right);
  out.optional(" on ", node.on);
  out.names(" using ", node.using);
}

/** The right side of a join: a join there stands in parentheses. */
function printJoined(out: Printer, table: TableExpression): void {
  if (table.kind !== "Join") return out.node(table);
  out.write("(");
  out.node(table);
  out.write(")");
}

export const queryPrinters: Printers<Query | QueryPart> = {
  Select: printSelect,
  SetOperation: printSetOperation,
  ValuesQuery: (node, out) => {
    printWith(out, node);
    out.write("values ");
    for (const [i, row] of node.rows.entries()) {
      if (i > 0) out.write(", ");
      if (!out.rules.mariadb) out.write("row");
      out.node(row);
    }
    printTail(out, node);
  },
  TableQuery: (node, out) => {
    printWith(out, node);
    out.optional("table ", node.table);
    printTail(out, node);
  },
  Wrapped: (node, out) => {
    printWith(out, node);
    out.optional("(", node.query, ")");
    printTail(out, node);
  },
  SelectItem: ({ expression, alias }, out) => {
    out.node(expression);
    out.optionalName(" as ", alias);
  },
  NextValues: ({ count }, out) => out.optional("next ", count, " values"),
  GroupBy: ({ items, modifier, sets }, out) => {
    if (modifier === "GROUPING SETS") return out.optionalList("grouping sets (", sets, ")");
    if (modifier === "ROLLUP" || modifier === "CUBE") return out.optionalList(`${modifier.toLowerCase()}(`, items, ")");
    out.list(items);
    out.words(modifier);
  },
  GroupingSet: ({ items }, out) => {
    out.write("(");
    out.list(items);
    out.write(")");
  },
  NamedWindow: ({ name, window }, out) => {
    out.name(name);
    out.write(" as ");
    out.node(window);
  },
  RowValues: ({ values }, out) => {
    out.write("(");
    out.list(values);
    out.write(")");
  },
  With: ({ recursive, tables }, out) => {
    out.write(recursive ? "with recursive " : "with ");
    out.list(tables);
  },
  CommonTable: ({ name, columns, query, cycle }, out) => {
    out.name(name);
    out.names("", columns);
    out.optional(" as (", query, ")");
    if (cycle.length > 0) out.write(` cycle ${cycle.map(quoteName).join(", ")} restrict`);
  },
  Into: (node, out) => {
    out.write("into ");
    if (node.target === "VARIABLES") return out.list(node.variables);
    out.optionalString(`${node.target.toLowerCase()} `, node.file);
    if (node.charset !== undefined) out.write(` character set ${node.charset}`);
    out.optional("", node.format);
  },
  LocalVariable: ({ name }, out) => out.name(name),
  FileFormat: (node, out) => {
    if (node.fieldsTerminatedBy !== undefined || node.enclosedBy !== undefined || node.escapedBy !== undefined)
      out.write(" fields");
    out.optional(" terminated by ", node.fieldsTerminatedBy);
    out.optional(node.optionallyEnclosed ? " optionally enclosed by " : " enclosed by ", node.enclosedBy);
    out.optional(" escaped by ", node.escapedBy);
    if (node.linesStartingBy !== undefined || node.linesTerminatedBy !== undefined) out.write(" lines");
    out.optional(" starting by ", node.linesStartingBy);
    out.optional(" terminated by ", node.linesTerminatedBy);
  },
  Lock: ({ strength, tables, wait, waitSeconds }, out) => {
    out.write(strength.toLowerCase());
    out.optionalList(" of ", tables);
    out.words(wait);
    out.optional(" ", waitSeconds);
  },
  TableName: ({ schema, name }, out) => {
    if (schema !== undefined) out.write(`${quoteName(schema)}.`);
    out.name(name);
  },
  Table: (node, out) => {
    out.node(node.name);
    out.names(" partition ", node.partitions);
    out.optional(" ", node.systemTime);
    out.optionalName(" as ", node.alias);
    out.optional(" ", node.sample);
    for (const hint of node.hints) out.node(hint);
  },
  SystemTime: ({ range, unit, from, to }, out) => {
    out.write(`for system_time ${range.toLowerCase()}`);
    out.words(unit);
    out.optional(" ", from);
    out.optional(range === "BETWEEN" ? " and " : " to ", to);
  },
  TableSample: ({ method, percentage }, out) => out.optional(`tablesample ${method.toLowerCase()} (`, percentage, ")"),
  IndexHint: ({ action, what, for: scope, indexes }, out) => {
    out.write(` ${action.toLowerCase()} ${what.toLowerCase()}`);
    if (scope !== undefined) out.write(` for ${scope.toLowerCase()}`);
    out.write(` (${indexes.map((name) => (name === "PRIMARY" ? "primary" : quoteName(name))).join(", ")})`);
  },
  Derived: ({ lateral, query, alias, columns }, out) => {
    out.optional(lateral ? "lateral (" : "(", query, ")");
    out.optionalName(" as ", alias);
    out.names("", columns);
  },
  Join: printJoin,
  TableGroup: ({ tables }, out) => {
    out.write("(");
    out.list(tables);
    out.write(")");
  },
  JsonTable: ({ document, path, columns, alias }, out) => {
    out.write("json_table(");
    out.node(document);
    out.write(", ");
    out.operand(path, powers.concat);
    out.optionalList(" columns (", columns, "))");
    out.optionalName(" as ", alias);
  },
  JsonOrdinality: ({ name }, out) => {
    out.name(name);
    out.write(" for ordinality");
  },
  JsonPathColumn: ({ name, type, exists, path, onEmpty, onError }, out) => {
    out.name(name);
    out.optional(" ", type);
    out.write(exists ? " exists path " : " path ");
    out.operand(path, powers.concat);
    out.optional(" ", onEmpty, " on empty");
    out.optional(" ", onError, " on error");
  },
  JsonNested: ({ path, columns }, out) => {
    out.write("nested path ");
    out.operand(path, powers.concat);
    out.optionalList(" columns (", columns, ")");
  },
};
