/** Walk, rewrite and the table of children. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "./ast.ts";
import { children } from "./children.ts";
import { parse } from "./parse.ts";
import { print } from "./printer.ts";
import { rewrite, rewriteDown } from "./rewrite.ts";
import { childrenOf, findAll, walk } from "./walk.ts";

const sql = "select a, (select b from u where c = 1) from t join v on t.x = v.y where d in (1, 2) order by e limit 3";

test("walk meets every node, in order, and may be stopped", () => {
  const columns = findAll(parse(sql), "Column").map(({ name }) => name);
  assert.deepEqual(columns, ["a", "b", "c", "x", "y", "d", "e"]);
  const outer: string[] = [];
  walk(parse(sql), (node) => {
    if (node.kind === "Column") outer.push(node.name);
    return node.kind !== "Subquery";
  });
  assert.deepEqual(outer, ["a", "x", "y", "d", "e"]);
  assert.deepEqual(
    childrenOf(parse("select 1 from t")).map(({ kind }) => kind),
    ["SelectItem", "Table"],
  );
});

test("every object of a tree that has a kind is met by walk", () => {
  const tree = parse(sql);
  let met = 0;
  walk(tree, () => void met++);
  const count = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 0;
    const below = Object.values(value).reduce((sum: number, child) => sum + count(child), 0);
    return below + ("kind" in value && children.has((value as Node).kind) ? 1 : 0);
  };
  assert.equal(met, count(tree));
});

test("rewrite shares what stays and replaces what changes", () => {
  const tree = parse(sql);
  assert.equal(
    rewrite(tree, (node) => node),
    tree,
  );
  const renamed = rewrite(tree, (node) =>
    node.kind === "TableName" && node.name === "t" ? { ...node, name: "z" } : node,
  );
  assert.equal(print(renamed), print(tree).replace("from t join", "from z join"));
  const cut = rewriteDown(tree, (node) => (node.kind === "Subquery" ? { kind: "Null" } : node));
  assert.equal(print(cut), "select a, null from t join v on t.x = v.y where d in (1, 2) order by e limit 3");
});
