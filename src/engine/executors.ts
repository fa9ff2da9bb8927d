/** The executor of every primitive: a missing kind does not compile. */
import type { Answered, Primitive, Run } from "./primitive.ts";
import { executeAggregate } from "./execute/aggregate.ts";
import { executeKeyedChange } from "./execute/keyed-change.ts";
import { executeFinish } from "./execute/finish.ts";
import { executeInsertSelect } from "./execute/insert-select.ts";
import { executeJoin } from "./execute/join.ts";
import { executeLimit } from "./execute/limit.ts";
import { executeMergeSort } from "./execute/merge-sort.ts";
import { executeMoveRows } from "./execute/move-rows.ts";
import { executeVindexRows } from "./execute/vindex-rows.ts";
import { executeRows } from "./execute/rows.ts";
import { callsOf } from "./senders.ts";

type Executors = {
  readonly [K in Primitive["kind"]]: (node: Extract<Primitive, { kind: K }>, run: Run) => Answered;
};

const executors: Executors = {
  Route: executeSender,
  Insert: executeSender,
  InsertSelect: executeInsertSelect,
  KeyedChange: executeKeyedChange,
  MoveRows: executeMoveRows,
  VindexRows: executeVindexRows,
  Limit: executeLimit,
  MergeSort: executeMergeSort,
  Join: executeJoin,
  Aggregate: executeAggregate,
  Finish: executeFinish,
  Rows: executeRows,
};

/** Every kind of primitive. */
export const primitiveKinds: readonly string[] = Object.keys(executors);

async function* executeSender(node: Extract<Primitive, { kind: "Route" | "Insert" }>, run: Run): Answered {
  return yield* run.send(await callsOf(node, run));
}

export function execute(node: Primitive, run: Run): Answered {
  const executor = executors[node.kind] as (node: Primitive, run: Run) => Answered;
  return executor(node, run);
}
