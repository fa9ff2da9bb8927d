/**
 * What a statement does to the warnings of the one before it. Each statement has its own, but for those that tell of them;
 * on MariaDB a statement without tables that gives none leaves the old ones.
 */
import type { Route } from "../engine/primitive.ts";
import type { Statement } from "../sqlparser/ast.ts";
import type { Environment } from "../sqlparser/environment.ts";
import { findAll } from "../sqlparser/walk.ts";

export type WarningRule = "replace" | "keep-unless-new" | "keep";

export function warningRuleOf(statement: Statement, { flavour }: Environment): WarningRule {
  if (statement.kind === "Show" && /WARNINGS|ERRORS/.test(statement.what)) return "keep";
  return flavour === "mariadb" && findAll(statement, "TableName").length === 0 ? "keep-unless-new" : "replace";
}

/** Of a statement whose text is not looked at any more. */
export function ruleOfRoute({ routing }: Route, { flavour }: Environment): WarningRule {
  return flavour === "mariadb" && routing.kind === "AnyShard" ? "keep-unless-new" : "replace";
}
