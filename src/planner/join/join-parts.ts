/**
 * A SELECT over several routes taken apart for a join by keys: what each route is asked, and the equal columns by which they
 * meet. Undefined where anything is left that looks at rows of several routes in another way.
 */
import type { Star } from "../../sqlparser/ast/call.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Select, SelectItem, Table, TableExpression } from "../../sqlparser/ast/query.ts";
import { findAll, walk } from "../../sqlparser/walk.ts";
import type { Builder } from "../build/builder.ts";
import type { Block, ColumnRef, Route } from "../operator.ts";
import { conjuncts } from "../semantics/conjuncts.ts";
import { isPlain } from "../semantics/local-conditions.ts";

export interface Part {
  readonly route: Route;
  readonly from: readonly TableExpression[];
  readonly where: Expression[];
  /** Stands to the right of a LEFT JOIN. */
  readonly isOuter: boolean;
}

/** Equal columns of two parts. `outer`: the part whose LEFT JOIN says so. */
export interface Edge {
  readonly columns: readonly [ColumnRef, ColumnRef];
  readonly outer: Part | undefined;
}

export interface JoinParts {
  readonly parts: readonly Part[];
  readonly edges: readonly Edge[];
  readonly items: readonly JoinedItem[];
  /** The only part that an expression looks at, if it means the same there. */
  readonly partOf: (expression: Expression) => Part | undefined;
}

/** `width`: its columns. */
export interface JoinedItem {
  readonly item: SelectItem | Star;
  readonly part: Part;
  readonly width: number;
}

interface Leaf {
  readonly table: Table;
  readonly id: number;
}

export function joinParts(select: Select, block: Block, builder: Builder): JoinParts | undefined {
  const taking = new Taking(select, block, builder);
  const { parts, edges } = taking;
  if (!taking.from() || parts.length < 2 || !taking.conditions(select.where, undefined)) return undefined;
  const items = taking.items();
  return items === undefined ? undefined : { parts, edges, items, partOf: (expression) => taking.partOf(expression) };
}

class Taking {
  readonly parts: Part[] = [];
  readonly edges: Edge[] = [];
  readonly #select: Select;
  readonly #block: Block;
  readonly #builder: Builder;
  readonly #leaves: Leaf[] = [];

  constructor(select: Select, block: Block, builder: Builder) {
    this.#select = select;
    this.#block = block;
    this.#builder = builder;
  }

  /** False where the tables cannot be taken apart. */
  from(): boolean {
    const { from } = this.#select;
    return from.every((table) => this.#table(table)) && this.parts.length === this.#block.sources.length;
  }

  #table(table: TableExpression): boolean {
    const whole = this.#wholeRoute(table);
    if (whole !== undefined) return this.#add(whole, table, false);
    if (table.kind === "TableGroup") return table.tables.every((member) => this.#table(member));
    if (table.kind !== "Join" || table.natural || table.using.length > 0) return false;
    if (table.type === "RIGHT" || !this.#table(table.left)) return false;
    if (table.type !== "LEFT") return this.#table(table.right) && this.conditions(table.on, undefined);
    const inner = this.#wholeRoute(table.right);
    if (inner === undefined || !this.#add(inner, table.right, true)) return false;
    return this.conditions(table.on, this.parts.at(-1));
  }

  /** The route that has just the tables of this expression. */
  #wholeRoute(table: TableExpression): Route | undefined {
    const ids = findAll(table, "Table").map((each) => this.#builder.named.get(each)?.id);
    if (findAll(table, "Derived").length > 0) return undefined;
    return this.#routes().find(
      ({ sources }) => sources.length === ids.length && sources.every(({ id }) => ids.includes(id)),
    );
  }

  #routes(): readonly Route[] {
    return this.#block.sources.filter((source) => source.kind === "Route");
  }

  #add(route: Route, table: TableExpression, isOuter: boolean): boolean {
    const isSimple = route.isDecomposable && route.keyspace !== undefined && route.sources.every(isTable);
    if (!isSimple || this.parts.some((part) => part.route === route)) return false;
    this.parts.push({ route, from: [table], where: [], isOuter });
    for (const each of findAll(table, "Table"))
      this.#leaves.push({ table: each, id: this.#builder.named.get(each)?.id ?? 0 });
    return true;
  }

