/**
 * The rules, in the order in which they are tried, and how they are applied: from the leaves up, each node until no rule
 * has anything to do with it. The names of the rules that fired are part of a plan's story.
 */
import type { Nested, Operator, Rule } from "./operator.ts";
import { groupsCombine, sortedRowsMerge } from "./rules/gather.ts";
import { sourcesMerge, nestedMerges } from "./rules/merge.ts";
import { conditionsNarrowRoute } from "./rules/narrow.ts";
import { derivedBecomesItsQuery, sourceBecomesRoute } from "./rules/sources.ts";
import { blockBecomesRoute, unionBecomesRoute, wholeBecomesRoute } from "./rules/whole.ts";
import { assert } from "../base/assert.ts";

export const rules: readonly Rule[] = [
  sourceBecomesRoute,
  derivedBecomesItsQuery,
  conditionsNarrowRoute,
  sourcesMerge,
  nestedMerges,
  blockBecomesRoute,
  unionBecomesRoute,
  wholeBecomesRoute,
] as readonly unknown[] as readonly Rule[];

/** For the outermost query only: what is nested must stay with the shards. */
export const rootRules: readonly Rule<"Block">[] = [sortedRowsMerge, groupsCombine];

/** A rule that fires so often on one node would never rest. */
const firingsMax = 10_000;

export function planTree(root: Operator, fired: Set<string>): Operator {
  const done = applyRules(root, fired);
  if (done.kind !== "Block") return done;
  for (const rule of rootRules) {
    const next = rule.apply(done);
    if (next === undefined) continue;
    fired.add(rule.name);
    return next;
  }
  return done;
}

export function applyRules(root: Operator, fired: Set<string>): Operator {
  let node = withInputs(root, (input) => applyRules(input, fired));
  for (let firings = 0; ; firings++) {
    assert(firings < firingsMax, "rules come to rest");
    const next = applyFirst(node, fired);
    if (next === undefined) return node;
    node = next;
  }
}

function applyFirst(node: Operator, fired: Set<string>): Operator | undefined {
  for (const rule of rules) {
    if (rule.on !== node.kind) continue;
    const next = rule.apply(node as never);
    if (next === undefined) continue;
    fired.add(rule.name);
    return next;
  }
  return undefined;
}

function withInputs(node: Operator, change: (input: Operator) => Operator): Operator {
  switch (node.kind) {
    case "Derived":
    case "Whole":
      return { ...node, input: change(node.input) };
    case "Union":
      return { ...node, left: change(node.left), right: change(node.right) };
    case "Block":
      return {
        ...node,
        sources: node.sources.map(change),
        nested: node.nested.map((nested): Nested => ({ ...nested, query: change(nested.query) })),
      };
    default:
      return node;
  }
}
