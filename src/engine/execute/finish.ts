/**
 * Gathers rows of shards, up to a limit, and has one server finish the statement over them. What the client sees of the
 * columns comes from the same server's own tables, which know more of them (names of tables, keys) than copies of rows.
 */
import { VtError } from "../../base/errors.ts";
import { isIntegral } from "../../sqltypes/types.ts";
import type { Column, RowBatch } from "../../sqltypes/result.ts";
import { type Answered, type Calls, emptyTrailer, type Finish, type Run } from "../primitive.ts";
import { warningsOf } from "../warnings.ts";
import { gatherRows, oneCall } from "./gather-rows.ts";

export async function* executeFinish(node: Finish, run: Run): Answered {
  const rows = await gatherRows(node, run);
  const text = node.pieces
    .map((piece, i) => {
      const slot = node.slots[i];
      if (slot === undefined) return piece;
      const query = rows[slot.gather] ?? "";
      return piece + (slot.isArm ? asArm(query) : query);
    })
    .join("");
  const calls = oneCall(node.keyspace, text, run);
  const columns = node.columnsSql === undefined ? undefined : await columnsOf(calls, node.columnsSql, run);
  // The text of a FLOAT has not all its digits.
  const isExact = columns?.some(({ type }) => type === "FLOAT32") ?? true;
  const answered = isExact ? run.sendShown(calls) : run.send(calls);
  try {
    for (let step = await answered.next(); ; step = await answered.next()) {
      if (step.done === true) return warningsOf([step.value]);
      yield columns === undefined ? step.value : { ...step.value, columns: agreed(columns, step.value) };
    }
  } finally {
    await answered.return(emptyTrailer);
  }
}

/** MariaDB takes no WITH in an arm of UNION, unless it is a table there. */
const asArm = (query: string) => (/^with\b/.test(query) ? `(select * from (${query}) as __rows)` : `(${query})`);

async function columnsOf({ calls, ...how }: Calls, sql: string, run: Run): Promise<readonly Column[]> {
  let columns: readonly Column[] = [];
  for await (const batch of run.send({ ...how, calls: calls.map((call) => ({ ...call, sql })) })) ({ columns } = batch);
  return columns;
}

/** The columns as the tables have them, for rows that mean the same under them. */
function agreed(wanted: readonly Column[], { columns, format }: RowBatch): readonly Column[] {
  if (wanted.length !== columns.length) throw VtError.of("VT13001", "a finished statement with other columns");
  return wanted.map((column, i) => {
    const found = columns[i] as Column;
    if (!isAlike(column, found))
      throw VtError.of(
        "VT12001",
        `the column ${column.name}, which is ${column.type} and was gathered as ${found.type}`,
      );
    if (format === "binary" && isNumber(column) && found.type !== "NULL_TYPE")
      return { ...column, type: found.type, flags: found.flags, decimals: found.decimals }; // The width counts there.
    // Of texts the decimals say only how they were made.
    return texts.has(column.type) || bytes.has(column.type) ? { ...column, decimals: found.decimals } : column;
  });
}

const isNumber = ({ type, decimals }: Column) => isIntegral(type) || (type === "DECIMAL" && decimals === 0);
const texts: ReadonlySet<string> = new Set(["CHAR", "VARCHAR", "TEXT"]);
const bytes: ReadonlySet<string> = new Set(["BINARY", "VARBINARY", "BLOB"]);
const times: ReadonlySet<string> = new Set(["DATETIME", "TIMESTAMP"]);

/** A cell's text is the same under both. */
function isAlike(a: Column, b: Column): boolean {
  if (b.type === "NULL_TYPE" || (isNumber(a) && isNumber(b))) return true;
  for (const alike of [texts, bytes]) if (alike.has(a.type) && alike.has(b.type)) return true;
  if (a.decimals !== b.decimals) return false;
  return a.type === b.type || (times.has(a.type) && times.has(b.type));
}
