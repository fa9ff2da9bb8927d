/** What the benchmark's processes agree on. */
import type { Target } from "../../src/rpc/query-service.ts";

export const benchTarget: Target = { keyspace: "test", shard: "0", tabletType: "PRIMARY", cell: "zone1" };
export const benchUser = { username: "app", password: "secret" } as const;
