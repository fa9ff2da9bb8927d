/** Commands for tablets: records, types, replication, pings. */
import { boolean, durationMs, FlagError, listOf, oneOf, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import { FullStatusSchema } from "../../proto/generated/replicationdata_pb.js";
import { ExecuteHookResponseSchema, PermissionsSchema } from "../../proto/generated/tabletmanagerdata_pb.js";
import { TabletSchema } from "../../proto/generated/topodata_pb.js";
import { RefreshStateByShardResponseSchema } from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";
import { tabletLine } from "./print.ts";
import { alias, duration, keyspaceShard, tabletType, tabletTypeName, truth } from "./words.ts";

export const tabletCommands = [
  clientCommand({
    name: "ChangeTabletTags",
    summary: "Adds or changes tags of a tablet; an empty value removes the tag.",
    usage: "<alias> <tag=value> [<tag=value> ...]",
    flags: { replace: flag({ parse: boolean, default: false, short: "r", help: "Remove all other tags." }) },
    run: async ({ call, flags, words: [tablet = "", ...pairs], print }) => {
      const tags = Object.fromEntries(pairs.map(tagOf));
      const answer = await call(Vtctld.method.changeTabletTags, {
        tabletAlias: alias(tablet),
        tags,
        replace: flags.replace,
      });
      print.line(`- ${JSON.stringify(answer.beforeTags)}`);
      print.line(`+ ${JSON.stringify(answer.afterTags)}`);
    },
  }),
  clientCommand({
    name: "ChangeTabletType",
    summary: "Changes a tablet's type. For a new primary use PlannedReparentShard.",
    usage: "<alias> <tablet-type>",
    flags: { dryRun: flag({ parse: boolean, default: false, short: "d", help: "Only print what would change." }) },
    run: async ({ call, flags, words: [tablet = "", type = ""], print }) => {
      const answer = await call(Vtctld.method.changeTabletType, {
        tabletAlias: alias(tablet),
        dbType: tabletType(type),
        dryRun: flags.dryRun,
      });
      if (answer.wasDryRun) print.line("--- DRY RUN ---");
      if (answer.beforeTablet !== undefined) print.line(`- ${tabletLine(answer.beforeTablet)}`);
      if (answer.afterTablet !== undefined) print.line(`+ ${tabletLine(answer.afterTablet)}`);
    },
  }),
  clientCommand({
    name: "DeleteTablets",
    summary: "Deletes tablets from the topology.",
    usage: "<alias> [<alias> ...]",
    flags: { allowPrimary: flag({ parse: boolean, default: false, short: "p", help: "Also a shard's primary." }) },
    run: async ({ call, flags, words, print }) => {
      await call(Vtctld.method.deleteTablets, { tabletAliases: words.map(alias), allowPrimary: flags.allowPrimary });
      print.line(`Successfully deleted ${words.length} tablets`);
    },
  }),
  clientCommand({
    name: "ExecuteHook",
    summary: "Runs a hook on a tablet's machine.",
    usage: "<alias> <hook> [<param=value> ...]",
    flags: {},
    run: async ({ call, words: [tablet = "", name = "", ...parameters], print }) => {
      const { hookResult } = await call(Vtctld.method.executeHook, {
        tabletAlias: alias(tablet),
        tabletHookRequest: { name, parameters },
      });
      print.message(ExecuteHookResponseSchema, hookResult);
    },
  }),
  clientCommand({
    name: "GetFullStatus",
    summary: "Prints all that a tablet knows of its replication.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""], print }) => {
      print.message(FullStatusSchema, (await call(Vtctld.method.getFullStatus, { tabletAlias: alias(tablet) })).status);
    },
  }),
  clientCommand({
    name: "GetPermissions",
    summary: "Prints the accounts of a tablet's database server.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""], print }) => {
      const { permissions } = await call(Vtctld.method.getPermissions, { tabletAlias: alias(tablet) });
      print.message(PermissionsSchema, permissions);
    },
  }),
  clientCommand({
    name: "GetTablet",
    summary: "Prints a tablet's record.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""], print }) => {
      print.message(TabletSchema, (await call(Vtctld.method.getTablet, { tabletAlias: alias(tablet) })).tablet);
    },
  }),
  clientCommand({
    name: "GetTabletVersion",
    summary: "Prints the version that a tablet runs.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""], print }) => {
      print.line((await call(Vtctld.method.getVersion, { tabletAlias: alias(tablet) })).version);
    },
  }),
  clientCommand({
    name: "GetTablets",
    summary: "Lists tablets: all, or those that the flags choose.",
    usage: "",
    flags: {
      tabletAlias: flag({
        parse: listOf(string),
        default: [],
        short: "t",
        help: "These tablets; excludes other choices.",
      }),
      cell: flag({ parse: listOf(string), default: [], short: "c", help: "Tablets of these cells." }),
      tabletType: flag({ parse: tabletTypeName, default: "unknown", help: "Tablets of this type." }),
      keyspace: flag({ parse: string, default: "", short: "k", help: "Tablets of this keyspace." }),
      shard: flag({ parse: string, default: "", short: "s", help: "Tablets of this shard; needs --keyspace." }),
      format: flag({ parse: oneOf("awk", "json"), default: "awk", help: "One line each, or JSON." }),
      strict: flag({
        parse: boolean,
        default: false,
        help: "Fail when a cell cannot be read, instead of leaving it out.",
      }),
    },
    run: async ({ call, flags, print }) => {
      if (flags.shard !== "" && flags.keyspace === "") throw new FlagError("--shard needs --keyspace");
      const chosen = flags.cell.length > 0 || flags.keyspace !== "";
      if (flags.tabletAlias.length > 0 && chosen)
        throw new FlagError("--tablet-alias cannot be combined with --cell, --keyspace or --shard");
      const { tablets } = await call(Vtctld.method.getTablets, {
        tabletAliases: flags.tabletAlias.map(alias),
        cells: [...flags.cell],
        tabletType: tabletType(flags.tabletType),
        keyspace: flags.keyspace,
        shard: flags.shard,
        strict: flags.strict,
      });
      if (flags.format === "json") print.messages(TabletSchema, tablets);
      else for (const tablet of tablets) print.line(tabletLine(tablet));
    },
  }),
  clientCommand({
    name: "PingTablet",
    summary: "Asks a tablet for a sign of life.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""] }) => {
      await call(Vtctld.method.pingTablet, { tabletAlias: alias(tablet) });
    },
  }),
  clientCommand({
    name: "RefreshState",
    summary: "Makes a tablet read its record again.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""], print }) => {
      await call(Vtctld.method.refreshState, { tabletAlias: alias(tablet) });
      print.line(`Refreshed state on ${tablet}`);
    },
  }),
  clientCommand({
    name: "RefreshStateByShard",
    summary: "Makes all tablets of a shard read their records again.",
    usage: "<keyspace/shard>",
    flags: { cells: flag({ parse: listOf(string), default: [], short: "c", help: "Only in these cells." }) },
    run: async ({ call, flags, words: [name = ""], print }) => {
      const answer = await call(Vtctld.method.refreshStateByShard, { ...keyspaceShard(name), cells: [...flags.cells] });
      print.message(RefreshStateByShardResponseSchema, answer);
    },
  }),
  clientCommand({
    name: "RunHealthCheck",
    summary: "Makes a tablet check its health now.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""] }) => {
      await call(Vtctld.method.runHealthCheck, { tabletAlias: alias(tablet) });
    },
  }),
  clientCommand({
    name: "SetWritable",
    summary: "Makes a tablet's database server writable or read-only.",
    usage: "<alias> <true|false>",
    flags: {},
    run: async ({ call, words: [tablet = "", writable = ""] }) => {
      await call(Vtctld.method.setWritable, { tabletAlias: alias(tablet), writable: truth(writable) });
    },
  }),
  clientCommand({
    name: "SleepTablet",
    summary: "Keeps a tablet's action queue busy. For tests.",
    usage: "<alias> <duration>",
    flags: {},
    run: async ({ call, words: [tablet = "", time = ""] }) => {
      await call(Vtctld.method.sleepTablet, { tabletAlias: alias(tablet), duration: duration(durationMs(time)) });
    },
  }),
  clientCommand({
    name: "StartReplication",
    summary: "Starts replication on a tablet.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""] }) => {
      await call(Vtctld.method.startReplication, { tabletAlias: alias(tablet) });
    },
  }),
  clientCommand({
    name: "StopReplication",
    summary: "Stops replication on a tablet.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""] }) => {
      await call(Vtctld.method.stopReplication, { tabletAlias: alias(tablet) });
    },
  }),
];

function tagOf(pair: string): readonly [string, string] {
  const at = pair.search(/[=:]/);
  if (at <= 0) throw new FlagError(`${JSON.stringify(pair)} is no tag: expected name=value`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
