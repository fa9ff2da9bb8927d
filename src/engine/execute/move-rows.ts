/**
 * UPDATE of the column that decides where a row lives. The shards change their rows in place, so that everything about the
 * change is theirs (counts, errors, times); rows that then are where their new value does not belong are taken to its
 * shard. They are known by that value: no other row of those shards can have it.
 */
import { VtError } from "../../base/errors.ts";
import { evaluate } from "../../evalengine/value-expression.ts";
import { shardOfId } from "../../sharding/destination.ts";
import { textCells } from "../../sqltypes/text-row.ts";
import type { Value } from "../../sqltypes/value.ts";
import { literalRows, storable } from "../literal-rows.ts";
import type { Answered, Calls, Effect, MoveRows, Run } from "../primitive.ts";
import { exactly } from "../routing.ts";
import { routeCalls } from "./route.ts";

const rowsPerStatementMax = 500;

export async function* executeMoveRows(node: MoveRows, run: Run): Answered {
  const { keyspace } = node.update;
  const value = evaluate(node.value, run.binds);
  const home = shardOfId(exactly(node.vindex, [value]), run.shards(keyspace), keyspace);
  const calls = routeCalls(node.update, run);
  const away = calls.calls.flatMap(({ shard }) => (shard === home ? [] : [shard]));
  if (away.length === 0) return yield* run.send(calls);
  checkRange(node, value);
  return yield* run.atomically(() => change(node, run, { calls, away, home, value }));
}

interface Move {
  readonly calls: Calls;
  readonly away: readonly string[];
  readonly home: string;
  readonly value: Value;
}

async function* change(node: MoveRows, run: Run, { calls, away, home, value }: Move): Answered {
  const ask = (shard: string, sql: string, effect: Effect) =>
    run.send({
      calls: [{ keyspace: node.update.keyspace, shard, sql, binds: { [node.bind]: value } }],
      effect,
      firstGenerated: undefined,
    });
  for await (const { count } of ask(home, node.hazardSql, "read"))
    if (count > 0)
      throw VtError.of("VT12001", `a move of rows of ${node.table}, which has triggers or is named by foreign keys`);
  const trailer = yield* run.send(calls);
  for (const shard of away) {
    const rows: string[] = [];
    for await (const batch of ask(shard, node.selectSql, "lock")) {
      refuseOwnIds(node, textCells(batch));
      const all = batch.columns.map((_, i) => i);
      literalRows(storable(batch), all, { open: "(", close: ")" }, rows);
    }
    if (rows.length === 0) continue;
    for await (const _ of ask(shard, node.deleteSql, "write"));
    for (let i = 0; i < rows.length; i += rowsPerStatementMax)
      for await (const _ of ask(home, node.insertHead + rows.slice(i, i + rowsPerStatementMax).join(", "), "write"));
  }
  return trailer;
}

/** A server that is given 0 for such a column makes a value of its own. */
function refuseOwnIds({ autoIncrement, table }: MoveRows, rows: readonly (readonly (Buffer | null)[])[]): void {
  if (autoIncrement === undefined) return;
  for (const cells of rows)
    if (cells[autoIncrement]?.toString("latin1") === "0")
      throw VtError.of("VT12001", `a move of a row of ${table} whose AUTO_INCREMENT column is 0`);
}

/** What the column cannot hold a lenient server would store as something else. */
function checkRange({ min, max, column }: MoveRows, { bytes }: Value): void {
  const text = bytes?.toString("latin1") ?? "";
  if (!/^-?\d{1,20}$/.test(text) || BigInt(text) < min || BigInt(text) > max)
    throw VtError.of("VT12001", `UPDATE of the vindex column ${column} with a value that it cannot hold as it is`);
}
