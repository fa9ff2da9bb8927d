/** What the benchmark's processes agree on. */
import type { Target } from "../../src/rpc/query-service.ts";
import { generateShardRanges } from "../../src/sharding/key-range.ts";

/** The one tablet of an unsharded keyspace. */
export const benchTarget: Target = { keyspace: "test", shard: "0", tabletType: "PRIMARY", cell: "zone1" };
export const benchUser = { username: "app", password: "secret" } as const;

/** Where a tablet is reached, and its server's database. All shards are databases of one server. */
export interface BenchShard {
  readonly target: Target;
  readonly alias: string;
  readonly database: string;
}

/** One is unsharded, in database test; several are test_0, test_1 … */
export function benchShards(count: number): readonly BenchShard[] {
  const names = count === 1 ? ["0"] : generateShardRanges(count);
  return names.map((shard, i) => ({
    target: { ...benchTarget, shard },
    alias: `zone1-${String(100 + i).padStart(10, "0")}`,
    database: count === 1 ? "test" : `test_${i}`,
  }));
}
