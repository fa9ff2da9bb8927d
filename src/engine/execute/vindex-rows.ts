/** SELECT … FROM a vindex: for each value where rows with it are. Values that lead nowhere have no row. */
import { evaluateList } from "../../evalengine/value-expression.ts";
import { type KeyRange, contains, intersects } from "../../sharding/key-range.ts";
import type { ShardRef } from "../../sharding/destination.ts";
import { madeColumn } from "../../sqltypes/column-packet.ts";
import { cellBatch } from "../../sqltypes/text-row.ts";
import type { Value } from "../../sqltypes/value.ts";
import { type Answered, emptyTrailer, type Run, type VindexRows } from "../primitive.ts";

type Fields = Readonly<Record<VindexRows["columns"][number]["field"], Buffer>>;

// oxlint-disable-next-line require-await
export async function* executeVindexRows({ keyspace, vindex, list, columns }: VindexRows, run: Run): Answered {
  const shards = run.shards(keyspace);
  const rows = evaluateList(list, run.binds).flatMap((value) => rowsOf(value, vindex, shards));
  yield cellBatch(
    columns.map(({ name }) => madeColumn(name, "VARBINARY")),
    rows.map((row) => columns.map(({ field }) => row[field])),
  );
  return emptyTrailer;
}

function rowsOf(value: Value, vindex: VindexRows["vindex"], shards: readonly ShardRef[]): readonly Fields[] {
  if (value.bytes === undefined) return [];
  const id = value.bytes;
  const found = vindex.map([value]);
  const row = (keyspaceId: Buffer, { name, range }: ShardRef): Fields => ({
    id,
    keyspace_id: keyspaceId,
    range_start: Buffer.from(range.start),
    range_end: Buffer.from(range.end),
    hex_keyspace_id: Buffer.from(keyspaceId.toString("hex")),
    shard: Buffer.from(name),
  });
  const among = (range: KeyRange) => shards.filter((shard) => intersects(shard.range, range));
  if (found.kind === "KeyspaceId")
    return shards.filter(({ range }) => contains(range, found.id)).map((shard) => row(Buffer.from(found.id), shard));
  return found.kind === "KeyRange" ? among(found.range).map((shard) => row(Buffer.alloc(0), shard)) : [];
}
