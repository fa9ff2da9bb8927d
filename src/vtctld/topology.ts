/** The topology as files and folders, for people: GetTopologyPath. */
import { create, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { errorText, VtError } from "../base/errors.ts";
import { TopologyCellSchema } from "../proto/generated/vtctldata_pb.js";
import * as topodata from "../proto/generated/topodata_pb.js";
import * as vschema from "../proto/generated/vschema_pb.js";
import { cellName } from "../topo/names.ts";
import { type Topo, TopoError } from "../topo/topo.ts";
import { protoJson } from "./message-json.ts";
import type { RequestOf, Vtctld, VtctldFunctions } from "./vtctld.ts";

export const topologyFunctions: VtctldFunctions<"getTopologyPath"> = {
  getTopologyPath: { permission: "read", run: readPath },
};

/** What a file holds, by its name. */
const schemas: Readonly<Record<string, DescMessage>> = {
  CellInfo: topodata.CellInfoSchema,
  CellsAlias: topodata.CellsAliasSchema,
  Keyspace: topodata.KeyspaceSchema,
  Shard: topodata.ShardSchema,
  ShardReplication: topodata.ShardReplicationSchema,
  SrvKeyspace: topodata.SrvKeyspaceSchema,
  Tablet: topodata.TabletSchema,
  VSchema: vschema.KeyspaceSchema,
  SrvVSchema: vschema.SrvVSchemaSchema,
  RoutingRules: vschema.RoutingRulesSchema,
  ShardRoutingRules: vschema.ShardRoutingRulesSchema,
  MirrorRules: vschema.MirrorRulesSchema,
};
const keyspaceRulesPath = "routing_rules/keyspace/Rules";

/** "/": the cells. "/global/…" and "/<cell>/…": a file's record as JSON, or the names below a folder. */
async function readPath({ topo }: Vtctld, { path }: RequestOf<"getTopologyPath">) {
  if (!path.startsWith("/")) throw VtError.of("VT22001", "path", path, "it begins with '/'");
  const [, first = "", ...rest] = path.replace(/\/+$/, "").split("/");
  if (first === "") return { cell: node("", "/", ["global", ...(await topo.cells())]) };
  const store = first === "global" ? topo.global : await topo.cell(cellName(first));
  const inStore = rest.join("/");
  const file = inStore === "" ? undefined : await store.read(inStore);
  const name = rest.at(-1) ?? first;
  if (file === undefined) return { cell: node(name, path, await childrenOf(store, inStore)) };
  const schema = inStore === keyspaceRulesPath ? vschema.KeyspaceRoutingRulesSchema : schemas[name];
  return {
    cell: create(TopologyCellSchema, { name, path, data: textOf(schema, file.bytes), version: BigInt(file.version) }),
  };
}

function node(name: string, path: string, children: readonly string[]) {
  return create(TopologyCellSchema, { name, path, children: [...children] });
}

async function childrenOf(store: Topo, folder: string): Promise<readonly string[]> {
  const names = await store.list(folder);
  if (names.length === 0) throw new TopoError("no_node", folder);
  return names.map((name) => name.replace(/\/$/, ""));
}

function textOf(schema: DescMessage | undefined, bytes: Buffer): string {
  if (schema === undefined) return bytes.toString("utf8");
  try {
    return JSON.stringify(protoJson(schema, fromBinary(schema, bytes)), null, 2);
  } catch (error) {
    throw VtError.of("VT23006", `no ${schema.typeName}: ${errorText(error)}`);
  }
}
