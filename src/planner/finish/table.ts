/** A table's rows for the finishing server: all that its own conditions leave, from the shards that can have them. */
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select, SelectItem, Table, TableExpression } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import { print } from "../../sqlparser/printer.ts";
import type { VTable } from "../../vschema/vschema.ts";
import { lowerNames } from "../lower/names.ts";
import { lowerRoute } from "../lower/route.ts";
import type { Block, Fact, Source } from "../operator.ts";
import { applyRules } from "../rules.ts";
import { unsupported } from "../unsupported.ts";
import { type Gathering, withoutRows } from "./gathering.ts";

export function gatherTable(node: Table, gathering: Gathering): TableExpression {
  const { builder, home, rules } = gathering;
  const operator = builder.named.get(node);
  if (operator?.kind !== "Source" || operator.table === "recursive") return node;
  const { table, keyspace } = operator;
  if (table === "system") throw unsupported("system tables in a statement over several shards");
  if (table.type === "sequence") throw unsupported("a sequence in a statement over several shards");
  if (table.isSharded && table.type === "reference" && keyspace?.name === home) return node;
  if (keyspace?.name !== home)
    throw unsupported(`tables of several keyspaces in one statement (${home}, ${keyspace?.name ?? ""})`);

  const block = blockOf(operator.id, gathering);
  const local = block?.local.filter(({ source }) => source === operator.id).map(({ condition }) => condition) ?? [];
  const columns = columnsOf(table, gathering);
  const select: Select = {
    ...plainSelect(columns ?? [{ kind: "Star", schema: undefined, table: undefined }], [node]),
    where: local.length > 1 ? { kind: "And", operands: local } : local[0],
  };
  const route = routeOf(operator, select, factsOf(operator, block));
  const { primitive, sessionBinds } = lowerRoute(select, builder, gathering.source, {
    keyspace: home,
    routing: route.routing,
    effect: "read",
    oneShardOnly: false,
  });
  rules.add("gather-table");
  const known = columns?.map(({ expression }) => (expression.kind === "Column" ? expression.name : "__one"));
  const marker = gathering.add(
    { input: primitive, empty: emptyTable(node, gathering), wanted: known ?? wantedOf(gathering) },
    sessionBinds,
  );
  return { kind: "Derived", lateral: false, query: marker, alias: operator.name, columns: [] };

  function routeOf(source: Source, statement: Select, facts: readonly Fact[]) {
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
    return done;
  }
}

/** The block in whose FROM the source stands. */
function blockOf(id: number, { builder }: Gathering): Block | undefined {
  for (const { operator } of builder.built.values())
    if (operator.kind === "Block" && operator.sources.some((source) => "id" in source && source.id === id))
      return operator;
  return undefined;
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
