/**
 * UPDATE and DELETE that shards cannot do by themselves (ORDER BY with LIMIT, joins, queries in conditions): a SELECT … FOR
 * UPDATE reads the keys of the rows, and with them what is assigned from other tables; then each table's rows are changed
 * by their keys. The write is the statement itself with another condition, so that everything else means what it meant.
 */
import type { KeyedPlace, KeyedSlot, KeyedWrite } from "../../engine/primitive.ts";
import type { VtError } from "../../base/errors.ts";
import type { Node } from "../../sqlparser/ast.ts";
import type { Assignment, Delete, Update } from "../../sqlparser/ast/dml.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Lock, Query, Select, SelectItem, TableName } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import { print } from "../../sqlparser/printer.ts";
import { rewrite, rewriteChildren } from "../../sqlparser/rewrite.ts";
import { findAll, walk } from "../../sqlparser/walk.ts";
import type { VTable } from "../../vschema/vschema.ts";
import { type Change, type ChangedTable, isCopied } from "../build/change.ts";
import type { Builder } from "../build/builder.ts";
import { lowerNames } from "../lower/names.ts";
import type { Source } from "../lower/route.ts";
import type { SessionBind } from "../lower/session-names.ts";
import type { Plan } from "../plan.ts";
import { unsupported } from "../unsupported.ts";
import { rowKeys } from "./row-keys.ts";

const forUpdate: Lock = { kind: "Lock", strength: "FOR UPDATE", tables: [], wait: undefined, waitSeconds: undefined };

export function planKeyedChange(
  change: Change,
  builder: Builder,
  source: Source,
  planQuery: (query: Query) => Plan,
  failure: () => VtError,
): Plan {
  const { statement, targets } = change;
  if (targets.length === 0) throw failure();
  refuseOddities(change, source);
  const items: SelectItem[] = [];
  const mark = freshMark(statement, source);
  const parts = targets.map((target) => new TablePart(target, change, items, mark));
  const query: Select = {
    ...plainSelect(items, statement.from),
    with: statement.with,
    where: statement.where,
    orderBy: statement.orderBy,
    limit: statement.limit,
    locks: [forUpdate],
  };
  const { root, sessionBinds, rules } = planQuery(withSharedLocks(query));
  const binds: SessionBind[] = [...sessionBinds];
  const writes = parts.map((part) => part.write(builder, source, binds));
  return {
    root: { kind: "KeyedChange", input: root, writes },
    sessionBinds: binds,
    rules: new Set([...rules, "keys-first"]),
  };
}

/** What queries inside read must stay as it is until the change is done. */
function withSharedLocks(query: Select): Select {
  const lock: Lock = { ...forUpdate, strength: "LOCK IN SHARE MODE" };
  return rewriteChildren(query, (child) =>
    rewrite(child, (node) => (node.kind === "Select" && node.locks.length === 0 ? { ...node, locks: [lock] } : node)),
  );
}

function refuseOddities({ statement, targets, scope }: Change, { environment }: Source): void {
  const verb = statement.kind.toUpperCase();
  const where = `${verb} over several shards`;
  if (statement.portion !== undefined) throw unsupported(`FOR PORTION OF in ${where}`);
  if (statement.kind === "Delete" && statement.history) throw unsupported(`DELETE HISTORY over several shards`);
  if (statement.returning.length > 0 && statement.orderBy.length > 0)
    throw unsupported(`ORDER BY with RETURNING in ${where}`);
  for (const { expression } of statement.orderBy)
    if (expression.kind === "Literal") throw unsupported(`ORDER BY a literal in ${where}`);
  // A server of this flavour would refuse (1093); rows that are read before any is changed would not show it.
  if (environment.flavour === "mysql")
    for (const { table } of targets)
      if (readsItself(statement, table.name)) throw unsupported(`${verb} of ${table.name} by a query of ${table.name}`);
  if (targets.length > 1) refuseCrossing(targets, scope);
}

/** A query in an expression names the table; one in FROM is read before. */
function readsItself(statement: Node, name: string): boolean {
  return ["Subquery", "Exists", "Quantified"].some((kind) =>
    findAll(statement, kind as "Subquery").some(({ query }) => {
      let found = false;
      walk(query, (node) => {
        if (node.kind === "Table" && node.name.name === name) found = true;
        return node.kind !== "Derived" && !found;
      });
      return found;
    }),
  );
}

/** Which of several tables changes first is up to the server: nothing assigned may depend on it. */
function refuseCrossing(targets: readonly ChangedTable[], scope: Change["scope"]): void {
  const assigned = new Set(
    targets.flatMap(({ source, assignments }) =>
      assignments.map(({ column }) => `${source.id}.${column.name.toLowerCase()}`),
    ),
  );
  for (const { assignments } of targets)
    for (const { value } of assignments)
      for (const column of findAll(value, "Column")) {
        const found = scope.resolve(column);
        if (found === undefined || assigned.has(`${found.source}.${found.column}`))
          throw unsupported(`UPDATE of several tables by ${column.name}, which it changes itself`);
      }
}

/** A name that the statement has nowhere, not even in a string: what stands in the place of keys and values. */
function freshMark(statement: Node, { environment }: Source): string {
  const text = print(statement, environment);
  let mark = "__keyed";
  while (text.includes(mark)) mark += "_";
  return mark;
}

