/**
 * Joins by keys as a stream: rows of the left side come in batches, and of the right side come the rows with their keys.
 * Memory holds one batch of the left side, and, where the left side's order counts, the right rows of that batch.
 *
 * Keys are compared as the servers would where their texts are enough for it; else the plan's other way is taken.
 */
import { VtError } from "../../base/errors.ts";
import type { Column, RowBatch } from "../../sqltypes/result.ts";
import { nullSize } from "../../sqltypes/text-row.ts";
import { isIntegral } from "../../sqltypes/types.ts";
import { nullValue, type Value } from "../../sqltypes/value.ts";
import { checkColumns } from "../column-agreement.ts";
import { JoinedRows, RowView } from "../joined-rows.ts";
import { type Answered, emptyTrailer, type Join, type Run } from "../primitive.ts";
import { elsewhere } from "./sorted-rows.ts";
import { routeCalls } from "./route.ts";

/** Left rows of a batch: the first ones are few, for a LIMIT may be content with them. */
const firstRows = 50;
const batchRowsMax = 1_000;
const batchBytesMax = 1024 * 1024;

export async function* executeJoin(node: Join, run: Run): Answered {
  const left = run.execute(node.left);
  try {
    const { first, all, right } = await opened(left, node, run);
    if (first === undefined || !joins(node, run, first.columns, right)) {
      await left.return(emptyTrailer);
      return yield* run.execute(elsewhere(node.otherwise, first?.columns ?? []));
    }
    const joining = new Joining(node, run, first.columns, right);
    yield joining.out.take(); // The first batch brings the columns.
    for await (const rows of all === undefined ? leftBatches(first, left) : [all]) {
      yield* joining.join(rows);
      yield joining.out.take(); // Whoever has enough says so before more is read.
    }
    return emptyTrailer;
  } finally {
    await left.return(emptyTrailer);
  }
}

/** The left side's first rows and the right side's columns. */
async function opened(left: Answered, node: Join, run: Run) {
  if (!run.isOneAtATime) {
    const [first, right] = await Promise.all([firstBatch(left), rightColumns(node, run)]);
    return { first, all: undefined, right };
  }
  // In a transaction the right side's shards answer when they are done with the left side.
  const first = await firstBatch(left);
  const all = first === undefined ? undefined : await allRows(first, left, run);
  return { first, all, right: await rightColumns(node, run) };
}

async function rightColumns(node: Join, run: Run): Promise<readonly Column[]> {
  let columns: readonly Column[] = [];
  for await (const batch of run.send(rightCalls(node, run, [nullValue]))) ({ columns } = batch);
  return columns;
}

/** Whether the sides are as the plan was told, and their keys compare here. */
function joins(node: Join, run: Run, left: readonly Column[], right: readonly Column[]): boolean {
  if (left.length !== node.widths.left || right.length !== node.widths.right) return false;
  if (run.showsBinary && [...left, ...right].some(({ type }) => type === "FLOAT32")) return false;
  const others = right.slice(right.length - node.keys);
  return left.slice(left.length - node.keys).every((column, i) => compares(column, others[i]));
}

/** Undefined where the left side cannot be had as a stream. */
async function firstBatch(left: Answered): Promise<RowBatch | undefined> {
  try {
    const step = await left.next();
    return step.done === true ? undefined : step.value;
  } catch (thrown) {
    if (thrown instanceof VtError && thrown.code === "VT12001") return undefined;
    throw thrown;
  }
}

async function allRows(first: RowBatch, left: Answered, run: Run): Promise<readonly RowBatch[]> {
  const held = [first];
  let room = run.memoryRowsMax - first.count;
  for (let step = await left.next(); step.done !== true; step = await left.next()) {
    held.push(step.value);
    room -= step.value.count;
    if (room < 0) throw VtError.of("VT21001", `${run.memoryRowsMax} rows`, "max-memory-rows");
  }
  return held;
}

/** The left rows, few by few. */
async function* leftBatches(first: RowBatch, left: Answered): AsyncGenerator<readonly RowBatch[]> {
  let held: RowBatch[] = [first];
  let rows = first.count;
  let bytes = first.bytes.length;
  let rowsMax = firstRows;
  for (let step = await left.next(); step.done !== true; step = await left.next()) {
    held.push(step.value);
    rows += step.value.count;
    bytes += step.value.bytes.length;
    if (rows < rowsMax && bytes < batchBytesMax) continue;
    yield held;
    [held, rows, bytes] = [[], 0, 0];
    rowsMax = Math.min(rowsMax * 4, batchRowsMax);
  }
  if (rows > 0) yield held;
}

interface LeftRow {
  readonly batch: RowBatch;
  readonly row: number;
  isMatched: boolean;
}

class Joining {
  readonly out: JoinedRows;
  readonly #node: Join;
  readonly #run: Run;
  readonly #rightColumns: readonly Column[];
  readonly #left: RowView;
  readonly #right: RowView;
  readonly #leftKeys: readonly number[];
  readonly #rightKeys: readonly number[];
  readonly #types: readonly Value["type"][];

