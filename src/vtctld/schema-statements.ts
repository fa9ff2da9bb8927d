/**
 * The statements of an ApplySchema request: scripts are split as the command-line client splits them. Which servers they
 * are for is not known here, so the servers judge their syntax.
 */
import { VtError } from "../base/errors.ts";
import { splitScript } from "../sqlparser/split.ts";

const statementsMax = 10_000;

/** Every statement of the texts, in order. Throws when there is none. */
export function schemaStatements(scripts: readonly string[]): readonly string[] {
  const statements = scripts.flatMap((script) => [...splitScript(script)].map(({ text }) => text));
  if (statements.length === 0) throw VtError.of("VT23007", "sql");
  if (statements.length > statementsMax)
    throw VtError.of("VT23009", "schema change", `${statements.length} statements`, `at most ${statementsMax}`);
  return statements;
}

/** Throws for a statement that changes rows: over several shards each would store it. One shard may (a sequence's row). */
export function refuseRowChanges(statements: readonly string[]): void {
  for (const statement of statements)
    if (!/^(\/\*M?!\d*\s*)?(create|alter|drop|rename|truncate)\b/i.test(statement))
      throw VtError.of(
        "VT23009",
        "schema change for several shards",
        statement.slice(0, 80),
        "CREATE, ALTER, DROP, RENAME, TRUNCATE",
      );
}
