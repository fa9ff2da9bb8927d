/**
 * Where the rows of a query go besides the client.
 *
 * SELECT … INTO @a, @b: the only row goes to variables of the session, and the client gets an OK packet. No row: a warning,
 * and the variables stay as they are; more than one: an error, after the first was taken. LAST_INSERT_ID(expression): what
 * a server would remember of it, the session does.
 */
import { ServerError } from "../../base/errors.ts";
import { type Answered, emptyTrailer } from "../../engine/primitive.ts";
import { textCells } from "../../sqltypes/text-row.ts";
import { columnValue } from "../column-value.ts";
import type { Understood } from "../gateway.ts";
import type { RowTarget } from "../row-target.ts";
import type { SessionState } from "../session-state.ts";
import type { StatementRun } from "../statement-run.ts";

export type Planned = Extract<Understood, { kind: "plan" }>;

export function runPlanned({ plan, hidesDatabases, rowTarget }: Planned, run: StatementRun): Promise<void> {
  if (rowTarget === undefined && !hidesDatabases) return run.plan(plan);
  return runAnswered(run.answered(plan, hidesDatabases), rowTarget, run);
}

export function runAnswered(answered: Answered, target: RowTarget | undefined, run: StatementRun): Promise<void> {
  const { variables, insertIdColumn } = target ?? {};
  const noted = insertIdColumn === undefined ? answered : notingInsertId(answered, insertIdColumn, run.session);
  return variables === undefined ? run.stream(noted) : takeInto(variables, noted, run);
}

async function takeInto(targets: readonly string[], answered: Answered, run: StatementRun): Promise<void> {
  let rows = 0;
  try {
    for (let step = await answered.next(); step.done !== true; step = await answered.next()) {
      const { columns, count } = step.value;
      if (columns.length !== targets.length)
        throw new ServerError(1222, "21000", "The used SELECT statements have a different number of columns");
      const [first] = count === 0 ? [] : textCells(step.value);
      if (rows === 0 && first !== undefined)
        for (const [i, name] of targets.entries())
          run.session.variables.set(name, columnValue(columns[i], first[i], run.session));
      rows += count;
      if (rows > 1) throw new ServerError(1172, "42000", "Result consisted of more than one row");
      run.checkGoesOn();
    }
  } finally {
    await answered.return(emptyTrailer);
  }
  if (rows === 0) run.session.warn({ level: "Warning", code: 1329, text: noData });
  run.ok({ affectedRows: rows });
}

const noData = "No data - zero rows fetched, selected, or processed";

async function* notingInsertId(answered: Answered, column: number, session: SessionState): Answered {
  try {
    for (let step = await answered.next(); ; step = await answered.next()) {
      if (step.done === true) return step.value;
      const cell = textCells(step.value).at(-1)?.[column];
      if (cell !== undefined) session.lastInsertId = insertIdOf(cell);
      yield step.value;
    }
  } finally {
    await answered.return(emptyTrailer);
  }
}

/** A negative number counts down from 2^64; NULL is 0. */
export function insertIdOf(cell: Buffer | null | undefined): string {
  const text = cell?.toString("latin1") ?? "0";
  return BigInt.asUintN(64, /^-?\d+$/.test(text) ? BigInt(text) : 0n).toString();
}
