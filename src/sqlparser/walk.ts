/** Visits the nodes of a tree in the order in which they are written, driven by the table of children. */
import type { Kind, Node, NodeOf } from "./ast.ts";
import { children } from "./children.ts";

/** Answering false leaves out what is below the node. */
export type Visit = (node: Node) => boolean | void;

/** Visits `node` and all below it, parents first. */
export function walk(node: Node, visit: Visit): void {
  if (visit(node) === false) return;
  const fields = children.get(node.kind) as readonly string[];
  for (const field of fields) {
    const value = (node as unknown as Readonly<Record<string, Node | readonly Node[] | undefined>>)[field];
    if (value === undefined) continue;
    if (isList(value)) for (const child of value) walk(child, visit);
    else walk(value, visit);
  }
}

const isList = (value: Node | readonly Node[]): value is readonly Node[] => Array.isArray(value);

/** The direct children of a node. */
export function childrenOf(node: Node): readonly Node[] {
  const found: Node[] = [];
  walk(node, (child) => {
    if (child === node) return true;
    found.push(child);
    return false;
  });
  return found;
}

/** All nodes of a kind in the tree, in order. */
export function findAll<K extends Kind>(node: Node, kind: K): readonly NodeOf<K>[] {
  const found: NodeOf<K>[] = [];
  walk(node, (child) => {
    if (child.kind === kind) found.push(child as NodeOf<K>);
  });
  return found;
}
