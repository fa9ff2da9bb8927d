/** Rows as query.Row: by hand against generated code, µs per result of 100 rows. Run: node src/sqltypes/proto-rows.bench.ts */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { QueryResultSchema } from "../proto/generated/query_pb.js";
import { madeColumn } from "./column-packet.ts";
import { findRows, rowsField, writeRowPackets } from "./proto-rows.ts";
import { textBatch } from "./text-row.ts";

const columns = ["id", "k", "c", "pad"].map((name) => madeColumn(name));
const rows = Array.from({ length: 100 }, (_, i) => [
  i,
  i * 7919,
  "c".repeat(40),
  i % 10 === 0 ? null : "pad".repeat(10),
]);
const batch = textBatch(columns, rows);

const byHand = () => {
  const result = create(QueryResultSchema);
  result.$unknown = rowsField(batch);
  return toBinary(QueryResultSchema, result);
};
const bytes = Buffer.from(byHand());
const decoded = fromBinary(QueryResultSchema, bytes);

const subjects: Record<string, () => unknown> = {
  "encode, by hand": byHand,
  "encode, generated (rows already messages)": () => toBinary(QueryResultSchema, decoded),
  "decode to row packets, by hand": () => writeRowPackets({ bytes, ...findRows(bytes, 0, bytes.length) }, 0, 1 << 20),
  "decode to messages, generated": () => fromBinary(QueryResultSchema, bytes),
};

const runs = 5_000;
for (const [name, run] of Object.entries(subjects)) {
  for (let i = 0; i < runs; i++) run();
  const from = process.cpuUsage();
  for (let i = 0; i < runs; i++) run();
  const { user, system } = process.cpuUsage(from);
  process.stdout.write(`${((user + system) / runs).toFixed(1).padStart(8)} µs of CPU  ${name}\n`);
}
