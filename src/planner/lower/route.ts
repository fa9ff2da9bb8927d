/** A route that has become the whole statement, as a primitive. */
import type { Effect, Route as RoutePrimitive } from "../../engine/primitive.ts";
import type { Routing } from "../../engine/routing.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import { print } from "../../sqlparser/printer.ts";
import type { Builder } from "../build/builder.ts";
import { rewriteDown } from "../../sqlparser/rewrite.ts";
import { walk } from "../../sqlparser/walk.ts";
import { lowerNames } from "./names.ts";
import type { SessionBind } from "./session-names.ts";

/** What lowering needs to know of the statement's text. */
export interface Source {
  /** As the client wrote it; undefined where the statement was made or has parameters. */
  readonly text: string | undefined;
  readonly environment: Environment;
}

export interface LoweredRoute {
  readonly primitive: RoutePrimitive;
  readonly sessionBinds: readonly SessionBind[];
}

export function lowerRoute(
  statement: Statement,
  builder: Builder,
  source: Source,
  to: { readonly keyspace: string; readonly routing: Routing; readonly effect: Effect; readonly oneShardOnly: boolean },
): LoweredRoute {
  const lowered = lowerNames(statement, builder);
  const isSame = lowered.statement === statement && source.text !== undefined && !hasBinds(statement);
  // The client's own text where it can stay: with its comments, and read by the server as the client meant it.
  const sql = isSame
    ? (source.text ?? "")
    : print(keepNames(lowered.statement, source.environment), source.environment);
  return { primitive: { kind: "Route", ...to, sql }, sessionBinds: lowered.sessionBinds };
}

/** A column without an alias is named after its text as the client wrote it: where we would spell it otherwise, it gets one. */
export function keepNames(statement: Statement, environment: Environment): Statement {
  return rewriteDown(statement, (node) => {
    if (node.kind !== "SelectItem") return node;
    const { expression, alias, text } = node;
    const isString = expression.kind === "Literal" && (expression.type === "string" || expression.type === "national");
    const isNamed = alias !== undefined || expression.kind === "Column" || isString;
    if (isNamed || text === "" || print(expression, environment) === text) return node;
    return { ...node, alias: text };
  });
}

function hasBinds(statement: Statement): boolean {
  let found = false;
  walk(statement, (node) => {
    if (node.kind === "Bind" || node.kind === "ListBind") found = true;
    return !found;
  });
  return found;
}
