/** A cell of a result as the value of a user variable: servers keep whole numbers, decimals, doubles, text and bytes. */
import type { Column } from "../sqltypes/result.ts";
import { isIntegral } from "../sqltypes/types.ts";
import type { Value } from "../sqltypes/value.ts";
import { resultInUtf8 } from "./session-charset.ts";
import type { SessionState } from "./session-state.ts";

/** Collation number of bytes that are no text. */
const binary = 63;

export function columnValue(column: Column | undefined, cell: Buffer | null | undefined, session: SessionState): Value {
  const type = column?.type ?? "VARCHAR";
  if (cell === null || cell === undefined) return { type: "NULL_TYPE", bytes: undefined };
  const bytes = Buffer.from(cell);
  if (type === "BIT")
    return { type: "UINT64", bytes: Buffer.from(BigInt(`0x${bytes.toString("hex") || "0"}`).toString()) };
  if (type === "YEAR") return { type: "UINT64", bytes };
  if (isIntegral(type)) return { type: type.startsWith("U") ? "UINT64" : "INT64", bytes };
  if (type === "FLOAT32" || type === "FLOAT64") return { type: "FLOAT64", bytes };
  if (type === "DECIMAL") return { type, bytes };
  if (column?.collation === binary && isBytes.test(type)) return { type: "VARBINARY", bytes };
  return { type: "VARCHAR", bytes: resultInUtf8(bytes, session) };
}

const isBytes = /BINARY|BLOB|GEOMETRY/;
