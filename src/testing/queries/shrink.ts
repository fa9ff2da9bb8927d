/** Makes a failing statement small: leaves out parts of its tree for as long as it still fails. */
import type { Node } from "../../sqlparser/ast.ts";
import { children } from "../../sqlparser/children.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import { parse } from "../../sqlparser/parse.ts";
import { print } from "../../sqlparser/printer.ts";
import { rewriteChildren } from "../../sqlparser/rewrite.ts";
import { childrenOf } from "../../sqlparser/walk.ts";

const attemptsMax = 400;

export async function shrink(
  sql: string,
  environment: Environment,
  fails: (sql: string) => Promise<boolean>,
): Promise<string> {
  let smallest = sql;
  let attempts = 0;
  for (let progress = true; progress; ) {
    progress = false;
    for (const smaller of smallerThan(parse(smallest, environment))) {
      if (attempts++ > attemptsMax) return smallest;
      const text = textOf(smaller, environment);
      if (text === undefined || text.length >= smallest.length || !(await fails(text))) continue;
      smallest = text;
      progress = true;
      break;
    }
  }
  return smallest;
}

/** Undefined where something is missing that a statement cannot do without. */
function textOf(tree: Node, environment: Environment): string | undefined {
  try {
    const text = print(tree, environment);
    parse(text, environment);
    return text;
  } catch {
    return undefined;
  }
}

/** The tree with one node less: an element of a list, an optional part, or a node that gives way to one of its children. */
function* smallerThan(node: Node): Iterable<Node> {
  const fields = children.get(node.kind) ?? [];
  const from = node as unknown as Readonly<Record<string, Node | readonly Node[] | undefined>>;
  for (const field of fields) {
    const value = from[field];
    if (value === undefined) continue;
    if (!Array.isArray(value)) {
      yield { ...from, [field]: undefined } as unknown as Node;
      continue;
    }
    for (let i = 0; i < value.length; i++) yield { ...from, [field]: value.toSpliced(i, 1) } as unknown as Node;
  }
  for (const child of childrenOf(node)) yield child;
  for (const child of childrenOf(node))
    for (const smaller of smallerThan(child)) yield rewriteChildren(node, (c) => (c === child ? smaller : c));
}