  constructor(node: Join, run: Run, left: readonly Column[], right: readonly Column[]) {
    this.#node = node;
    this.#run = run;
    this.#rightColumns = right;
    this.#left = new RowView(left.length);
    this.#right = new RowView(right.length);
    const last = (columns: readonly Column[]) => columns.map((_, i) => i).slice(columns.length - node.keys);
    this.#leftKeys = last(left);
    this.#rightKeys = last(right);
    this.#types = this.#leftKeys.map((i) => (left[i] as Column).type);
    const shown = node.columns.map(({ side, at }) => {
      if (side === "left") return left[at] as Column;
      const column = right[at] as Column;
      return node.isOuter ? { ...column, flags: column.flags & ~notNullFlag } : column;
    });
    this.out = new JoinedRows(shown, node.columns);
  }

  async *join(batches: readonly RowBatch[]): AsyncGenerator<RowBatch> {
    const rows: LeftRow[] = [];
    const byKey = new Map<string, LeftRow[]>();
    const keys = new Map<string, Value>();
    for (const batch of batches)
      for (let row = 0; row < batch.count; row++) {
        this.#left.look(batch, row);
        const left: LeftRow = { batch, row, isMatched: false };
        rows.push(left);
        const key = keyOf(this.#left, this.#leftKeys);
        if (key === undefined) continue;
        const same = byKey.get(key);
        if (same !== undefined) same.push(left);
        else byKey.set(key, [left]);
        const [text = ""] = key.split(keyEnd, 1);
        if (!keys.has(text)) keys.set(text, { type: this.#types[0] ?? "INT64", bytes: Buffer.from(text, "latin1") });
      }
    const answered = this.#rightRows([...keys.values()]);
    if (this.#node.isOrdered) yield* this.#inOrder(rows, answered);
    else yield* this.#asTheyCome(rows, byKey, answered);
  }

  async *#rightRows(values: readonly Value[]): AsyncGenerator<RowBatch> {
    if (values.length === 0) return;
    for await (const batch of this.#run.send(rightCalls(this.#node, this.#run, values))) {
      checkColumns(this.#rightColumns, batch.columns, "of later rows");
      yield batch;
    }
  }

  async *#asTheyCome(
    rows: readonly LeftRow[],
    byKey: ReadonlyMap<string, readonly LeftRow[]>,
    answered: AsyncGenerator<RowBatch>,
  ): AsyncGenerator<RowBatch> {
    for await (const batch of answered)
      for (let row = 0; row < batch.count; row++) {
        this.#right.look(batch, row);
        const key = keyOf(this.#right, this.#rightKeys);
        for (const left of (key === undefined ? undefined : byKey.get(key)) ?? []) {
          left.isMatched = true;
          yield* this.#add(left, this.#right);
        }
      }
    if (!this.#node.isOuter) return;
    for (const left of rows) if (!left.isMatched) yield* this.#add(left, undefined);
  }

  async *#inOrder(rows: readonly LeftRow[], answered: AsyncGenerator<RowBatch>): AsyncGenerator<RowBatch> {
    const found = new Map<string, { readonly batch: RowBatch; readonly row: number }[]>();
    let room = this.#run.memoryRowsMax;
    for await (const batch of answered) {
      room -= batch.count;
      if (room < 0) throw VtError.of("VT21001", `${this.#run.memoryRowsMax} rows`, "max-memory-rows");
      for (let row = 0; row < batch.count; row++) {
        this.#right.look(batch, row);
        const key = keyOf(this.#right, this.#rightKeys);
        if (key === undefined) continue;
        const same = found.get(key);
        if (same === undefined) found.set(key, [{ batch, row }]);
        else same.push({ batch, row });
      }
    }
    for (const left of rows) {
      this.#left.look(left.batch, left.row);
      const key = keyOf(this.#left, this.#leftKeys);
      const partners = key === undefined ? undefined : found.get(key);
      for (const { batch, row } of partners ?? []) {
        this.#right.look(batch, row);
        yield* this.#add(left, this.#right);
      }
      if (partners === undefined && this.#node.isOuter) yield* this.#add(left, undefined);
    }
  }

  *#add(left: LeftRow, right: RowView | undefined): Generator<RowBatch> {
    this.#left.look(left.batch, left.row);
    this.out.add(this.#left, right);
    if (this.out.isFull) yield this.out.take();
  }
}

const notNullFlag = 1;
const keyEnd = "\0";

const rightCalls = ({ right, bind }: Join, run: Run, values: readonly Value[]) =>
  routeCalls(right, run, { ...run.binds, [bind]: { type: "TUPLE", values } });

/** Equal texts are equal values, and the other way round. */
function compares(a: Column, b: Column | undefined): boolean {
  if (b === undefined) return false;
  const isPlain = ({ type, flags }: Column) => isIntegral(type) && type !== "YEAR" && (flags & zerofillFlag) === 0;
  return (isPlain(a) && isPlain(b)) || (a.type === "DATE" && b.type === "DATE");
}
const zerofillFlag = 64;

/** Undefined: a part is NULL, which equals nothing. */
function keyOf({ bytes, cells }: RowView, at: readonly number[]): string | undefined {
  let key = "";
  for (const i of at) {
    const begin = cells[2 * i] as number;
    const size = cells[2 * i + 1] as number;
    if (size === nullSize) return undefined;
    key += bytes.toString("latin1", begin, begin + size) + keyEnd;
  }
  return key;
}
