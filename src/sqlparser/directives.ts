/**
 * Vitess's directives: `/*vt+ ALLOW_SCATTER QUERY_TIMEOUT_MS=500 *\/` right behind the verb of a statement.
 * A name without a value is true. Names are matched without regard to case; unknown ones are left alone.
 */
import type { Statement } from "./ast.ts";

/** The directives that Vitess knows (4.056). */
export const directiveNames = [
  "ALLOW_CROSS_KEYSPACE_READS",
  "ALLOW_HASH_JOIN",
  "ALLOW_SCATTER",
  "CONSOLIDATOR",
  "EXECUTE_DML_QUERIES",
  "IGNORE_MAX_MEMORY_ROWS",
  "IGNORE_MAX_PAYLOAD_SIZE",
  "MULTI_SHARD_AUTOCOMMIT",
  "PLANNER",
  "PRIORITY",
  "QUERY_TIMEOUT_MS",
  "SCATTER_ERRORS_AS_WARNINGS",
  "SKIP_QUERY_PLAN_CACHE",
  "WORKLOAD_NAME",
] as const;
export type DirectiveName = (typeof directiveNames)[number];

export type Directives = Readonly<Partial<Record<DirectiveName, string>>>;

const known: ReadonlySet<string> = new Set(directiveNames);
const none: Directives = {};

/** The directives of a statement; a statement without comments has none. */
export function directivesOf(statement: Statement): Directives {
  return "comments" in statement ? parseDirectives(statement.comments) : none;
}

/** The directives in comments; the last one of a name counts. */
export function parseDirectives(comments: readonly string[]): Directives {
  let found: Partial<Record<DirectiveName, string>> | undefined;
  for (const comment of comments) {
    if (!comment.startsWith("/*vt+")) continue;
    for (const word of comment.slice(5, -2).split(/\s+/)) {
      const equal = word.indexOf("=");
      const name = (equal < 0 ? word : word.slice(0, equal)).toUpperCase();
      if (!known.has(name)) continue;
      found ??= {};
      found[name as DirectiveName] = equal < 0 ? "true" : word.slice(equal + 1);
    }
  }
  return found ?? none;
}

/** Whether a directive without a meaning of its own for values is on. */
export function isSet(directives: Directives, name: DirectiveName): boolean {
  const value = directives[name]?.toLowerCase();
  return value === "true" || value === "1";
}
