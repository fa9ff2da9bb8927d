/** What shards answer at the end of a statement, as one: counts add up. */
import type { Answered } from "./primitive.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";

export function addTrailers(a: ResultTrailer, b: ResultTrailer): ResultTrailer {
  return {
    affectedRows: a.affectedRows + b.affectedRows,
    lastInsertId: a.lastInsertId === 0 ? b.lastInsertId : a.lastInsertId,
    statusFlags: a.statusFlags | b.statusFlags,
    warnings: Math.min(a.warnings + b.warnings, 0xffff),
    info: addInfo(a.info, b.info),
    sessionState: Buffer.alloc(0),
    ...bothLists(a.warningList, b.warningList),
  };
}

function bothLists(
  a: ResultTrailer["warningList"],
  b: ResultTrailer["warningList"],
): Pick<ResultTrailer, "warningList"> {
  if (a === undefined && b === undefined) return {};
  return { warningList: [...(a ?? []), ...(b ?? [])] };
}

/** A server says nothing of an INSERT of a single row; beside those of more it counts as one. */
export function insertedOne(trailer: ResultTrailer): ResultTrailer {
  const { affectedRows, warnings } = trailer;
  const info = `Records: 1  Duplicates: ${affectedRows === 1 ? 0 : 1}  Warnings: ${warnings}`;
  return { ...trailer, info };
}

/** "Rows matched: 1  Changed: 1  Warnings: 0": numbers add up where the words are the same. */
function addInfo(a: string, b: string): string {
  if (a === "" || b === "") return a || b;
  const numbers = b.match(/\d+/g) ?? [];
  if (a.replaceAll(/\d+/g, "") !== b.replaceAll(/\d+/g, "")) return a;
  let i = 0;
  return a.replaceAll(/\d+/g, (n) => String(Number(n) + Number(numbers[i++] ?? 0)));
}

/** How a statement without rows ended. */
export async function trailerOf(answered: Answered): Promise<ResultTrailer> {
  for (;;) {
    const step = await answered.next();
    if (step.done === true) return step.value;
  }
}
