/**
 * The table that LOAD DATA LOCAL fills: fields of a line become values of INSERT. As on a server, LOCAL without REPLACE is
 * IGNORE; of a line that is short the other columns are NULL where that is their default, else zero or empty; one that is
 * long loses its rest. With REPLACE both are errors, as under the servers' strict modes.
 */
import { ServerError, VtError } from "../../base/errors.ts";
import { plan, isPlannable } from "../../planner/plan.ts";
import type { Insert, LoadFile } from "../../sqlparser/ast/dml.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import { rewrite } from "../../sqlparser/rewrite.ts";
import { decodeSource } from "../../sqlparser/source.ts";
import { findAll } from "../../sqlparser/walk.ts";
import type { Column, ResultTrailer } from "../../sqltypes/result.ts";
import { nullValue, textValue } from "../../sqltypes/value.ts";
import type { InfileField, InfileRow } from "../infile-rows.ts";
import type { SessionState } from "../session-state.ts";
import { collect, oneCall } from "../collect-rows.ts";
import type { StatementRun } from "../statement-run.ts";
import { someKeyspace } from "./keyspace-of.ts";

/** Character sets whose text can be read byte by byte. */
const charsets: ReadonlySet<string> = new Set(["utf8mb4", "utf8mb3", "ascii", "latin1", "binary"]);

/** That of the statement, or of the database. */
export async function loadCharset({ charset }: LoadFile, run: StatementRun): Promise<string> {
  const named = charset ?? (await databaseCharset(run));
  const name = named.toLowerCase() === "utf8" ? "utf8mb3" : named.toLowerCase();
  if (!charsets.has(name)) throw VtError.of("VT12001", `LOAD DATA LOCAL of a file in ${name}`);
  return name;
}

async function databaseCharset(run: StatementRun): Promise<string> {
  const { gateway, session } = run;
  const keyspace = someKeyspace(run);
  const [shard = ""] = run.resolve(keyspace, { kind: "AnyShard" });
  const asker = gateway.innerSession(keyspace, session.caller);
  const { rows } = await collect(gateway, asker, oneCall(keyspace, shard, "select @@character_set_database"));
  return rows[0]?.[0]?.toString("latin1") ?? "utf8mb4";
}

const column = (name: string) => ({ kind: "Column", schema: undefined, table: undefined, name }) as const;
const nothing: Expression = { kind: "Literal", type: "string", text: "" };
const notNull = 1;

/** What a column has where its line ends before: a server clears the default's value, and not that it is NULL. */
function missing(name: string, columns: readonly Column[]): Expression {
  const found = columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) return { kind: "Null" };
  if ((found.flags & notNull) !== 0) return nothing;
  const usual: Expression = { kind: "Default", column: column(name) };
  const isNull: Expression = { kind: "Is", operand: usual, negated: false, test: "NULL" };
  return { kind: "Call", schema: undefined, name: "if", arguments: [isNull, { kind: "Null" }, nothing] };
}

export class InfileTable {
  readonly fieldCount: number;
  readonly #statement: LoadFile;
  readonly #charset: string;
  /** Each field's target: a column of the table, or a user variable (in small letters, with its @). */
  readonly #targets: readonly string[];
  /** Fields that are columns' values as they are. */
  readonly #plain: readonly number[];
  readonly #columns: Insert["columns"];
  /** What fields are that a line does not have. */
  readonly #missing: readonly Expression[];
  #lastRow: InfileRow | undefined;
  #records = 0;
  #affected = 0;
  #warnings = 0;
  #shortLines = 0;
  #longLines = 0;

