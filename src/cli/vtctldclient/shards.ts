/** Commands for shards. */
import { boolean, integer, listOf, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import { ShardReplicationErrorSchema, ShardSchema as TopoShardSchema } from "../../proto/generated/topodata_pb.js";
import {
  CreateShardResponseSchema,
  GetShardReplicationResponseSchema,
  ShardSchema,
} from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { generateShardRanges, parseKeyRange } from "../../sharding/key-range.ts";
import { clientCommand } from "./client-command.ts";
import { tabletLine } from "./print.ts";
import { alias, aliasText, keyspaceShard, tabletType, truth } from "./words.ts";

const force = (help: string) => flag({ parse: boolean, default: false, short: "f", help });
const recursive = (help: string) => flag({ parse: boolean, default: false, short: "r", help });
const uid = integer(0, 0x7fff_ffff);

export const shardCommands = [
  clientCommand({
    name: "CreateShard",
    summary: "Creates a shard.",
    usage: "<keyspace/shard>",
    flags: {
      force: force("Succeed where the shard exists already."),
      includeParent: flag({
        parse: boolean,
        default: false,
        short: "p",
        help: "Create the keyspace too where there is none.",
      }),
    },
    run: async ({ call, flags, words: [name = ""], print }) => {
      const { keyspace, shard } = keyspaceShard(name);
      const request = { keyspace, shardName: shard, force: flags.force, includeParent: flags.includeParent };
      print.message(CreateShardResponseSchema, await call(Vtctld.method.createShard, request));
    },
  }),
  clientCommand({
    name: "DeleteShards",
    summary: "Deletes shards.",
    usage: "<keyspace/shard> [<keyspace/shard> ...]",
    flags: {
      recursive: recursive("With their tablets."),
      evenIfServing: flag({ parse: boolean, default: false, help: "Even while they serve." }),
      force: force("Even where a shard cannot be locked."),
    },
    run: async ({ call, flags, words, print }) => {
      const shards = words.map(keyspaceShard).map(({ keyspace, shard }) => ({ keyspace, name: shard }));
      await call(Vtctld.method.deleteShards, { shards, ...flags });
      print.line(`Successfully deleted ${shards.length} shards.`);
    },
  }),
  clientCommand({
    name: "GenerateShardRanges",
    summary: "Prints the names of shards that split the key space evenly.",
    usage: "<shards>",
    flags: {
      hexWidth: flag({ parse: integer(0, 16), default: 0, help: "Least digits of a bound; 0: as many as it takes." }),
    },
    run: async ({ flags, words: [count = ""], print }) => {
      print.json([...generateShardRanges(integer(1, 65_536)(count), flags.hexWidth)]);
    },
  }),
  clientCommand({
    name: "GetShard",
    summary: "Prints a shard.",
    usage: "<keyspace/shard>",
    flags: {},
    run: async ({ call, words: [name = ""], print }) => {
      const { keyspace, shard } = keyspaceShard(name);
      print.message(ShardSchema, (await call(Vtctld.method.getShard, { keyspace, shardName: shard })).shard);
    },
  }),
  clientCommand({
    name: "GetShardReplication",
    summary: "Prints which tablets replicate a shard, by cell.",
    usage: "<keyspace/shard> [<cell> ...]",
    flags: {},
    run: async ({ call, words: [name = "", ...cells], print }) => {
      const answer = await call(Vtctld.method.getShardReplication, { ...keyspaceShard(name), cells });
      print.message(GetShardReplicationResponseSchema, answer);
    },
  }),
  clientCommand({
    name: "RemoveShardCell",
    summary: "Removes a cell from a shard.",
    usage: "<keyspace/shard> <cell>",
    flags: {
      force: force("Even where the cell's topology cannot be reached."),
      recursive: recursive("With the tablets there."),
    },
    run: async ({ call, flags, words: [name = "", cell = ""], print }) => {
      const { keyspace, shard } = keyspaceShard(name);
      await call(Vtctld.method.removeShardCell, { keyspace, shardName: shard, cell, ...flags });
      print.line(`Successfully removed cell ${cell} from shard ${keyspace}/${shard}`);
    },
  }),
  clientCommand({
    name: "SetShardIsPrimaryServing",
    summary: "Says whether the shard's primary serves. For repairs only.",
    usage: "<keyspace/shard> <true|false>",
    flags: {},
    run: async ({ call, words: [name = "", isServing = ""], print }) => {
      const request = { ...keyspaceShard(name), isServing: truth(isServing) };
      print.message(TopoShardSchema, (await call(Vtctld.method.setShardIsPrimaryServing, request)).shard);
    },
  }),
  clientCommand({
    name: "SetShardTabletControl",
    summary: "Denies tables, or all queries, to one type of tablets of a shard. For repairs only.",
    usage: "<keyspace/shard> <tablet-type>",
    flags: {
      cells: flag({ parse: listOf(string), default: [], short: "c", help: "Only in these cells." }),
      deniedTables: flag({ parse: listOf(string), default: [], help: "Tables that are not served." }),
      remove: flag({ parse: boolean, default: false, short: "r", help: "Take the restriction away." }),
      disableQueryService: flag({ parse: boolean, default: false, help: "Serve no query at all." }),
    },
    run: async ({ call, flags, words: [name = "", type = ""], print }) => {
      const answer = await call(Vtctld.method.setShardTabletControl, {
        ...keyspaceShard(name),
        tabletType: tabletType(type),
        cells: [...flags.cells],
        deniedTables: [...flags.deniedTables],
        remove: flags.remove,
        disableQueryService: flags.disableQueryService,
      });
      print.message(TopoShardSchema, answer.shard);
    },
  }),
  clientCommand({
    name: "SetVtorcEmergencyReparent",
    summary: "Allows or forbids emergency reparents by VTOrc in a keyspace or a shard.",
    usage: "<keyspace> [<shard>]",
    flags: {
      enable: flag({ parse: boolean, default: false, short: "e", help: "Allow them." }),
      disable: flag({ parse: boolean, default: false, short: "d", help: "Forbid them." }),
    },
    run: async ({ call, flags, words: [keyspace = "", shard = ""] }) => {
      await call(Vtctld.method.setVtorcEmergencyReparent, { keyspace, shard, disable: flags.disable && !flags.enable });
    },
  }),
  clientCommand({
    name: "ShardReplicationAdd",
    summary: "Adds a tablet to a shard's list of replicas in its cell. For repairs only.",
    usage: "<keyspace/shard> <alias>",
    flags: {},
    run: async ({ call, words: [name = "", tablet = ""] }) => {
      await call(Vtctld.method.shardReplicationAdd, { ...keyspaceShard(name), tabletAlias: alias(tablet) });
    },
  }),
  clientCommand({
    name: "ShardReplicationRemove",
    summary: "Takes a tablet off a shard's list of replicas in its cell. For repairs only.",
    usage: "<keyspace/shard> <alias>",
    flags: {},
    run: async ({ call, words: [name = "", tablet = ""] }) => {
      await call(Vtctld.method.shardReplicationRemove, { ...keyspaceShard(name), tabletAlias: alias(tablet) });
    },
  }),
  clientCommand({
    name: "ShardReplicationFix",
    summary: "Removes the first wrong entry from a shard's list of replicas in a cell.",
    usage: "<cell> <keyspace/shard>",
    flags: {},
    run: async ({ call, words: [cell = "", name = ""], print }) => {
      const { error } = await call(Vtctld.method.shardReplicationFix, { ...keyspaceShard(name), cell });
      if (error === undefined) print.line("All nodes in the replication graph are valid.");
      else {
        print.line("Error has been fixed:");
        print.message(ShardReplicationErrorSchema, error);
      }
    },
  }),
  clientCommand({
    name: "ShardReplicationPositions",
    summary: "Lists a shard's tablets with their replication position and lag, the primary first.",
    usage: "<keyspace/shard>",
    flags: {},
    run: async ({ call, words: [name = ""], print }) => {
      const answer = await call(Vtctld.method.shardReplicationPositions, keyspaceShard(name));
      const rows = Object.entries(answer.tabletMap).sort(
        ([a, x], [b, y]) => byRole(x.type, y.type) || (a < b ? -1 : 1),
      );
      for (const [key, tablet] of rows) {
        const status = answer.replicationStatuses[tablet.alias === undefined ? key : aliasText(tablet.alias)];
        const lag =
          status === undefined ? "<err> <err>" : `${status.position || "<empty>"} ${status.replicationLagSeconds}`;
        print.line(`${tabletLine(tablet)} ${lag}`);
      }
    },
  }),
  clientCommand({
    name: "SourceShardAdd",
    summary: "Adds a source to a shard. For repairs only.",
    usage: "<keyspace/shard> <uid> <source keyspace/shard>",
    flags: {
      keyRange: flag({ parse: string, default: "", help: "Key range that comes from there." }),
      tables: flag({ parse: listOf(string), default: [], help: "Tables that come from there." }),
    },
    run: async ({ call, flags, words: [name = "", id = "", source = ""], print }) => {
      const from = keyspaceShard(source);
      const answer = await call(Vtctld.method.sourceShardAdd, {
        ...keyspaceShard(name),
        uid: uid(id),
        sourceKeyspace: from.keyspace,
        sourceShard: from.shard,
        ...(flags.keyRange === "" ? {} : { keyRange: parseKeyRange(flags.keyRange) }),
        tables: [...flags.tables],
      });
      print.message(TopoShardSchema, answer.shard);
    },
  }),
  clientCommand({
    name: "SourceShardDelete",
    summary: "Removes a source from a shard. For repairs only.",
    usage: "<keyspace/shard> <uid>",
    flags: {},
    run: async ({ call, words: [name = "", id = ""], print }) => {
      const answer = await call(Vtctld.method.sourceShardDelete, { ...keyspaceShard(name), uid: uid(id) });
      print.message(TopoShardSchema, answer.shard);
    },
  }),
];

/** The primary stands first. */
const byRole = (a: number, b: number) => Number(b === 1) - Number(a === 1);
