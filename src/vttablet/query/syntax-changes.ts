/**
 * SET statements after which the server reads texts otherwise. Modes that say so in plain words are followed
 * (`reading-modes.ts`); what the tablet's parser cannot follow (modes of other databases, modes that are computed,
 * character sets in which a quote or backslash may be half of a character) is named here: where permissions depend on the
 * parser, such sessions are refused.
 */
import type { SetAssignment } from "../../sqlparser/ast/session.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Statement } from "../../sqlparser/ast.ts";
import { findAll } from "../../sqlparser/walk.ts";

const otherSyntax = /ORACLE|MSSQL|DB2|MAXDB|POSTGRESQL/i;
const plainCharsets = new Set(["utf8", "utf8mb3", "utf8mb4", "latin1", "ascii", "binary"]);
const charsetVariables = new Set(["character_set_client", "character_set_connection", "collation_connection"]);

/** A sql_mode that our parser does not read as the server does. */
export function isForeignMode(sqlMode: string): boolean {
  return otherSyntax.test(sqlMode);
}

/** The sql_mode that a SET statement gives its session, where it says so in plain words. */
export function sqlModeSet(tree: Statement): string | undefined {
  if (tree.kind !== "Set") return undefined;
  for (const { target, value } of findAll(tree, "SetVariable").toReversed()) {
    if (target.kind === "UserVariable" || target.name.toLowerCase() !== "sql_mode") continue;
    const isOfSession =
      target.kind === "BareVariable" ||
      (target.scope !== "GLOBAL" && target.scope !== "PERSIST" && target.scope !== "PERSIST_ONLY");
    if (isOfSession) return plainText(value);
  }
  return undefined;
}

/** What the statement would change, for an error; undefined for nothing. */
export function syntaxChange(tree: Statement): string | undefined {
  const assignments: readonly SetAssignment[] = [...findAll(tree, "SetVariable"), ...findAll(tree, "SetNames")];
  return assignments.map(changeOf).find((change) => change !== undefined);
}

function changeOf(assignment: SetAssignment): string | undefined {
  if (assignment.kind === "SetNames")
    return plainCharsets.has((assignment.charset ?? "").toLowerCase()) ? undefined : "SET NAMES";
  const { target, value } = assignment;
  if (target.kind === "UserVariable") return undefined;
  const name = target.name.toLowerCase();
  const text = plainText(value);
  if (name === "sql_mode") return text === undefined || isForeignMode(text) ? name : undefined;
  if (!charsetVariables.has(name)) return undefined;
  const charset = (text ?? "").toLowerCase().split("_")[0] ?? "";
  return plainCharsets.has(charset) ? undefined : name;
}

/** A literal, or a word that stands for one. */
function plainText(value: Expression): string | undefined {
  if (value.kind === "Literal" && value.type === "string") return value.text;
  return value.kind === "Column" && value.table === undefined ? value.name : undefined;
}
