/** A table's rows for the finishing server: all that its own conditions leave, from the shards that can have them. */
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Lock, Select, SelectItem, Table, TableExpression } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import type { KeyedRoute } from "../../engine/primitive.ts";
import type { Routing } from "../../engine/routing.ts";
import { print } from "../../sqlparser/printer.ts";
import type { VTable } from "../../vschema/vschema.ts";
import { lowerNames } from "../lower/names.ts";
import { type LoweredRoute, lowerRoute } from "../lower/route.ts";
import type { Block, ColumnRef, Fact, Source } from "../operator.ts";
import { applyRules } from "../rules.ts";
import { conjuncts } from "../semantics/conjuncts.ts";
import { unsupported } from "../unsupported.ts";
import { effectOf, type Gathering, withoutRows } from "./gathering.ts";

export function gatherTable(node: Table, gathering: Gathering): TableExpression {
  const { builder, home, rules } = gathering;
  const operator = builder.named.get(node);
  if (operator?.kind !== "Source" || operator.table === "recursive") return node;
  const { table, keyspace } = operator;
  if (table === "system") throw unsupported("system tables in a statement over several shards");
  if (table.type === "sequence") throw unsupported("a sequence in a statement over several shards");
  if (keyspace === undefined) throw unsupported(`the table ${table.name} in a statement over several shards`);
  if (table.isSharded && table.type === "reference" && keyspace.name === home) return node;

  const block = blockOf(operator.id, gathering);
  const local = block?.local.filter(({ source }) => source === operator.id).map(({ condition }) => condition) ?? [];
  const columns = columnsOf(table, gathering);
  const select: Select = {
    ...plainSelect(columns ?? [{ kind: "Star", schema: undefined, table: undefined }], [node]),
    where: local.length > 1 ? { kind: "And", operands: local } : local[0],
    locks: locksOf(operator, block),
  };
  const facts = factsOf(operator, block);
  const read = (statement: Select, known: readonly Fact[]) =>
    lowerRoute(statement, builder, gathering.source, {
      keyspace: keyspace.name,
      routing: routingOf(operator, statement, known, rules),
      effect: effectOf(statement),
      oneShardOnly: false,
    });
  const { primitive, sessionBinds } = read(select, facts);
  rules.add("gather-table");
  const partner = partnerOf(operator, block, gathering);
  const keyed = partner === undefined ? undefined : keyedRoute(partner, select, facts, read, gathering);
  const known = columns?.map(({ expression }) =>
    expression.kind === "Column" ? expression.name.toLowerCase() : "__one",
  );
  gathering.tables.set(operator.id, gathering.gathers.length);
  const marker = gathering.add(
    {
      input: primitive,
      empty: emptyTable(node, gathering),
      wanted: known ?? wantedOf(gathering),
      table: table.name,
      keyed,
    },
    sessionBinds,
  );
  return { kind: "Derived", lateral: false, query: marker, alias: operator.name, columns: [] };
}

function routingOf(source: Source, statement: Select, facts: readonly Fact[], rules: Set<string>): Routing {
  const alone: Block = {
    kind: "Block",
    statement,
    sources: [{ ...source, nullableIn: [] }],
    nested: [],
    facts,
    local: [],
    outputs: undefined,
    keptTogether: [],
  };
  const done = applyRules(alone, rules);
  if (done.kind !== "Route") throw unsupported(`the table ${source.name} over several shards`);
  return done.routing;
}

/** A table gathered before, and the columns by which the two join. */
interface Partner {
  readonly gather: number;
  readonly theirs: string;
  readonly ours: ColumnRef;
}

