/** SHOW VARIABLES: a server's answer, with the session's own values of the variables that the gateway keeps. */
import type { Answered } from "../../engine/primitive.ts";
import type { Show } from "../../sqlparser/ast/administration.ts";
import { textBatch, textCells } from "../../sqltypes/text-row.ts";
import { systemVariable } from "../session-facts.ts";
import type { StatementRun } from "../statement-run.ts";
import { partOf } from "./show-answers.ts";

const flags: ReadonlySet<string> = new Set(["autocommit", "transaction_read_only", "tx_read_only"]);
const texts: ReadonlySet<string> = new Set(["completion_type", "sql_select_limit", "version", "version_comment"]);
const isolations: ReadonlySet<string> = new Set(["transaction_isolation", "tx_isolation"]);
/** The gateway's own, whatever the scope. */
const everywhere: ReadonlySet<string> = new Set(["version", "version_comment"]);

export async function* sessionVariables(statement: Show, answered: Answered, run: StatementRun): Answered {
  const isGlobal = /\bGLOBAL\b/.test(partOf(statement, "Words")?.text ?? "");
  for (;;) {
    const step = await answered.next();
    if (step.done === true) return step.value;
    const rows = textCells(step.value).map(([name, value]) => {
      const variable = name?.toString("latin1").toLowerCase() ?? "";
      const own = isGlobal && !everywhere.has(variable) ? undefined : ownValue(variable, run);
      return [name?.toString("utf8") ?? null, own ?? value?.toString("utf8") ?? null];
    });
    yield textBatch(step.value.columns, rows);
  }
}

function ownValue(name: string, { session, gateway }: StatementRun): string | undefined {
  if (isolations.has(name)) return session.isolation === "DEFAULT" ? undefined : session.isolation.replace("_", "-");
  if (!flags.has(name) && !texts.has(name)) return undefined;
  const text = systemVariable(name, session, gateway.facts).bytes?.toString("utf8") ?? "";
  if (!flags.has(name)) return text;
  return text === "1" ? "ON" : "OFF";
}
