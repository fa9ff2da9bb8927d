/**
 * A change of a keyspace's VSchema from a gateway: compare-and-swap on the record in the global topology, then every cell's
 * SrvVSchema is built anew. Resolves when this gateway's own watch has brought the change.
 */
import { create, equals } from "@bufbuild/protobuf";
import { type Clock, sleep } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import { type Keyspace, KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { keyspaceName } from "../topo/names.ts";
import { rebuildVSchema } from "../topo/rebuild.ts";
import { records, updateRecord } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import type { ServingCache } from "../topo/serving-cache.ts";
import { compileKeyspace } from "../vschema/compile-keyspace.ts";
import type { VindexSources } from "../vschema/vindex.ts";

export type VSchemaChange = (before: Keyspace) => Keyspace;

export interface ChangeParts {
  readonly topo: TopoServer;
  readonly cache: ServingCache;
  readonly clock: Clock;
  readonly readFile: VindexSources["readFile"];
}

const seenMsMax = 5000;
const lookMs = 5;

export async function changeVSchema(parts: ChangeParts, keyspace: string, change: VSchemaChange): Promise<void> {
  const { topo, cache, clock, readFile } = parts;
  const stored = await updateRecord(topo.global, records.vschema(keyspaceName(keyspace)), (present) => {
    const after = change(present ?? create(KeyspaceSchema));
    const { problems } = compileKeyspace(keyspace, after, readFile);
    if (problems.length > 0) throw VtError.of("VT20006", keyspace, problems);
    return after;
  });
  await rebuildVSchema(topo);
  const until = clock.monotonicMs() + seenMsMax;
  const isSeen = () => {
    const now = cache.srvVSchemaNow?.keyspaces[keyspace];
    return now !== undefined && stored !== undefined && equals(KeyspaceSchema, now, stored.message);
  };
  // Somebody else's change may have come on top of it: then what is seen is never the same, and newer.
  while (!isSeen() && clock.monotonicMs() < until) await sleep(clock, lookMs);
}
