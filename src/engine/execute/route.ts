/** One call to each shard that the routing finds. */
import { VtError } from "../../base/errors.ts";
import type { Binds } from "../../sqltypes/value.ts";
import type { Calls, Route, Run } from "../primitive.ts";
import { destinationOf } from "../routing.ts";

export function routeCalls(
  { keyspace, routing, sql, effect, oneShardOnly }: Route,
  run: Run,
  binds: Binds = run.binds,
): Calls {
  let shards = run.resolve(keyspace, destinationOf(routing, binds));
  // A VSchema that calls a keyspace of several shards unsharded must not spread rows over them.
  if (routing.kind === "Unsharded" && shards.length > 1)
    throw VtError.of("VT09022", `${keyspace} (${shards.join(", ")})`);
  if (oneShardOnly && shards.length > 1)
    throw VtError.of("VT12001", "a value that leads to no single shard, in a statement that needs one");
  // No shard can have rows, but some server must say which columns there would have been.
  if (shards.length === 0 && (effect === "read" || effect === "lock"))
    shards = run.resolve(keyspace, { kind: "AnyShard" });
  return { calls: shards.map((shard) => ({ keyspace, shard, sql, binds })), effect, firstGenerated: undefined };
}
