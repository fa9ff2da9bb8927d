/** What columns and tables share: parts of indexes, references, checks. */
import type { Check, IndexPart, ReferenceAction, References } from "../ast/table.ts";
import { parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";

/** (a, b(10)): columns of a foreign key, whose lengths and directions the server reads and forgets. */
export function parseIndexColumns(p: Parser): readonly IndexPart[] {
  return p.parenthesized((inside) => inside.list(parseColumnPart));
}

function parseColumnPart(p: Parser): IndexPart {
  const part = parseIndexPart(p);
  return part.column === undefined ? p.fail() : part;
}

/** column(length) ASC, (expression) DESC */
export function parseIndexPart(p: Parser): IndexPart {
  if (p.token === "(" && !p.rules.mariadb) {
    const expression = p.parenthesized(p.grammar.expression);
    const direction = p.acceptOneOf("ASC", "DESC");
    return { kind: "IndexPart", column: undefined, length: undefined, expression, direction, withoutOverlaps: false };
  }
  const column = p.identifier();
  const withoutOverlaps = p.rules.mariadb && p.acceptPair("WITHOUT", "OVERLAPS");
  const length = p.token === "(" ? p.parenthesized((inside) => inside.integer()) : undefined;
  const direction = p.acceptOneOf("ASC", "DESC");
  return { kind: "IndexPart", column, length, expression: undefined, direction, withoutOverlaps };
}

/** Stands at CHECK. */
export function parseCheckAfterName(
  p: Parser,
  hasConstraint: boolean,
  constraint: string | undefined,
  ifNotExists: boolean,
): Check {
  p.expect("CHECK");
  const expression = p.parenthesized(p.grammar.expression);
  return { kind: "Check", hasConstraint, constraint, ifNotExists, expression, enforced: acceptEnforced(p) };
}

/** ENFORCED, NOT ENFORCED, or nothing. */
export function acceptEnforced(p: Parser): boolean | undefined {
  if (p.rules.mariadb) return undefined;
  if (p.accept("ENFORCED")) return true;
  return p.acceptPair("NOT", "ENFORCED") ? false : undefined;
}

function parseReferred(p: Parser): IndexPart {
  const column = p.identifier();
  return {
    kind: "IndexPart",
    column,
    length: undefined,
    expression: undefined,
    direction: undefined,
    withoutOverlaps: false,
  };
}

/** REFERENCES table (columns) MATCH FULL ON DELETE CASCADE ON UPDATE SET NULL */
export function parseReferences(p: Parser): References {
  p.expect("REFERENCES");
  const table = parseTableName(p);
  const columns = p.token === "(" ? p.parenthesized((inside) => inside.list(parseReferred)) : [];
  const match = p.accept("MATCH") ? p.expectOneOf("FULL", "PARTIAL", "SIMPLE") : undefined;
  let onDelete: ReferenceAction | undefined;
  let onUpdate: ReferenceAction | undefined;
  while (p.token === "ON") {
    const what = p.peek();
    if (what === "DELETE" && onDelete === undefined) onDelete = parseReferenceAction(p);
    else if (what === "UPDATE" && onUpdate === undefined) onUpdate = parseReferenceAction(p);
    else break;
  }
  return { kind: "References", table, columns, match, onDelete, onUpdate };
}

function parseReferenceAction(p: Parser): ReferenceAction {
  p.next();
  p.next();
  if (p.accept("RESTRICT")) return "RESTRICT";
  if (p.accept("CASCADE")) return "CASCADE";
  if (p.accept("NO")) {
    p.expect("ACTION");
    return "NO ACTION";
  }
  p.expect("SET");
  return p.expectOneOf("NULL", "DEFAULT") === "NULL" ? "SET NULL" : "SET DEFAULT";
}
