/**
 * Language 2: what is wanted. A statement becomes a tree of operators; rules (rules/) move it towards the shards, one
 * node at a time; lowering turns what is left into primitives. Nodes are plain data and never changed.
 *
 * The heart is `Route`: a part of the statement that shards answer by themselves. A statement can run when it has
 * become one Route, perhaps with operators on top that the engine knows.
 */
import type { ListExpression, ValueExpression } from "../evalengine/value-expression.ts";
import type { Combine, SortKey } from "../engine/primitive.ts";
import type { Routing } from "../engine/routing.ts";
import type { Delete, Update } from "../sqlparser/ast/dml.ts";
import type { Expression } from "../sqlparser/ast/expression.ts";
import type { Query, Select, SetOperation, TableQuery, ValuesQuery } from "../sqlparser/ast/query.ts";
import type { VKeyspace, VTable } from "../vschema/vschema.ts";

export type Operator = Source | Derived | Block | Union | Whole | Merge | Route;

/** A table in FROM. `id` tells it from all other sources of the statement. */
export interface Source {
  readonly kind: "Source";
  readonly id: number;
  /** "system": a table of information_schema and its like, which every server has of its own. */
  readonly table: VTable | "system" | "recursive";
  readonly keyspace: VKeyspace | undefined;
  /** The alias, or the table's name as written. */
  readonly name: string;
  /** Outer joins on whose nullable side it stands: their ids. */
  readonly nullableIn: readonly number[];
}

/** A query in FROM, or the use of a common table. */
export interface Derived {
  readonly kind: "Derived";
  readonly id: number;
  readonly name: string;
  readonly input: Operator;
  /** Names given to its columns, if any. */
  readonly columns: readonly string[];
  readonly nullableIn: readonly number[];
}

/** A SELECT, UPDATE or DELETE: what it reads from, the queries inside its expressions, and what its conditions say. */
export interface Block {
  readonly kind: "Block";
  readonly statement: Select | ValuesQuery | TableQuery | Update | Delete;
  readonly sources: readonly Operator[];
  readonly nested: readonly Nested[];
  readonly facts: readonly Fact[];
  /** Conditions on a single source, which may as well be asked where its rows are read. */
  readonly local: readonly LocalCondition[];
  /** The columns it answers; undefined where a * hides them. */
  readonly outputs: readonly Output[] | undefined;
  /** GROUP BY, select list of DISTINCT, PARTITION BY: columns that each shard's rows must not share with another's. */
  readonly keptTogether: KeptTogether;
}

/** `column`: the answer is just this column of a source. */
export interface Output {
  readonly name: string;
  readonly column: ColumnRef | undefined;
}

/**
 * Why several shards cannot run the block alone: for each construct the columns of which one must be a primary vindex for
 * them to do so after all. No columns: never.
 */
export type KeptTogether = readonly { readonly construct: string; readonly columns: readonly ColumnRef[] }[];

/** A query within an expression. */
export interface Nested {
  readonly query: Operator;
  /** column IN (query): the column, for then both may be kept together by it. */
  readonly memberOf: ColumnRef | undefined;
}

/** left UNION right, and the other set operations. */
export interface Union {
  readonly kind: "Union";
  readonly statement: SetOperation;
  readonly left: Operator;
  readonly right: Operator;
}

/** A query around a query that adds nothing but clauses: (SELECT …) LIMIT 1, WITH … . */
export interface Whole {
  readonly kind: "Whole";
  readonly statement: Query;
  readonly input: Operator;
}

/**
 * A query whose rows every shard answers in part: the gateway merges their sorted rows, combines groups, keeps a few. Its
 * `statement` is what the shards are asked; the columns of the sort keys come last.
 */
export interface Merge {
  readonly kind: "Merge";
  readonly route: Route;
  readonly statement: Select;
  readonly keys: readonly SortKey[];
  /** How columns combine within a group; undefined: rows stay as they are. */
  readonly combine: readonly Combine[] | undefined;
  readonly limit: { readonly count: ValueExpression; readonly offset: ValueExpression } | undefined;
}

/**
 * What shards answer alone. `isWhole`: the route stands for a finished query and not only for sources. `isDecomposable`:
 * the answers of several shards together are the answer, however many more shards are asked than needed.
 */
export interface Route {
  readonly kind: "Route";
  /** Undefined: any keyspace will do (no tables). */
  readonly keyspace: VKeyspace | undefined;
  readonly routing: Routing;
  readonly sources: readonly RoutedSource[];
  readonly isDecomposable: boolean;
  readonly isWhole: boolean;
  /** Outer joins on whose nullable side all of it stands. */
  readonly nullableIn: readonly number[];
  /** Of a whole route: what it answers, and what its conditions say, of columns outside too. */
  readonly outputs: readonly Output[] | undefined;
  readonly facts: readonly Fact[];
}

/** A source within a route, and its columns that decide where its rows are. */
export interface RoutedSource {
  readonly id: number;
  readonly name: string;
  readonly table: VTable | "system" | "recursive" | undefined;
  /** Of a derived table: its columns that are columns of sources inside. */
  readonly passesOn: ReadonlyMap<string, ColumnRef>;
  readonly nullableIn: readonly number[];
}

export interface ColumnRef {
  readonly source: number;
  readonly column: string;
}

/** What a condition says for certain. `join`: the outer join in whose ON it stands; it filters only that join's inner side. */
export type Fact = {
  readonly join: number | undefined;
} & (
  | { readonly kind: "EqualValue"; readonly column: ColumnRef; readonly value: ValueExpression }
  | { readonly kind: "InList"; readonly column: ColumnRef; readonly list: ListExpression }
  | { readonly kind: "EqualColumns"; readonly left: ColumnRef; readonly right: ColumnRef }
);

/** A condition that names columns of one source alone, and that every row of it meets that reaches the result's joins. */
export interface LocalCondition {
  readonly source: number;
  readonly condition: Expression;
}

/** A rule answers a node that means the same and is closer to the shards, or undefined when it has nothing to do. */
export interface Rule<K extends Operator["kind"] = Operator["kind"]> {
  readonly name: string;
  readonly on: K;
  readonly apply: (node: Extract<Operator, { kind: K }>) => Operator | undefined;
}

export const sameColumn = (a: ColumnRef, b: ColumnRef) => a.source === b.source && a.column === b.column;
