/**
 * vttest.VTTestTopology in JSON (vtcombo's --json-topo): the keyspaces, shards and replicas of a cluster for tests. Names
 * may be camelCase or snake_case, as protobuf's JSON allows.
 */
import { z } from "zod";
import { FlagError } from "../base/flag-values.ts";
import { keyspaceName, shardName } from "../topo/names.ts";
import type { KeyspaceOptions } from "./plan.ts";

export interface TestTopology {
  readonly cells: readonly string[];
  readonly keyspaces: readonly KeyspaceOptions[];
}

const count = z.int().min(0).max(10).optional();
const keyspace = z.strictObject({
  name: z.string(),
  shards: z.array(z.strictObject({ name: z.string() })).default([]),
  replicaCount: count,
  replica_count: count,
});
const topology = z.strictObject({
  keyspaces: z.array(keyspace).min(1),
  cells: z.array(z.string()).default([]),
});

/** Throws FlagError for what is no topology, VT22001 for names that are none. Keyspaces without shards have one, "0". */
export function parseTestTopology(text: string): TestTopology {
  const { cells, keyspaces } = check(text);
  return {
    cells,
    keyspaces: keyspaces.map(({ name, shards, replicaCount, replica_count: replicas = replicaCount }) => ({
      name: keyspaceName(name),
      shards: shards.length === 0 ? ["0"] : shards.map((shard) => shardName(shard.name)),
      ...(replicas === undefined ? {} : { replicas }),
    })),
  };
}

function check(text: string): z.infer<typeof topology> {
  try {
    return topology.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new FlagError(`--json-topo is no vttest.VTTestTopology: ${why}`);
  }
}
