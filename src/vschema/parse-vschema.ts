/** The VSchema of a cluster from its JSON, as tests and tools write it: {"keyspaces": …, "routing_rules": …}. */
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { SrvVSchemaSchema } from "../proto/generated/vschema_pb.js";
import type { VindexSources } from "./vindex.ts";
import { compileVSchema, type VSchema } from "./vschema.ts";

const noFiles: VindexSources["readFile"] = (path) => {
  throw new Error(`there is no file ${path}`);
};

export function parseVSchema(json: JsonValue, readFile: VindexSources["readFile"] = noFiles): VSchema {
  return compileVSchema(fromJson(SrvVSchemaSchema, json), readFile);
}
