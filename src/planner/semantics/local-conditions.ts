/**
 * Parts of a condition that look at one source alone. Such a part may be asked where the source's rows are read, before
 * any join: of WHERE only where the source is on no outer join's nullable side, of an outer join's ON only on that side.
 */
import type { Node } from "../../sqlparser/ast.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import { walk } from "../../sqlparser/walk.ts";
import type { LocalCondition } from "../operator.ts";
import { conjuncts } from "./conjuncts.ts";
import type { Scope } from "./scope.ts";

/** `join`: the outer join in whose ON the condition stands. */
export function localConditions(
  condition: Expression | undefined,
  scope: Scope,
  join: number | undefined,
): readonly LocalCondition[] {
  return conjuncts(condition).flatMap((part): readonly LocalCondition[] => {
    const id = isPlain(part) ? onlySource(part, scope) : undefined;
    const source = scope.sources.find((s) => s.id === id);
    return source === undefined || source.nullableIn.at(-1) !== join ? [] : [{ source: source.id, condition: part }];
  });
}

/** The same for every reading of a row: nothing by chance, nothing of the session's, no query. */
export function isPlain(part: Expression): boolean {
  let found = true;
  walk(part, (node) => {
    if (unplain.has(node.kind) || (node.kind === "Call" && isFickle(node))) found = false;
    return found;
  });
  return found;
}

const unplain: ReadonlySet<string> = new Set([
  "Subquery",
  "Exists",
  "Quantified",
  "Assign",
  "UserVariable",
  "Aggregate",
  "GroupConcat",
  "WindowCall",
  "Match",
]);

const fickle: ReadonlySet<string> = new Set([
  "rand",
  "random_bytes",
  "uuid",
  "uuid_short",
  "sys_guid",
  "uuid_v4",
  "uuid_v7",
  "sysdate",
  "sleep",
  "benchmark",
  "row_count",
  "found_rows",
  "last_insert_id",
]);

const isFickle = (node: Extract<Node, { kind: "Call" }>) => node.schema !== undefined || fickle.has(node.name);

function onlySource(part: Expression, scope: Scope): number | undefined {
  let source: number | undefined;
  let isOne = true;
  walk(part, (node) => {
    if (node.kind !== "Column") return;
    const found = scope.resolve(node)?.source;
    if (found === undefined || (source !== undefined && source !== found)) isOne = false;
    source = found;
  });
  return isOne ? source : undefined;
}
