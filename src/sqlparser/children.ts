/**
 * The table of children: for each kind of node, its fields that hold nodes or lists of nodes, in the order in which they
 * are written. Walk and rewrite are driven by it. A kind that is missing, or a field too few or too many, does not
 * compile.
 */
import type { Node, NodeOf } from "./ast.ts";
import { expressionChildren } from "./children/expression.ts";
import { queryChildren } from "./children/query.ts";
import { administrationChildren, programChildren, schemaChildren } from "./children/schema.ts";
import { sessionChildren } from "./children/session.ts";
import { tableChildren } from "./children/table.ts";

/** The fields of a node that hold a node or a list of nodes. */
type ChildField<N> = {
  [F in keyof N]-?: NonNullable<N[F]> extends infer Value
    ? [Extract<Value, Node | readonly Node[]>] extends [never]
      ? never
      : F
    : never;
}[keyof N];

/** `{ left: 1, right: 1 }`: an object, so that the compiler sees what is missing; its order is the order of writing. */
export type Children<N extends Node> = {
  readonly [K in N["kind"]]: Readonly<Record<ChildField<NodeOf<K>>, 1>>;
};

const table: Children<Node> = {
  ...expressionChildren,
  ...queryChildren,
  ...sessionChildren,
  ...tableChildren,
  ...schemaChildren,
  ...programChildren,
  ...administrationChildren,
};

/** The same as lists, by kind. */
export const children: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(table).map(([kind, fields]) => [kind, Object.keys(fields)]),
);
