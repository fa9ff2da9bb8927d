/** The join's stream: how few left rows it reads, and that its order and its unmatched rows are right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeColumn } from "../../sqltypes/column-packet.ts";
import type { RowBatch } from "../../sqltypes/result.ts";
import { textBatch, textCells } from "../../sqltypes/text-row.ts";
import { execute } from "../executors.ts";
import { type Answered, type Calls, emptyTrailer, type Join, type Primitive, type Run } from "../primitive.ts";

const column = (name: string) => madeColumn(name, "INT64");
const route = (sql: string) =>
  ({ kind: "Route", keyspace: "k", routing: { kind: "AllShards" }, sql, effect: "read", oneShardOnly: false }) as const;

const join: Join = {
  kind: "Join",
  left: route("left"),
  right: route("right"),
  bind: "keys",
  widths: { left: 2, right: 2 },
  keys: 1,
  isOuter: true,
  isOrdered: true,
  columns: [
    { side: "left", at: 0 },
    { side: "right", at: 0 },
  ],
  otherwise: undefined,
};

/** The left side has rows 0, 1, 2 … with keys modulo 10; the right side has a row for each even key. */
function runOf(leftRows: number, asked: { left: number; right: number }): Run {
  const run: Pick<Run, "binds" | "memoryRowsMax" | "isOneAtATime" | "showsBinary" | "resolve" | "send" | "execute"> = {
    binds: {},
    memoryRowsMax: 1000,
    isOneAtATime: false,
    showsBinary: false,
    resolve: () => ["-"],
    send: (calls) => (calls.calls[0]?.sql === "left" ? left() : right(calls)),
    execute: (node: Primitive) => execute(node, run as Run),
  };
  // oxlint-disable-next-line require-await
  async function* left(): Answered {
    const columns = [column("id"), column("key")];
    yield textBatch(columns, []);
    for (let id = 0; id < leftRows; id++, asked.left++) yield textBatch(columns, [[id, id % 10]]);
    return emptyTrailer;
  }
  // oxlint-disable-next-line require-await
  async function* right({ calls }: Calls): Answered {
    asked.right++;
    const bind = calls[0]?.binds["keys"];
    const keys = bind !== undefined && "values" in bind ? bind.values.map(({ bytes }) => bytes?.toString() ?? "1") : [];
    const rows = keys.filter((key) => Number(key) % 2 === 0).map((key) => [`${key}0`, key]);
    yield textBatch([column("r"), column("key")], rows.toReversed());
    return emptyTrailer;
  }
  return run as Run;
}

async function collect(answered: Answered): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of answered as AsyncIterable<RowBatch>)
    for (const cells of textCells(batch)) rows.push(cells.map((cell) => cell?.toString() ?? "NULL").join(" "));
  return rows;
}

test("left rows come in their order, those without partners with NULLs", async () => {
  const asked = { left: 0, right: 0 };
  const wanted = Array.from({ length: 5000 }, (_, id) => `${id} ${id % 2 === 0 ? `${id % 10}0` : "NULL"}`);
  assert.deepEqual(await collect(execute(join, runOf(5000, asked))), wanted);
  assert.deepEqual((await collect(execute({ ...join, isOrdered: false }, runOf(5000, asked)))).sort(), wanted.sort());
  assert.deepEqual(await collect(execute({ ...join, isOuter: false }, runOf(4, asked))), ["0 00", "2 20"]);
});

test("a LIMIT stops the left side early, and keys are asked for batch by batch", async () => {
  const asked = { left: 0, right: 0 };
  const constant = (n: number) =>
    ({ kind: "Constant", value: { type: "INT64", bytes: Buffer.from(String(n)) } }) as const;
  const limit = { kind: "Limit", input: join, count: constant(3), offset: constant(0) } as const;
  assert.equal((await collect(execute(limit, runOf(100_000, asked)))).length, 3);
  assert.ok(asked.left < 2_000, `${asked.left} left rows were read`);
});
