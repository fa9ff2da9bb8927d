/**
 * Reads the keys of the rows to be changed, under locks, then has their shards change them by these keys: as many rows at
 * once as a statement may name, the shards side by side, each shard's statements one after the other.
 */
import { isIntegral } from "../../sqltypes/types.ts";
import type { ResultTrailer } from "../../sqltypes/result.ts";
import { shardOfId } from "../../sharding/destination.ts";
import { VtError } from "../../base/errors.ts";
import { keyCondition, KeyRows, type KeyRow, valueFor } from "../key-rows.ts";
import { addTrailers } from "../merge-trailers.ts";
import { type Answered, emptyTrailer, type KeyedChange, type KeyedWrite, type Run } from "../primitive.ts";
import { exactly } from "../routing.ts";

/** Rows that one statement names; fewer where it tells the values of each apart. */
const rowsPerStatementMax = { alike: 1_000, different: 100 } as const;

export function executeKeyedChange(node: KeyedChange, run: Run): Answered {
  return run.atomically(() => change(node, run));
}

async function* change({ input, writes }: KeyedChange, run: Run): Answered {
  const found = writes.map(({ keys, slots, place }) => {
    const values = slots.flatMap((slot) => (slot.kind === "value" ? slot.column : []));
    const placing = place.kind === "Vindex" ? place.columns : [];
    return new KeyRows({ keys: keys.map(({ column }) => column), values, placing });
  });
  let count = 0;
  for await (const batch of run.execute(input)) {
    count += batch.count;
    if (count > run.memoryRowsMax) throw VtError.of("VT21001", `${run.memoryRowsMax} rows`, "max-memory-rows");
    for (const rows of found) rows.add(batch);
  }
  let trailer: ResultTrailer | undefined;
  for (const [i, write] of writes.entries()) {
    const done = yield* changeTable(write, found[i]?.rows ?? [], run);
    trailer = trailer === undefined ? done : addTrailers(trailer, done);
  }
  return trailer ?? emptyTrailer;
}

async function* changeTable(write: KeyedWrite, rows: readonly KeyRow[], run: Run): Answered {
  let trailer: ResultTrailer | undefined;
  for (const round of roundsOf(write, rows, run)) {
    const calls = round.map(({ shard, sql }) => ({ keyspace: write.keyspace, shard, sql, binds: run.binds }));
    const done = yield* run.send({ calls, effect: write.effect, firstGenerated: undefined });
    trailer = trailer === undefined ? done : addTrailers(trailer, done);
  }
  if (trailer === undefined) return emptyTrailer;
  // A server that sees at once that no row is meant does not say so.
  const isSilent = write.verb === "UPDATE" && trailer.info === "";
  return isSilent ? { ...trailer, info: `Rows matched: 0  Changed: 0  Warnings: ${trailer.warnings}` } : trailer;
}

interface Statement {
  readonly shard: string;
  readonly sql: string;
}

/** What is sent at once: at most one statement to each shard. Without rows one shard still says what it thinks of the statement. */
function roundsOf(write: KeyedWrite, rows: readonly KeyRow[], run: Run): readonly (readonly Statement[])[] {
  const shards = run.shards(write.keyspace).map(({ name }) => name);
  if (rows.length === 0) return [[{ shard: shards[0] ?? "", sql: textFor(write, []) }]];
  const byShard = new Map<string, KeyRow[]>();
  for (const row of rows)
    for (const shard of shardsOf(write, row, run) ?? shards) {
      const others = byShard.get(shard);
      if (others === undefined) byShard.set(shard, [row]);
      else others.push(row);
    }
  const rounds: Statement[][] = [];
  for (const [shard, its] of byShard)
    for (const [i, chunk] of chunksOf(write, its).entries())
      (rounds[i] ??= []).push({ shard, sql: textFor(write, chunk) });
  return rounds;
}

/** Undefined: any of them. Only the vindex of a whole number is sure to say today what it said when the row was stored. */
function shardsOf({ keyspace, place }: KeyedWrite, { placing }: KeyRow, run: Run): readonly string[] | undefined {
  switch (place.kind) {
    case "AllShards":
      return undefined;
    case "Pinned":
      return [shardOfId(place.id, run.shards(keyspace), keyspace)];
    default:
      if (!placing.every(({ type, bytes }) => isIntegral(type) && bytes !== undefined)) return undefined;
      return [shardOfId(exactly(place.vindex, placing), run.shards(keyspace), keyspace)];
  }
}

function chunksOf({ slots, isRowByRow }: KeyedWrite, rows: readonly KeyRow[]): readonly (readonly KeyRow[])[] {
  const [first] = rows;
  const isAlike =
    !slots.some(({ kind }) => kind === "value") ||
    rows.every(({ values }) => values.every((value, i) => value === first?.values[i]));
  const size = isAlike ? rowsPerStatementMax.alike : isRowByRow ? 1 : rowsPerStatementMax.different;
  const chunks: (readonly KeyRow[])[] = [];
  for (let i = 0; i < rows.length; i += size) chunks.push(rows.slice(i, i + size));
  return chunks;
}

function textFor({ pieces, slots, keys }: KeyedWrite, rows: readonly KeyRow[]): string {
  const columns = keys.map(({ sql }) => sql);
  let value = 0;
  return pieces
    .map((piece, i) => {
      const slot = slots[i];
      if (slot === undefined) return piece;
      return piece + (slot.kind === "keys" ? keyCondition(columns, rows) : valueFor(value++, columns, rows));
    })
    .join("");
}
