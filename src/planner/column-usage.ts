/**
 * Which columns a statement filters, joins, groups and selects by: what VEXPLAIN KEYS shows to those who choose sharding
 * keys. Columns of which nobody knows the table are left out.
 */
import type { Node } from "../sqlparser/ast.ts";
import type { Column, ComparisonOperator, Expression } from "../sqlparser/ast/expression.ts";
import type { Delete, Update } from "../sqlparser/ast/dml.ts";
import type { Query, Select, Table } from "../sqlparser/ast/query.ts";
import { print } from "../sqlparser/printer.ts";
import type { Environment } from "../sqlparser/environment.ts";
import { findAll, walk } from "../sqlparser/walk.ts";
import { findTable, type VSchema } from "../vschema/vschema.ts";
import type { PlanTarget } from "./build/builder.ts";
import { conjuncts } from "./semantics/conjuncts.ts";
import { tableHas } from "./semantics/scope.ts";

/** The fields, their order and their texts are Vitess's. */
export interface ColumnUsage {
  readonly statementType: string;
  readonly groupingColumns?: readonly string[];
  readonly filterColumns?: readonly string[];
  readonly selectColumns?: readonly string[];
  readonly joinPredicates?: readonly string[];
}

export function columnUsage(
  statement: Query | Update | Delete,
  schema: VSchema,
  target: PlanTarget,
  environment: Environment,
): ColumnUsage {
  const usage = new Usage(schema, target, environment);
  walk(statement, (node) => {
    if (node.kind === "Select" || node.kind === "Update" || node.kind === "Delete") usage.take(node);
  });
  return {
    statementType: statement.kind === "Update" || statement.kind === "Delete" ? statement.kind.toUpperCase() : "SELECT",
    ...unique("groupingColumns", usage.grouping),
    ...unique("filterColumns", usage.filters),
    ...unique("selectColumns", usage.selected),
    ...unique("joinPredicates", usage.joins),
  };
}

const unique = (field: keyof ColumnUsage, found: readonly string[]) =>
  found.length === 0 ? {} : { [field]: [...new Set(found)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)) };

const switched: Readonly<Record<ComparisonOperator, string>> = {
  "=": "=",
  "<=>": "<=>",
  "<>": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};
const shown = (operator: ComparisonOperator) => (operator === "<>" ? "!=" : operator);

class Usage {
  readonly grouping: string[] = [];
  readonly filters: string[] = [];
  readonly selected: string[] = [];
  readonly joins: string[] = [];
  readonly #schema: VSchema;
  readonly #target: PlanTarget;
  readonly #environment: Environment;
  #tables: readonly Table[] = [];

  constructor(schema: VSchema, target: PlanTarget, environment: Environment) {
    this.#schema = schema;
    this.#target = target;
    this.#environment = environment;
  }

  take(statement: Select | Update | Delete): void {
    this.#tables = statement.from.flatMap((table) => findAll(table, "Table"));
    for (const join of statement.from.flatMap((table) => findAll(table, "Join"))) this.#condition(join.on);
    this.#condition(statement.where);
    if (statement.kind !== "Select") return;
    for (const { expression } of statement.groupBy?.items ?? []) this.#add(this.grouping, expression);
    for (const item of statement.items)
      if (item.kind === "SelectItem") for (const column of findAll(item, "Column")) this.#add(this.selected, column);
  }

  #add(to: string[], expression: Node, suffix = ""): void {
    const name = this.#nameOf(expression);
    if (name !== undefined) to.push(name + suffix);
  }

  #condition(condition: Expression | undefined): void {
    for (const part of conjuncts(condition)) {
      if (part.kind === "Comparison") this.#comparison(part.left, part.operator, part.right);
      else if (part.kind === "In") this.#add(this.filters, part.operand, part.negated ? " not in" : " in");
      else if (part.kind === "Like") this.#add(this.filters, part.operand, part.negated ? " not like" : " like");
      else if (part.kind === "Between" && !part.negated) {
        this.#add(this.filters, part.operand, " >=");
        this.#add(this.filters, part.operand, " <=");
      }
    }
  }

  #comparison(left: Expression, operator: ComparisonOperator, right: Expression): void {
    const [a, b] = [this.#nameOf(left), this.#nameOf(right)];
    if (a !== undefined && b !== undefined && this.#tableOf(left) !== this.#tableOf(right)) {
      this.joins.push(a > b ? `${b} ${switched[operator]} ${a}` : `${a} ${shown(operator)} ${b}`);
      return;
    }
    if (a !== undefined) this.filters.push(`${a} ${shown(operator)}`);
    if (b !== undefined) this.filters.push(`${b} ${switched[operator]}`);
  }

  /** The table in FROM whose column it is: by its name there, or because it alone can have it. */
  #tableOf(expression: Node): Table | undefined {
    if (expression.kind !== "Column") return undefined;
    const { table, name } = expression as Column;
    if (table !== undefined) return this.#tables.find((one) => (one.alias ?? one.name.name) === table);
    const may = this.#tables.filter((one) => this.#has(one, name.toLowerCase()) !== false);
    const sure = may.filter((one) => this.#has(one, name.toLowerCase()) === true);
    return sure.length === 1 ? sure[0] : may.length === 1 ? may[0] : undefined;
  }

  #has({ name }: Table, column: string): boolean | undefined {
    const { keyspace, tabletType } = this.#target;
    return tableHas(findTable(this.#schema, name.schema ?? keyspace, name.name, tabletType))(column);
  }

  #nameOf(expression: Node): string | undefined {
    const table = this.#tableOf(expression);
    if (table === undefined || expression.kind !== "Column") return undefined;
    const column: Column = { ...(expression as Column), schema: undefined, table: undefined };
    const owner = print({ ...table.name, schema: undefined }, this.#environment);
    return `${owner}.${print(column, this.#environment)}`;
  }
}
