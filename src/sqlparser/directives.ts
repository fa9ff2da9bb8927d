/**
 * Vitess's directives (inventory 4.056): `/*vt+ ALLOW_SCATTER QUERY_TIMEOUT_MS=500 *\/` right behind the verb of a statement.
 *
 * As Vitess reads them: blanks stand around each, a name without a value is true, names and words are matched without
 * regard to case, values may stand in quotes, the last one of a name counts. Unknown names, and values that mean nothing
 * (QUERY_TIMEOUT_MS=soon), count for nothing. PRIORITY alone is another matter: it stands
 * here as written, and who carries out the statement refuses one that is not 0 to 100.
 */
import type { Statement } from "./ast.ts";

/** What a value comes to; undefined is as good as no directive. */
type Reading = (text: string) => string | undefined;

const truths: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const flag: Reading = (text) => (truths.has(text) ? "true" : undefined);

const text: Reading = (value) => {
  const unquoted = /^(["`])([^"`\\]*)\1$/.exec(value)?.[2] ?? value;
  return unquoted === "" ? undefined : unquoted;
};

/** From 0; digits alone. */
const wholeNumber: Reading = (value) => {
  const digits = /^\+?(\d{1,15})$/.exec(text(value) ?? "")?.[1];
  return digits === undefined ? undefined : String(Number(digits));
};

const oneOf =
  (...words: readonly string[]): Reading =>
  (value) => {
    const word = text(value)?.toLowerCase();
    return word !== undefined && words.includes(word) ? word : undefined;
  };

/** To add one: its line here. */
const readings = {
  ALLOW_CROSS_KEYSPACE_READS: flag,
  ALLOW_HASH_JOIN: flag,
  ALLOW_SCATTER: flag,
  CONSOLIDATOR: oneOf("disabled", "enabled", "enabled_replicas"),
  EXECUTE_DML_QUERIES: flag,
  IGNORE_MAX_MEMORY_ROWS: flag,
  IGNORE_MAX_PAYLOAD_SIZE: flag,
  MULTI_SHARD_AUTOCOMMIT: flag,
  PLANNER: oneOf("gen4", "gen4greedy", "greedy", "left2right"),
  PRIORITY: text,
  /** 0 is no limit. */
  QUERY_TIMEOUT_MS: wholeNumber,
  SCATTER_ERRORS_AS_WARNINGS: flag,
  SKIP_QUERY_PLAN_CACHE: flag,
  WORKLOAD_NAME: text,
} as const satisfies Readonly<Record<string, Reading>>;

export type DirectiveName = keyof typeof readings;

/** By name, the values that mean something; "true" of those that are on. */
export type Directives = Readonly<Partial<Record<DirectiveName, string>>>;

const none: Directives = {};

/** The directives of a statement; of a UNION, those of its first SELECT. */
export function directivesOf(statement: Statement): Directives {
  if (statement.kind === "SetOperation") return directivesOf(statement.left);
  if (statement.kind === "Wrapped") return directivesOf(statement.query);
  return "comments" in statement ? parseDirectives(statement.comments) : none;
}

/** The directives in comments. */
function parseDirectives(comments: readonly string[]): Directives {
  if (!comments.some((comment) => comment.startsWith(opening))) return none;
  const found = new Map<DirectiveName, string>();
  for (const comment of comments)
    if (comment.startsWith(opening)) for (const word of comment.split(/\s+/).slice(1, -1)) read(word, found);
  return Object.fromEntries(found);
}

const opening = "/*vt+";

function read(word: string, found: Map<DirectiveName, string>): void {
  const equal = word.indexOf("=");
  const name = (equal < 0 ? word : word.slice(0, equal)).toUpperCase();
  if (!isDirective(name)) return;
  const value = readings[name](equal < 0 ? "true" : word.slice(equal + 1));
  if (value === undefined) found.delete(name);
  else found.set(name, value);
}

const isDirective = (name: string): name is DirectiveName => Object.hasOwn(readings, name);

/** Whether a directive that is either on or off is on. */
export function isSet(directives: Directives, name: DirectiveName): boolean {
  return directives[name] === "true";
}
