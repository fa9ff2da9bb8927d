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

const definition = /^(\/\*M?!\d*\s*)?(create|alter|drop|rename|truncate)\b/i;
const rowChange = /^(insert|replace|update|delete)\b/i;

/**
 * Throws for what is no definition. One shard may also be brought rows (a sequence's first row); over several shards each
 * would store them.
 */
export function refuseOtherStatements(statements: readonly string[], shardCount: number): void {
  for (const statement of statements)
    if (!definition.test(statement) && !(shardCount === 1 && rowChange.test(statement)))
      throw VtError.of(
        "VT23009",
        "schema change",
        statement.slice(0, 80),
        shardCount === 1
          ? "CREATE, ALTER, DROP, RENAME, TRUNCATE, or a change of rows"
          : "CREATE, ALTER, DROP, RENAME, TRUNCATE",
      );
}
