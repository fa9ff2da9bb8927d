/**
 * Splits rows to be stored over the shards of their keyspace ids. Rows without a value for the auto_increment column get
 * one from the sequence, all in one request; the first of them is the statement's last insert id.
 */
import { assert } from "../../base/assert.ts";
import { VtError } from "../../base/errors.ts";
import { evaluate, printValue } from "../../evalengine/value-expression.ts";
import { type ShardRef, shardOfId } from "../../sharding/destination.ts";
import { textCells } from "../../sqltypes/text-row.ts";
import { type Binds, integerValue, nullValue, type Value } from "../../sqltypes/value.ts";
import type { Calls, Insert, InsertRow, Run, ShardCall } from "../primitive.ts";
import { exactly } from "../routing.ts";

export async function insertCalls(node: Insert, run: Run): Promise<Calls> {
  const { binds, first } = await generate(node, run, { ...run.binds, ...(await ask(node, run)) });
  const shards = run.shards(node.keyspace);
  const rows = new Map<string, string[]>();
  for (const row of node.rows)
    for (const shard of shardsFor(node, row, binds, shards)) {
      const texts = rows.get(shard);
      if (texts === undefined) rows.set(shard, [row.text]);
      else texts.push(row.text);
    }
  const calls = [...rows].map(([shard, texts]): ShardCall => {
    return { keyspace: node.keyspace, shard, sql: `${node.head}${texts.join(", ")}${node.tail}`, binds };
  });
  const firstGenerated = first === undefined ? undefined : lastInsertId(first);
  return { calls, effect: node.place.kind === "AllShards" ? "write-copies" : "write", firstGenerated };
}

/** The values that servers work out before any row is stored. */
async function ask({ asked }: Insert, run: Run): Promise<Binds> {
  if (asked === undefined) return {};
  const found: Record<string, Value> = {};
  for await (const batch of run.execute(asked.input))
    for (const cells of textCells(batch))
      for (const [i, bind] of asked.binds.entries()) {
        const cell = cells[i];
        const isNull = cell === null || cell === undefined;
        found[bind] = isNull ? nullValue : { type: batch.columns[i]?.type ?? "NULL_TYPE", bytes: Buffer.from(cell) };
      }
  return found;
}

function shardsFor(node: Insert, row: InsertRow, binds: Binds, shards: readonly ShardRef[]): readonly string[] {
  const { place, keyspace } = node;
  switch (place.kind) {
    case "AllShards":
      return shards.map(({ name }) => name);
    case "Pinned":
      return [shardOfId(place.id, shards, keyspace)];
    case "OneShard":
      return [onlyShard(keyspace, shards)];
    default:
      return [shardOfId(idOf(node, row, binds), shards, keyspace)];
  }
}

const lastInsertId = (id: bigint) => (id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : id.toString());

/** Values of the auto_increment column, given or generated, as binds. */
async function generate(
  node: Insert,
  run: Run,
  known: Binds,
): Promise<{ readonly binds: Binds; readonly first: bigint | undefined }> {
  if (node.sequence === undefined) return { binds: known, first: undefined };
  const added: Record<string, Value> = {};
  const missing: string[] = [];
  for (const { generated } of node.rows) {
    if (generated === undefined) continue;
    const value = generated.given === undefined ? undefined : evaluate(generated.given, known);
    if (value === undefined || wantsGenerated(value)) missing.push(generated.bind);
    else added[generated.bind] = value;
  }
  if (missing.length === 0) return { binds: { ...known, ...added }, first: undefined };
  const first = await run.nextIds(node.sequence, missing.length);
  for (const [i, bind] of missing.entries()) added[bind] = integerValue(first + BigInt(i));
  return { binds: { ...known, ...added }, first };
}

/** As for AUTO_INCREMENT: NULL and 0 ask for a new value. */
function wantsGenerated({ bytes }: Value): boolean {
  return bytes === undefined || bytes.toString("latin1") === "0";
}

function onlyShard(keyspace: string, shards: readonly ShardRef[]): string {
  const [shard, ...more] = shards;
  if (shard === undefined || more.length > 0) throw VtError.of("VT20004", "rows without a vindex", keyspace);
  return shard.name;
}

function idOf(node: Insert, row: InsertRow, binds: Binds): Buffer {
  const [primary, ...others] = node.vindexes;
  const valuesOf = (i: number) => (row.keys[i] ?? []).map((value) => evaluate(value, binds));
  assert(primary !== undefined, "rows are placed by a primary vindex");
  const values = valuesOf(0);
  const id = exactly(primary, values);
  for (const [i, vindex] of others.entries()) {
    const given = valuesOf(i + 1);
    if (given.some(({ bytes }) => bytes === undefined)) continue; // NULL is nowhere in particular.
    if (!vindex.verify(given, id))
      throw VtError.of("VT20011", given.map(printValue).join(", "), vindex.name, id.toString("hex"));
  }
  return id;
}
