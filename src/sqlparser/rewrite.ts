/**
 * Answers a tree in which nodes are replaced, driven by the table of children. What does not change is shared, so an
 * unchanged tree is the same object.
 */
import type { Node } from "./ast.ts";
import { children } from "./children.ts";

/** Answers what stands in the node's place: the node itself to keep it. It must fit there: an expression for an expression. */
export type Replace = (node: Node) => Node;

/** Rewrites from the leaves up: `replace` sees each node with its children rewritten already. */
export function rewrite<N extends Node>(node: N, replace: Replace): N {
  return replace(rewriteChildren(node, (child) => rewrite(child, replace))) as N;
}

/**
 * Rewrites from the root down: where `replace` answers another node, that one stands and is not gone into; where it
 * answers the node itself, its children follow.
 */
export function rewriteDown<N extends Node>(node: N, replace: Replace): N {
  const found = replace(node) as N;
  return found === node ? rewriteChildren(node, (child) => rewriteDown(child, replace)) : found;
}

/** The node with each child replaced by what `change` answers; the node itself when none changes. */
export function rewriteChildren<N extends Node>(node: N, change: (child: Node) => Node): N {
  const fields = children.get(node.kind) as readonly string[];
  const from = node as unknown as Readonly<Record<string, Node | readonly Node[] | undefined>>;
  let changed: Record<string, unknown> | undefined;
  for (const field of fields) {
    const value = from[field];
    if (value === undefined) continue;
    const next = isList(value) ? rewriteList(value, change) : change(value);
    if (next === value) continue;
    changed ??= { ...from };
    changed[field] = next;
  }
  return (changed ?? node) as N;
}

const isList = (value: Node | readonly Node[]): value is readonly Node[] => Array.isArray(value);

function rewriteList(nodes: readonly Node[], change: (child: Node) => Node): readonly Node[] {
  let changed: Node[] | undefined;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as Node;
    const next = change(node);
    if (next === node) continue;
    changed ??= [...nodes];
    changed[i] = next;
  }
  return changed ?? nodes;
}
