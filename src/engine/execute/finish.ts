/**
 * Gathers rows of shards, up to a limit, and has one server finish the statement over them. What the client sees of the
 * columns comes from the same server's own tables, which know more of them (names of tables, keys) than copies of rows.
 */
import { VtError } from "../../base/errors.ts";
import { isIntegral } from "../../sqltypes/types.ts";
import type { Column, RowBatch } from "../../sqltypes/result.ts";
import { nullValue } from "../../sqltypes/value.ts";
import { KeySet } from "../key-set.ts";
import { literalRows } from "../literal-rows.ts";
import { exactQuery, needTypes, typedRows } from "../typed-rows.ts";
import { type Answered, type Calls, emptyTrailer, type Finish, type Gather, type Run } from "../primitive.ts";
import { routeCalls } from "./route.ts";

/** Bytes of SQL that a server is sent at most: the smallest max_allowed_packet in use is 16 MiB. */
const finishingBytesMax = 12 * 1024 * 1024;

export async function* executeFinish(node: Finish, run: Run): Answered {
  const room = { rows: run.memoryRowsMax, bytes: finishingBytesMax };
  const gathered: Promise<Gathered>[] = [];
  for (const gather of node.gathers) {
    const one = collect(gather, node, run, room, gathered);
    gathered.push(one);
    if (run.isOneAtATime) await one;
  }
  const rows = await Promise.all(gathered);
  const text = node.pieces
    .map((piece, i) => {
      const slot = node.slots[i];
      if (slot === undefined) return piece;
      const query = rows[slot.gather]?.query ?? "";
      return piece + (slot.isArm ? asArm(query) : query);
    })
    .join("");
  const calls = oneCall(node.keyspace, text, run);
  const columns = await columnsOf(
    { ...calls, calls: calls.calls.map((call) => ({ ...call, sql: node.columnsSql })) },
    run,
  );
  const isExact = columns.some(({ type }) => type === "FLOAT32"); // Its text has not all its digits.
  const answered = isExact ? run.sendShown(calls) : run.send(calls);
  try {
    for (let step = await answered.next(); ; step = await answered.next()) {
      if (step.done === true) return { ...emptyTrailer, warnings: step.value.warnings };
      yield { ...step.value, columns: agreed(columns, step.value) };
    }
  } finally {
    await answered.return(emptyTrailer);
  }
}

/** MariaDB takes no WITH in an arm of UNION, unless it is a table there. */
const asArm = (query: string) => (/^with\b/.test(query) ? `(select * from (${query}) as __rows)` : `(${query})`);

/**
 * MariaDB pushes conditions into the arms of a UNION and compares the literals there by their own collation, which is not
 * the column's. Into a SELECT with a LIMIT it pushes none.
 */
const unpushed = (union: string) => `select * from (${union}) as __union limit 18446744073709551615`;

interface Room {
  rows: number;
  bytes: number;
}

interface Gathered {
  /** The query that answers the rows. */
  readonly query: string;
  /** Values of the columns that later gathers ask by, in small letters. */
  readonly keys: ReadonlyMap<string, KeySet>;
}

async function collect(
  gather: Gather,
  { flavour, gathers }: Finish,
  run: Run,
  room: Room,
  earlier: readonly Promise<Gathered>[],
): Promise<Gathered> {
  const at = earlier.length;
  const keys = new Map(
    gathers.flatMap(({ keyed }) => (keyed?.from === at ? [[keyed.column, new KeySet()] as const] : [])),
  );
  const brackets = flavour === "mysql" ? { open: "row(", close: ")" } : { open: "select ", close: "" };
  const { columns, batches } = await openBatches(await callsOf(gather, run, earlier), run);
  const used = usedColumns(columns, gather.wanted);
  const out: string[] = [];
  let known = 0;
  for await (const batch of batches) {
    for (const [name, set] of keys) set.add({ ...batch, columns }, name);
    room.rows -= batch.count;
    if (room.rows < 0) throw VtError.of("VT21001", `${run.memoryRowsMax} rows`, "max-memory-rows");
    literalRows(batch, used, brackets, out);
    for (; known < out.length; known++) room.bytes -= (out[known] as string).length + brackets.close.length;
    if (room.bytes < 0) throw VtError.of("VT21001", `${finishingBytesMax} bytes`, "finishingBytesMax");
  }
  const { before, after } = gather.empty;
  const list = used.map((i) => `\`${(columns[i] as Column).name.replaceAll("`", "``")}\``).join(", ");
  const empty = after === undefined ? before : `${before}${list === "" ? "1 as __one" : list}${after}`;
  const shown = used.map((i) => columns[i] as Column);
  return { query: out.length === 0 ? empty : rowsQuery(flavour, empty, shown, out), keys };
}

function rowsQuery(flavour: Finish["flavour"], empty: string, columns: readonly Column[], rows: readonly string[]) {
  if (needTypes(columns)) return typedRows(flavour, empty, columns, rows);
  return flavour === "mysql"
    ? `(${empty}) union all values ${rows.join(", ")}`
    : unpushed(`(${empty}) union all ${rows.join(" union all ")}`);
}

/** The columns as they are, and rows whose values are exact: where texts do not tell all they are asked for again. */
async function openBatches(
  calls: Calls,
  run: Run,
): Promise<{ readonly columns: readonly Column[]; readonly batches: AsyncIterable<RowBatch> }> {
  const answered = run.send(calls);
  const first = await answered.next();
  if (first.done === true) return { columns: [], batches: answered };
  const { columns } = first.value;
  if (exactQuery("", columns) === undefined) return { columns, batches: startingWith(first.value, answered) };
  await answered.return(emptyTrailer);
  const again = calls.calls.map((call) => ({ ...call, sql: exactQuery(call.sql, columns) ?? call.sql }));
  return { columns, batches: run.send({ ...calls, calls: again }) };
}

async function* startingWith(first: RowBatch, rest: Answered): AsyncGenerator<RowBatch> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(emptyTrailer);
  }
}

/** By keys where another gather knows which rows can join. */
async function callsOf({ input, keyed }: Gather, run: Run, before: readonly Promise<Gathered>[]): Promise<Calls> {
  const values = keyed === undefined ? undefined : (await before[keyed.from])?.keys.get(keyed.column)?.values;
  if (keyed === undefined || values === undefined) return routeCalls(input, run);
  const list = values.length === 0 ? [nullValue] : values;
  return routeCalls(keyed.input, run, { ...run.binds, [keyed.bind]: { type: "TUPLE", values: list } });
}

function usedColumns(columns: readonly Column[], wanted: readonly string[] | undefined): readonly number[] {
  const all = columns.map((_, i) => i);
  if (wanted === undefined) return all;
  const names = new Set(wanted);
  return all.filter((i) => names.has((columns[i] as Column).name.toLowerCase()));
}

/** Any of the shards may do it: the first one always, so that a transaction stays on few. */
function oneCall(keyspace: string, sql: string, run: Run): Calls {
  const [shard] = run.shards(keyspace);
  if (shard === undefined) throw VtError.of("VT05003", keyspace);
  return { calls: [{ keyspace, shard: shard.name, sql, binds: run.binds }], effect: "read", firstGenerated: undefined };
}

async function columnsOf(calls: Calls, run: Run): Promise<readonly Column[]> {
  let columns: readonly Column[] = [];
  for await (const batch of run.send(calls)) ({ columns } = batch);
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