  constructor(statement: LoadFile, tableColumns: readonly Column[], charset: string) {
    for (const { value } of statement.set)
      if (findAll(value, "Column").length > 0) throw VtError.of("VT12001", "LOAD DATA LOCAL with SET of other columns");
    this.#statement = statement;
    this.#charset = charset;
    const listed = statement.columns.map((one) =>
      one.kind === "UserVariable" ? `@${one.name.toLowerCase()}` : one.name,
    );
    this.#targets = statement.columns.length > 0 ? listed : tableColumns.map(({ name }) => name);
    this.#missing = this.#targets.map((target) => missing(target, tableColumns));
    this.fieldCount = this.#targets.length;
    const isSet = new Set(statement.set.map((one) => one.column.name.toLowerCase()));
    const isPlain = (target: string) => !target.startsWith("@") && !isSet.has(target.toLowerCase());
    this.#plain = this.#targets.flatMap((target, i) => (isPlain(target) ? [i] : []));
    const names = [...this.#plain.map((i) => this.#targets[i] ?? ""), ...statement.set.map((one) => one.column.name)];
    this.#columns = names.map(column);
  }

  async insert(rows: readonly InfileRow[], run: StatementRun): Promise<void> {
    const { table, partitions, duplicates, priority } = this.#statement;
    const insert: Insert = {
      kind: "Insert",
      action: duplicates === "REPLACE" ? "REPLACE" : "INSERT",
      comments: [],
      priority: priority === "LOW_PRIORITY" ? priority : undefined,
      ignore: duplicates !== "REPLACE",
      table,
      partitions,
      columns: this.#columns,
      rows: rows.map((row) => ({ kind: "RowValues", values: this.#values(row) })),
      query: undefined,
      rowAlias: undefined,
      onDuplicate: [],
      returning: [],
    };
    if (!isPlannable(insert)) throw VtError.of("VT13001", "an insert that cannot be planned");
    const { gateway, session } = run;
    const { keyspace, tabletType } = session.target;
    const source = { text: undefined, environment: gateway.environmentOf(session) };
    const trailer = await run.part(plan(insert, gateway.cluster.vschema(), { keyspace, tabletType }, source));
    this.#records += rows.length;
    this.#affected += trailer.affectedRows;
    this.#warnings += trailer.warnings;
    this.#lastRow = rows.at(-1);
  }

  #values(row: InfileRow): readonly Expression[] {
    const { fields, hasMore } = row;
    if (fields.length < this.fieldCount)
      this.#shortLines += this.#tolerated(1261, "doesn't contain data for all columns");
    if (hasMore)
      this.#longLines += this.#tolerated(1262, "was truncated; it contained more data than there were input columns");
    const plain = this.#plain.map((i) =>
      i < fields.length ? this.#literal(fields[i] ?? null) : (this.#missing[i] ?? nothing),
    );
    if (this.#statement.set.length === 0) return plain;
    const variables = new Map(this.#targets.map((target, i) => [target, this.#literal(fields[i] ?? null)]));
    const set = this.#statement.set.map(({ value }) =>
      rewrite(value, (node) =>
        node.kind === "UserVariable" ? (variables.get(`@${node.name.toLowerCase()}`) ?? node) : node,
      ),
    );
    return [...plain, ...set];
  }

  #tolerated(errno: number, what: string): 1 {
    if (this.#statement.duplicates === "REPLACE")
      throw new ServerError(errno, "01000", `Row ${this.#records + 1} ${what}`);
    return 1;
  }

  #literal(field: InfileField): Expression {
    if (field === null) return { kind: "Null" };
    if (this.#charset === "binary")
      return {
        kind: "Introduced",
        charset: "binary",
        literal: { kind: "Literal", type: "hexString", text: field.toString("hex") },
      };
    const text = decodeSource(field, this.#charset);
    if (!text.isWellFormed())
      throw new ServerError(1300, "HY000", `Invalid ${this.#charset} character string: '${field.toString("latin1")}'`);
    return { kind: "Literal", type: "string", text };
  }

  /** What the client is told; variables keep what the last line had. */
  trailer(session: SessionState): Partial<ResultTrailer> {
    const { duplicates } = this.#statement;
    for (const [i, target] of this.#targets.entries()) {
      if (!target.startsWith("@") || this.#lastRow === undefined) continue;
      const field = this.#lastRow.fields[i] ?? null;
      const value = field === null ? nullValue : textValue(decodeSource(field, this.#charset));
      session.variables.set(target.slice(1), value);
    }
    if (this.#shortLines > 0)
      session.warn({ level: "Warning", code: 1261, text: `${this.#shortLines} lines have no data for all columns` });
    if (this.#longLines > 0)
      session.warn({ level: "Warning", code: 1262, text: `${this.#longLines} lines have more data than columns` });
    const deleted = duplicates === "REPLACE" ? this.#affected - this.#records : 0;
    const skipped = duplicates === "REPLACE" ? 0 : this.#records - this.#affected;
    const warnings = this.#warnings + this.#shortLines + this.#longLines;
    return {
      affectedRows: this.#affected,
      warnings: Math.min(this.#warnings, 0xffff),
      lastInsertId: 0,
      info: `Records: ${this.#records}  Deleted: ${deleted}  Skipped: ${skipped}  Warnings: ${warnings}`,
    };
  }
}
