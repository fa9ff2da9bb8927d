/**
 * Rows that are dealt out to their shards: each is printed by itself. What decides where a row lives must be a value at
 * the gateway: expressions and queries are asked of the servers before, all in one SELECT, and stand as binds in the rows.
 */
import { VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import type { Insert as InsertPrimitive, InsertRow } from "../../engine/primitive.ts";
import type { ValueExpression } from "../../evalengine/value-expression.ts";
import type { Insert } from "../../sqlparser/ast/dml.ts";
import type { Column, Expression } from "../../sqlparser/ast/expression.ts";
import type { Query, RowValues, SelectItem } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import { print } from "../../sqlparser/printer.ts";
import { findAll, walk } from "../../sqlparser/walk.ts";
import { nullValue } from "../../sqltypes/value.ts";
import type { ColumnVindex, VTable } from "../../vschema/vschema.ts";
import type { Builder } from "../build/builder.ts";
import type { Plan } from "../plan.ts";
import { unsupported } from "../unsupported.ts";
import { around, checkAssignments, checkReplace, columnsOf, placeOf, sequenceOf } from "./insert-parts.ts";
import { lowerNames } from "./names.ts";
import type { Source } from "./route.ts";

export function planRows(
  statement: Insert,
  table: VTable,
  builder: Builder,
  source: Source,
  planQuery: (query: Query) => Plan,
): Plan {
  const columns = columnsOf(statement, table);
  for (const [i, row] of (statement.rows ?? []).entries())
    if (row.values.length !== columns.length) throw VtError.of("VT03006", i + 1);
  checkAssignments(statement, table, columns);
  checkReplace(statement, table);
  for (const part of [...statement.onDuplicate, ...statement.returning])
    if (hasQuery(part)) throw unsupported("a query in ON DUPLICATE KEY UPDATE or RETURNING over several shards");
  const maker = new RowMaker(statement, columns, table);
  const shaped = maker.shape();
  const asked = maker.asked.length === 0 ? undefined : planQuery(plainSelect(maker.asked, []));
  const { statement: lowered, sessionBinds } = lowerNames(shaped.statement, builder);
  const texts = (lowered.rows ?? []).map((row) => print(row, source.environment));
  const { head, tail } = around(lowered, source);
  const root: InsertPrimitive = {
    kind: "Insert",
    keyspace: table.keyspace,
    head,
    rows: shaped.rows.map((row, i) => ({ ...row, text: texts[i] ?? "" })),
    tail,
    place: placeOf(table),
    vindexes: maker.used.map(({ vindex }) => vindex),
    sequence: sequenceOf(table, builder),
    asked: asked === undefined ? undefined : { input: asked.root, binds: maker.asked.map(({ text }) => text) },
  };
  return { root, sessionBinds: [...sessionBinds, ...(asked?.sessionBinds ?? [])], rules: asked?.rules ?? new Set() };
}

class RowMaker {
  /** Vindexes that the rows have values for; the primary one first. */
  readonly used: readonly ColumnVindex[];
  readonly asked: SelectItem[] = [];
  readonly #statement: Insert;
  readonly #written: readonly string[];
  /** With the column of the sequence. */
  readonly #columns: readonly string[];
  readonly #table: VTable;

  constructor(statement: Insert, columns: readonly string[], table: VTable) {
    const { autoIncrement, columnVindexes } = table;
    this.#statement = statement;
    this.#written = columns;
    this.#table = table;
    const auto = autoIncrement?.column;
    this.#columns = auto === undefined || columns.includes(auto) ? columns : [...columns, auto];
    const isKnown = (column: string) => this.#columns.includes(column) || this.#default(column) !== undefined;
    for (const column of columnVindexes[0]?.columns ?? []) if (!isKnown(column)) throw VtError.of("VT09003", column);
    this.used = columnVindexes.filter((vindex) => vindex.columns.every(isKnown));
  }

  /** The statement with a row for each of its rows, and where each row goes. */
  shape(): { readonly statement: Insert; readonly rows: readonly InsertRow[] } {
    const auto = this.#table.autoIncrement?.column;
    const shaped: RowValues[] = [];
    const rows = (this.#statement.rows ?? []).map((row, i): InsertRow => {
      const bind = `__seq${i}`;
      const at = auto === undefined ? -1 : this.#written.indexOf(auto);
      const given = auto === undefined || at < 0 ? undefined : this.#sequenceValue(row.values[at]);
      const values = this.#columns.map(
        (name, c): Expression => (name === auto ? { kind: "Bind", name: bind } : this.#value(row.values[c], name)),
      );
      shaped.push({ kind: "RowValues", values });
      const keyOf = (name: string): ValueExpression =>
        name === auto ? { kind: "Bind", name: bind } : this.#key(values[this.#columns.indexOf(name)], name);
      return {
        text: "",
        keys: this.used.map(({ columns }) => columns.map(keyOf)),
        generated: auto === undefined ? undefined : { bind, given },
      };
    });
    const columns = this.#columns.map((name) => this.#original(name));
    return { statement: { ...this.#statement, columns, rows: shaped }, rows };
  }

  #original(name: string): Column {
    const written = this.#statement.columns?.find((column) => column.name.toLowerCase() === name);
    return written ?? { kind: "Column", schema: undefined, table: undefined, name };
  }

  /** As the row has it: with a bind in the place of what must be asked before. */
  #value(expression: Expression | undefined, name: string): Expression {
    if (expression === undefined) return { kind: "Null" };
    const isKey = this.used.some(({ columns }) => columns.includes(name));
    const isPlain = expression.kind === "Default" || compileValue(expression) !== undefined;
    if (isPlain || !(isKey || hasQuery(expression))) return expression;
    return this.#ask(expression, name);
  }

  #ask(expression: Expression, name: string): Expression {
    if (namesRow(expression)) throw unsupported(`another column in the value of ${name}, which must be known before`);
    // Its server would refuse (1093) to read the very table.
    if (findAll(expression, "Table").some((table) => table.name.name === this.#statement.table.name))
      throw unsupported(`a query of ${this.#table.name} in the values of its own INSERT`);
    const bind = `__asked${this.asked.length}`;
    this.asked.push({ kind: "SelectItem", expression, alias: bind, text: bind });
    return { kind: "Bind", name: bind };
  }

  #key(expression: Expression | undefined, name: string): ValueExpression {
    const isDefault = expression === undefined || expression.kind === "Default";
    const value = isDefault ? this.#default(name) : compileValue(expression);
    if (value === undefined) throw unsupported(`DEFAULT as the value of the vindex column ${name}`);
    return value;
  }

  /** What the server puts into a column that is not given, if that is a value that the gateway knows. */
  #default(name: string): ValueExpression | undefined {
    const found = this.#table.columns.find((column) => column.name === name)?.default;
    if (found === undefined || typeof found === "string" || found.bytes === undefined) return undefined;
    return { kind: "Constant", value: found };
  }

  /** DEFAULT asks for a value of the sequence, as NULL does. */
  #sequenceValue(expression: Expression | undefined): ValueExpression {
    if (expression === undefined || expression.kind === "Default") return { kind: "Constant", value: nullValue };
    const plain = compileValue(expression) ?? compileValue(this.#ask(expression, "the sequence's column"));
    return plain ?? { kind: "Constant", value: nullValue };
  }
}

function hasQuery(expression: Parameters<typeof walk>[0]): boolean {
  let found = false;
  walk(expression, (node) => {
    if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") found = true;
    return !found;
  });
  return found;
}

/** Names a column that is none of a query's inside. */
function namesRow(expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    if (node.kind === "Column" || node.kind === "Default") found = true;
    return !found && node.kind !== "Subquery" && node.kind !== "Exists";
  });
  return found;
}
