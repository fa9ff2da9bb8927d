/** Commands for keyspaces and for the serving records that are made from them. */
import { boolean, FlagError, listOf, oneOf, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import {
  KeyspaceSchema as TopoKeyspaceSchema,
  KeyspaceType,
  SrvKeyspaceSchema,
} from "../../proto/generated/topodata_pb.js";
import { SrvVSchemaSchema } from "../../proto/generated/vschema_pb.js";
import {
  FindAllShardsInKeyspaceResponseSchema,
  GetSrvKeyspaceNamesResponse_NameListSchema,
  KeyspaceSchema,
} from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";

const cells = flag({ parse: listOf(string), default: [], short: "c", help: "Only in these cells." });
const force = (help: string) => flag({ parse: boolean, default: false, short: "f", help });
const recursive = (help: string) => flag({ parse: boolean, default: false, short: "r", help });

export const keyspaceCommands = [
  clientCommand({
    name: "CreateKeyspace",
    summary: "Creates a keyspace.",
    usage: "<keyspace>",
    flags: {
      force: force("Succeed where the keyspace exists already."),
      allowEmptyVschema: flag({ parse: boolean, default: false, short: "e", help: "Make no VSchema record for it." }),
      type: flag({ parse: oneOf("NORMAL", "SNAPSHOT"), default: "NORMAL", help: "Kind of keyspace." }),
      baseKeyspace: flag({ parse: string, default: "", help: "What a SNAPSHOT keyspace is restored from." }),
      snapshotTimestamp: flag({ parse: string, default: "", help: "The moment it shows, RFC 3339." }),
      durabilityPolicy: flag({ parse: string, default: "none", help: "none, semi_sync, cross_cell, …" }),
      sidecarDbName: flag({ parse: string, default: "_vt", help: "Name of the sidecar database of its tablets." }),
    },
    run: async ({ call, flags, words: [name = ""], print }) => {
      const answer = await call(Vtctld.method.createKeyspace, {
        name,
        force: flags.force,
        allowEmptyVSchema: flags.allowEmptyVschema,
        type: KeyspaceType[flags.type],
        baseKeyspace: flags.baseKeyspace,
        ...(flags.snapshotTimestamp === "" ? {} : { snapshotTime: timeOf(flags.snapshotTimestamp) }),
        durabilityPolicy: flags.durabilityPolicy,
        sidecarDbName: flags.sidecarDbName,
      });
      print.line(`Successfully created keyspace ${name}. Result:`);
      print.message(KeyspaceSchema, answer.keyspace);
    },
  }),
  clientCommand({
    name: "DeleteKeyspace",
    summary: "Deletes a keyspace.",
    usage: "<keyspace>",
    flags: {
      recursive: recursive("With its shards and tablets."),
      force: force("Even where the keyspace cannot be locked."),
    },
    run: async ({ call, flags, words: [keyspace = ""], print }) => {
      await call(Vtctld.method.deleteKeyspace, { keyspace, recursive: flags.recursive, force: flags.force });
      print.line(`Successfully deleted keyspace ${keyspace}.`);
    },
  }),
  clientCommand({
    name: "FindAllShardsInKeyspace",
    summary: "Prints all shards of a keyspace.",
    usage: "<keyspace>",
    flags: {},
    run: async ({ call, words: [keyspace = ""], print }) => {
      print.message(
        FindAllShardsInKeyspaceResponseSchema,
        await call(Vtctld.method.findAllShardsInKeyspace, { keyspace }),
      );
    },
  }),
  clientCommand({
    name: "GetKeyspace",
    summary: "Prints a keyspace.",
    usage: "<keyspace>",
    flags: {},
    run: async ({ call, words: [keyspace = ""], print }) => {
      print.message(KeyspaceSchema, (await call(Vtctld.method.getKeyspace, { keyspace })).keyspace);
    },
  }),
  clientCommand({
    name: "GetKeyspaces",
    summary: "Prints all keyspaces.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      print.messages(KeyspaceSchema, (await call(Vtctld.method.getKeyspaces, {})).keyspaces);
    },
  }),
  clientCommand({
    name: "RebuildKeyspaceGraph",
    summary: "Makes the serving records of keyspaces anew.",
    usage: "<keyspace> [<keyspace> ...]",
    flags: {
      cells,
      allowPartial: flag({
        parse: boolean,
        default: false,
        help: "For SNAPSHOT keyspaces: gaps in the key space are no error.",
      }),
    },
    run: async ({ call, flags, words }) => {
      for (const keyspace of words)
        await call(Vtctld.method.rebuildKeyspaceGraph, {
          keyspace,
          cells: [...flags.cells],
          allowPartial: flags.allowPartial,
        });
    },
  }),
  clientCommand({
    name: "RebuildVSchemaGraph",
    summary: "Makes the serving VSchema of cells anew.",
    usage: "",
    flags: { cells },
    run: async ({ call, flags, print }) => {
      await call(Vtctld.method.rebuildVSchemaGraph, { cells: [...flags.cells] });
      print.line("RebuildVSchemaGraph: ok");
    },
  }),
  clientCommand({
    name: "RemoveKeyspaceCell",
    summary: "Removes a cell from all shards of a keyspace.",
    usage: "<keyspace> <cell>",
    flags: {
      force: force("Even where the cell's topology cannot be reached."),
      recursive: recursive("With the tablets there."),
    },
    run: async ({ call, flags, words: [keyspace = "", cell = ""], print }) => {
      await call(Vtctld.method.removeKeyspaceCell, { keyspace, cell, force: flags.force, recursive: flags.recursive });
      print.line(`Successfully removed keyspace ${keyspace} from cell ${cell}`);
    },
  }),
  clientCommand({
    name: "SetKeyspaceDurabilityPolicy",
    summary: "Sets which replicas must acknowledge a write.",
    usage: "<keyspace>",
    flags: {
      durabilityPolicy: flag({ parse: string, default: "none", help: "none, semi_sync, cross_cell, …" }),
    },
    run: async ({ call, flags, words: [keyspace = ""], print }) => {
      const request = { keyspace, durabilityPolicy: flags.durabilityPolicy };
      const answer = await call(Vtctld.method.setKeyspaceDurabilityPolicy, request);
      print.message(TopoKeyspaceSchema, answer.keyspace);
    },
  }),
  clientCommand({
    name: "GetSrvKeyspaceNames",
    summary: "Lists the keyspaces that each cell serves.",
    usage: "[<cell> ...]",
    flags: {},
    run: async ({ call, words, print }) => {
      const { names } = await call(Vtctld.method.getSrvKeyspaceNames, { cells: [...words] });
      print.messageMap(GetSrvKeyspaceNamesResponse_NameListSchema, names);
    },
  }),
  clientCommand({
    name: "GetSrvKeyspaces",
    summary: "Prints the serving record of a keyspace in each cell.",
    usage: "<keyspace> [<cell> ...]",
    flags: {},
    run: async ({ call, words: [keyspace = "", ...inCells], print }) => {
      const { srvKeyspaces } = await call(Vtctld.method.getSrvKeyspaces, { keyspace, cells: inCells });
      print.messageMap(SrvKeyspaceSchema, srvKeyspaces);
    },
  }),
  clientCommand({
    name: "GetSrvVSchema",
    summary: "Prints the serving VSchema of a cell.",
    usage: "<cell>",
    flags: {},
    run: async ({ call, words: [cell = ""], print }) => {
      print.message(SrvVSchemaSchema, (await call(Vtctld.method.getSrvVSchema, { cell })).srvVSchema);
    },
  }),
  clientCommand({
    name: "GetSrvVSchemas",
    summary: "Prints the serving VSchema of each cell.",
    usage: "[<cell> ...]",
    flags: {},
    run: async ({ call, words, print }) => {
      const { srvVSchemas } = await call(Vtctld.method.getSrvVSchemas, { cells: [...words] });
      print.messageMap(SrvVSchemaSchema, srvVSchemas);
    },
  }),
  clientCommand({
    name: "DeleteSrvVSchema",
    summary: "Deletes the serving VSchema of a cell.",
    usage: "<cell>",
    flags: {},
    run: async ({ call, words: [cell = ""] }) => {
      await call(Vtctld.method.deleteSrvVSchema, { cell });
    },
  }),
];

/** RFC 3339 → vttime.Time. */
function timeOf(text: string): { readonly seconds: bigint; readonly nanoseconds: number } {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new FlagError(`${JSON.stringify(text)} is no time: expected 2026-11-22T13:00:00Z`);
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
}