const column = (table: string, name: string): Expression => ({ kind: "Column", schema: undefined, table, name });
const bind = (name: string): Expression => ({ kind: "Bind", name });

/** One table's part: its columns in the query, and the statement that changes its rows. */
class TablePart {
  readonly #target: ChangedTable;
  readonly #change: Change;
  readonly #mark: string;
  readonly #keys: readonly string[];
  /** Where the query has a column. */
  readonly #columns = new Map<string, number>();
  /** The assignments, with marks in the place of what the query works out. */
  readonly #assignments: readonly Assignment[];
  #isRowByRow = false;

  constructor(target: ChangedTable, change: Change, items: SelectItem[], mark: string) {
    const { statement } = change;
    this.#mark = mark;
    this.#target = target;
    this.#change = change;
    this.#keys = rowKeys(target.table, `${statement.kind.toUpperCase()} by keys over several shards`);
    const add = (expression: Expression, alias: string) =>
      items.push({ kind: "SelectItem", expression, alias, text: alias }) - 1;
    for (const key of this.#keys)
      this.#columns.set(key, add(column(target.source.name, key), `__t${target.source.id}_${key}`));
    const before = new Set<string>();
    this.#assignments = target.assignments.map((assignment) => {
      const { value } = assignment;
      const isOwn = this.#isOwn(value);
      if (!isOwn) this.#refuseChanged(value, before);
      before.add(assignment.column.name.toLowerCase());
      if (isOwn) return assignment;
      return { ...assignment, value: bind(`${mark}${add(value, `__v${items.length}`)}`) };
    });
    const isMixed = this.#assignments.some(({ value }, i) => value !== target.assignments[i]?.value);
    this.#isRowByRow = isMixed && this.#keys.some((key) => before.has(key));
    if (isMixed && statement.returning.length > 0) throw unsupported("RETURNING of an UPDATE from other tables");
  }

  /** Whether the table's own server can work it out, row by row. */
  #isOwn(value: Expression): boolean {
    let isOwn = true;
    walk(value, (node) => {
      if (node.kind === "Subquery" || node.kind === "Exists" || node.kind === "Quantified") isOwn = false;
      if (node.kind === "Column" && this.#sourceOf(node) !== this.#target.source.id) isOwn = false;
      return isOwn;
    });
    return isOwn;
  }

  #sourceOf(node: Extract<Node, { kind: "Column" }>): number | undefined {
    const { scope } = this.#change;
    return scope.sources.length === 1 ? scope.sources[0]?.id : scope.resolve(node)?.source;
  }

  /** Assignments are made from left to right: what one has changed, the query still sees as it was. */
  #refuseChanged(value: Expression, before: ReadonlySet<string>): void {
    for (const { name } of findAll(value, "Column"))
      if (before.has(name.toLowerCase()))
        throw unsupported(`UPDATE by ${name}, which an assignment before changes, and by other tables`);
  }

  write(builder: Builder, source: Source, binds: SessionBind[]): KeyedWrite {
    const { table } = this.#target;
    const lowered = lowerNames(this.#statement(builder), builder);
    binds.push(...lowered.sessionBinds);
    const text = print(lowered.statement, source.environment);
    const pieces: string[] = [];
    const slots: KeyedSlot[] = [];
    for (const [i, part] of text.split(new RegExp(`:${this.#mark}(\\d*)`)).entries())
      if (i % 2 === 0) pieces.push(part);
      else slots.push(part === "" ? { kind: "keys" } : { kind: "value", column: Number(part) });
    return {
      verb: this.#change.statement.kind === "Update" ? "UPDATE" : "DELETE",
      keyspace: table.keyspace,
      pieces,
      slots,
      keys: this.#keys.map((key) => ({
        sql: print(lowerNames(this.#named(key), builder).statement, source.environment),
        column: this.#columns.get(key) ?? 0,
      })),
      place: placeOf(table, this.#columns),
      effect: isCopied(table) ? "write-copies" : "write",
      isRowByRow: this.#isRowByRow,
    };
  }

  #named(key: string): Expression {
    return column(this.#target.source.name, key);
  }

  #statement({ tables }: Builder): Update | Delete {
    const { statement } = this.#change;
    const { node } = this.#target;
    const only = { with: undefined, limit: undefined, where: bind(this.#mark) } as const;
    const from = [{ ...node, hints: [] }];
    if (statement.kind === "Update") return { ...statement, ...only, from, set: this.#assignments };
    // Not every server knows an alias in the form without targets.
    const isRenamed = tables.get(node.name)?.name !== node.name.name;
    const isAliased = isRenamed || (node.alias !== undefined && statement.targets.length > 0);
    const name: TableName = { kind: "TableName", schema: undefined, name: this.#target.source.name };
    return { ...statement, ...only, from, ...(isAliased ? { targets: [name], orderBy: [] } : { targets: [] }) };
  }
}

function placeOf({ isSharded, pinned, columnVindexes }: VTable, columns: ReadonlyMap<string, number>): KeyedPlace {
  if (pinned !== undefined) return { kind: "Pinned", id: pinned };
  const [primary] = columnVindexes;
  if (!isSharded || primary === undefined || primary.columns.length < primary.vindex.columnCount)
    return { kind: "AllShards" };
  return {
    kind: "Vindex",
    vindex: primary.vindex,
    columns: primary.columns.map((name) => columns.get(name) ?? 0),
  };
}