  /** `outer`: of its LEFT JOIN. */
  conditions(condition: Expression | undefined, outer: Part | undefined): boolean {
    return conjuncts(condition).every((conjunct) => {
      const edge = this.#edge(conjunct, outer);
      if (edge !== undefined) return this.edges.push(edge) > 0;
      const part = this.partOf(conjunct);
      // WHERE looks at what an outer join made of its rows.
      if (part === undefined || (part.isOuter ? part !== outer : outer !== undefined)) return false;
      return part.where.push(conjunct) > 0;
    });
  }

  #edge(condition: Expression, outer: Part | undefined): Edge | undefined {
    if (condition.kind !== "Comparison" || condition.operator !== "=") return undefined;
    const { left, right } = condition;
    if (left.kind !== "Column" || right.kind !== "Column") return undefined;
    const resolve = this.#resolve();
    const columns = [resolve(left), resolve(right)] as const;
    const [a, b] = columns;
    if (a === undefined || b === undefined) return undefined;
    const parts = [this.#partWith(a.source), this.#partWith(b.source)];
    if (parts[0] === undefined || parts[1] === undefined || parts[0] === parts[1]) return undefined;
    if (outer !== undefined && !parts.includes(outer)) return undefined;
    return { columns: [a, b], outer };
  }

  #resolve() {
    return this.#builder.built.get(this.#select)?.resolve ?? (() => undefined);
  }

  #partWith(source: number): Part | undefined {
    return this.parts.find(({ route }) => route.sources.some(({ id }) => id === source));
  }

  /** The one part whose columns it names; the first part where it names none. */
  partOf(expression: Expression): Part | undefined {
    if (!isPlain(expression)) return undefined;
    const resolve = this.#resolve();
    const found = new Set<Part | undefined>();
    walk(expression, (inner) => {
      if (inner.kind === "Column") found.add(this.#partWith(resolve(inner)?.source ?? 0));
    });
    const [part = this.parts[0], ...more] = found;
    return more.length > 0 || found.has(undefined) ? undefined : part;
  }

  items(): JoinParts["items"] | undefined {
    const items: JoinedItem[] = [];
    for (const written of this.#select.items) {
      const found = written.kind === "SelectItem" ? this.#item(written) : this.#star(written);
      if (found === undefined) return undefined;
      items.push(...found);
    }
    return items;
  }

  #item(item: SelectItem): readonly JoinedItem[] | undefined {
    const part = this.partOf(item.expression);
    // Without a partner an outer part has NULL for each column, which is not so of other expressions.
    if (part === undefined || (part.isOuter && item.expression.kind !== "Column")) return undefined;
    return [{ item, part, width: 1 }];
  }

  /** Table by table, where it is known how many columns that is. */
  #star(star: Exclude<Select["items"][number], SelectItem>): readonly JoinedItem[] | undefined {
    if (star.kind !== "Star" || star.schema !== undefined) return undefined;
    const leaves = this.#leaves.filter((leaf) => star.table === undefined || nameOf(leaf) === star.table);
    if (leaves.length === 0 || (star.table !== undefined && leaves.length > 1)) return undefined;
    const items = leaves.map((leaf): JoinedItem | undefined => {
      const source = this.#builder.named.get(leaf.table);
      const table = source?.kind === "Source" && typeof source.table === "object" ? source.table : undefined;
      const part = this.#partWith(leaf.id);
      if (part === undefined || table?.isColumnListAuthoritative !== true) return undefined;
      const width = table.columns.filter(({ isInvisible }) => !isInvisible).length;
      return { item: { kind: "Star", schema: undefined, table: nameOf(leaf) }, part, width };
    });
    return items.every((item) => item !== undefined) ? items : undefined;
  }
}

const nameOf = ({ table }: Leaf) => table.alias ?? table.name.name;
const isTable = ({ table }: Route["sources"][number]) => typeof table === "object";