/** Where rows that join none of the other table's rows cannot come out. */
function partnerOf({ id, nullableIn }: Source, block: Block | undefined, { tables }: Gathering): Partner | undefined {
  const nullableOf = (other: number): readonly number[] | undefined => {
    const found = block?.sources.find((source) => source.kind === "Source" && source.id === other);
    return found?.kind === "Source" ? found.nullableIn : undefined;
  };
  for (const fact of block?.facts ?? []) {
    if (fact.kind !== "EqualColumns") continue;
    const [ours, theirs] = fact.left.source === id ? [fact.left, fact.right] : [fact.right, fact.left];
    const gather = tables.get(theirs.source);
    const others = nullableOf(theirs.source);
    if (ours.source !== id || gather === undefined || others === undefined) continue;
    const isInner = fact.join === undefined && nullableIn.length === 0 && others.length === 0;
    const isOuter = fact.join !== undefined && fact.join === nullableIn.at(-1) && !others.includes(fact.join);
    if (isInner || isOuter) return { gather, theirs: theirs.column, ours };
  }
  return undefined;
}

function keyedRoute(
  { gather, theirs, ours }: Partner,
  select: Select,
  facts: readonly Fact[],
  read: (statement: Select, known: readonly Fact[]) => LoweredRoute,
  { gathers, rules }: Gathering,
): KeyedRoute {
  const bind = `__keys${gathers.length}`;
  const list = { kind: "ListBind", name: bind } as const;
  const operand: Expression = { kind: "Column", schema: undefined, table: undefined, name: ours.column };
  const isMember: Expression = { kind: "In", operand, negated: false, list };
  const where: Expression =
    select.where === undefined ? isMember : { kind: "And", operands: [...conjuncts(select.where), isMember] };
  const known: readonly Fact[] = [...facts, { kind: "InList", column: ours, list, join: undefined }];
  rules.add("gather-by-keys");
  return { from: gather, column: theirs, bind, input: read({ ...select, where }, known).primitive };
}

/** The block in whose FROM the source stands. */
function blockOf(id: number, { builder }: Gathering): Block | undefined {
  for (const { operator } of builder.built.values())
    if (operator.kind === "Block" && operator.sources.some((source) => "id" in source && source.id === id))
      return operator;
  return undefined;
}

/** Rows are locked where they are read: as the SELECT says in whose FROM the table stands. */
function locksOf({ name }: Source, block: Block | undefined): readonly Lock[] {
  const locks = block?.statement.kind === "Select" ? block.statement.locks : [];
  const its = locks.find(({ tables }) => tables.length === 0 || tables.some((table) => table.name === name));
  return its === undefined ? [] : [{ ...its, tables: [] }];
}

/** What conditions say of its columns, where they hold for every row that the joins can use. */
function factsOf({ id, nullableIn }: Source, block: Block | undefined): readonly Fact[] {
  return (block?.facts ?? []).flatMap((fact): readonly Fact[] => {
    if (fact.kind === "EqualColumns" || fact.column.source !== id) return [];
    return fact.join === undefined || fact.join === nullableIn.at(-1) ? [{ ...fact, join: undefined }] : [];
  });
}

/** The columns to ask for where all are known: those that the statement mentions. */
function columnsOf(table: VTable, { mentioned }: Gathering): readonly SelectItem[] | undefined {
  if (!table.isColumnListAuthoritative || mentioned === undefined) return undefined;
  const found = table.columns.filter(({ name }) => mentioned.has(name.toLowerCase()));
  if (found.length === 0) return [item({ kind: "Literal", type: "integer", text: "1" }, "__one")];
  return found.map(({ name }) => item({ kind: "Column", schema: undefined, table: undefined, name }, undefined));
}

const item = (expression: Expression, alias: string | undefined): SelectItem => ({
  kind: "SelectItem",
  expression,
  alias,
  text: alias ?? "",
});

const wantedOf = ({ mentioned }: Gathering) => (mentioned === undefined ? undefined : [...mentioned]);

/** The table without its rows, before and after the list of columns. */
function emptyTable(node: Table, { builder, source }: Gathering): { before: string; after: string } {
  const marker = "__columns";
  const bind = item({ kind: "Bind", name: marker }, undefined);
  const { statement } = lowerNames(withoutRows(plainSelect([bind], [node])), builder);
  const [before = "", after = ""] = print(statement, source.environment).split(`:${marker}`);
  return { before, after };
}
