/**
 * The statements of an ApplySchema request: scripts are split as the command-line client splits them, and what is no
 * schema statement is refused before anything runs. Which servers they are for is not known here, so the servers judge
 * their syntax.
 */
import { VtError } from "../base/errors.ts";
import { splitScript } from "../sqlparser/split.ts";

const statementsMax = 10_000;

/** Every statement of the texts, in order. Throws when there is none, or one that is no DDL. */
export function schemaStatements(scripts: readonly string[]): readonly string[] {
  const statements = scripts.flatMap((script) => [...splitScript(script)].map(({ text }) => text));
  if (statements.length === 0) throw VtError.of("VT23007", "sql");
  if (statements.length > statementsMax)
    throw VtError.of("VT23009", "schema change", `${statements.length} statements`, `at most ${statementsMax}`);
  for (const statement of statements)
    if (!/^(\/\*M?!\d*\s*)?(create|alter|drop|rename|truncate)\b/i.test(statement))
      throw VtError.of("VT23009", "schema change", statement.slice(0, 80), "CREATE, ALTER, DROP, RENAME, TRUNCATE");
  return statements;
}
