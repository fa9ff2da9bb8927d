/**
 * The gathers of a Finish: each asks shards for rows, up to a limit of them all, and becomes a query that answers the rows
 * anywhere in its keyspace, under columns of the same types.
 */
import { VtError } from "../../base/errors.ts";
import type { Column, RowBatch } from "../../sqltypes/result.ts";
import { findTextCells, textCells } from "../../sqltypes/text-row.ts";
import { nullValue } from "../../sqltypes/value.ts";
import { checkMembers, collationsQuery, definitionsQuery, emptyTable, hasMembers } from "../foreign-columns.ts";
import { KeySet } from "../key-set.ts";
import { literalRows } from "../literal-rows.ts";
import { exactQuery, needTypes, typedRows } from "../typed-rows.ts";
import { type Answered, type Calls, emptyTrailer, type Finish, type Gather, type Run } from "../primitive.ts";
import { routeCalls } from "./route.ts";

/** Bytes of SQL that a server is sent at most: the smallest max_allowed_packet in use is 16 MiB. */
const finishingBytesMax = 12 * 1024 * 1024;

/** The queries that stand for the gathers' rows. */
export async function gatherRows(node: Finish, run: Run): Promise<readonly string[]> {
  const way: Way = { node, run, room: { rows: run.memoryRowsMax, bytes: finishingBytesMax }, gathered: [] };
  for (const [at, gather] of node.gathers.entries()) {
    const one = collect(gather, at, way);
    way.gathered.push(one);
    if (run.isOneAtATime) await one;
  }
  return (await Promise.all(way.gathered)).map(({ query }) => query);
}

/**
 * MariaDB pushes conditions into the arms of a UNION and compares the literals there by their own collation, which is not
 * the column's. Into a SELECT with a LIMIT it pushes none.
 */
const unpushed = (union: string) => `select * from (${union}) as __union limit 18446744073709551615`;

interface Room {
  rows: number;
  bytes: number;
}

/** What gathers of one statement share. */
interface Way {
  readonly node: Finish;
  readonly run: Run;
  readonly room: Room;
  readonly gathered: Promise<Gathered>[];
}

interface Gathered {
  /** The query that answers the rows. */
  readonly query: string;
  /** Values of the columns that later gathers ask by, in small letters. */
  readonly keys: ReadonlyMap<string, KeySet>;
}

async function collect(gather: Gather, at: number, way: Way): Promise<Gathered> {
  const { node, run, room } = way;
  const keys = new Map(
    node.gathers.flatMap(({ keyed }) => (keyed?.from === at ? [[keyed.column, new KeySet()] as const] : [])),
  );
  const brackets = node.flavour === "mysql" ? { open: "row(", close: ")" } : { open: "select ", close: "" };
  const { columns, batches } = await openBatches(await callsOf(gather, way), run);
  const used = usedColumns(columns, gather.wanted);
  const isForeign = gather.input.keyspace !== node.keyspace;
  const out: string[] = [];
  const cellsMax = used.map(() => 0);
  let known = 0;
  for await (const batch of batches) {
    for (const [name, set] of keys) set.add({ ...batch, columns }, name);
    room.rows -= batch.count;
    if (room.rows < 0) throw VtError.of("VT21001", `${run.memoryRowsMax} rows`, "max-memory-rows");
    literalRows(batch, used, brackets, out);
    if (isForeign) noteSizes(batch, used, cellsMax);
    for (; known < out.length; known++) room.bytes -= (out[known] as string).length + brackets.close.length;
    if (room.bytes < 0) throw VtError.of("VT21001", `${finishingBytesMax} bytes`, "finishingBytesMax");
  }
  const shown = used.map((i) => columns[i] as Column);
  if (shown.length === 0) return { query: rowsWithoutColumns(out.length), keys };
  const own = emptyQuery(gather, shown);
  const empty = isForeign ? await foreignTable(gather, own, shown, cellsMax, way) : own;
  return { query: out.length === 0 ? empty : rowsQuery(node, empty, shown, out), keys };
}

function emptyQuery({ empty: { before, after } }: Gather, columns: readonly Column[]): string {
  const asked = ({ name }: Column) => (name === "__one" ? "1 as __one" : `\`${name.replaceAll("`", "``")}\``);
  const list = columns.map(asked).join(", ");
  return after === undefined ? before : `${before}${list}${after}`;
}

/** A table of which no column is of use: it counts. */
const rowsWithoutColumns = (count: number) =>
  count === 0
    ? "select 1 as __one from dual where false"
    : Array.from({ length: count }, () => "select 1 as __one").join(" union all ");

function rowsQuery(
  { flavour, columnsSql }: Finish,
  empty: string,
  columns: readonly Column[],
  rows: readonly string[],
) {
  if (columnsSql === undefined || needTypes(columns)) return typedRows(flavour, empty, columns, rows);
  return flavour === "mysql"
    ? `(${empty}) union all values ${rows.join(", ")}`
    : unpushed(`(${empty}) union all ${rows.join(" union all ")}`);
}

/** The columns of another keyspace's table or query, without rows. */
async function foreignTable(
  { input: { keyspace }, table }: Gather,
  own: string,
  columns: readonly Column[],
  cellsMax: readonly number[],
  { node: { flavour }, run }: Way,
): Promise<string> {
  const [collations = []] = await texts(oneCall(keyspace, collationsQuery(own, columns.length), run), run);
  const definitions = new Map<string, string>();
  if (table !== undefined && columns.some(hasMembers))
    for (const [name = "", type = ""] of await texts(oneCall(keyspace, definitionsQuery(table), run), run))
      definitions.set(name.toLowerCase(), type);
  const facts = columns.map((column, i) => {
    const definition = hasMembers(column) ? definitions.get(column.name.toLowerCase()) : undefined;
    checkMembers(flavour, column, definition);
    return { collation: collations[i] ?? "binary", definition };
  });
  return emptyTable(flavour, columns, facts, cellsMax);
}

/** A small answer. */
async function texts(calls: Calls, run: Run): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = [];
  for await (const batch of run.send(calls))
    for (const cells of textCells(batch)) rows.push(cells.map((cell) => cell?.toString() ?? ""));
  return rows;
}

/** The bytes of the longest cell of each column. */
function noteSizes({ columns, bytes, offsets, count }: RowBatch, used: readonly number[], cellsMax: number[]): void {
  const cells = new Int32Array(2 * columns.length);
  for (let row = 0; row < count; row++) {
    findTextCells(bytes, offsets[row] as number, offsets[row + 1] as number, columns.length, cells);
    for (const [at, i] of used.entries()) cellsMax[at] = Math.max(cellsMax[at] as number, cells[2 * i + 1] as number);
  }
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
async function callsOf({ input, keyed }: Gather, { run, gathered }: Way): Promise<Calls> {
  const values = keyed === undefined ? undefined : (await gathered[keyed.from])?.keys.get(keyed.column)?.values;
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
export function oneCall(keyspace: string, sql: string, run: Run): Calls {
  const [shard] = run.shards(keyspace);
  if (shard === undefined) throw VtError.of("VT05003", keyspace);
  return { calls: [{ keyspace, shard: shard.name, sql, binds: run.binds }], effect: "read", firstGenerated: undefined };
}
