/** Commands for the VSchema and for routing and mirror rules. */
import { boolean, listOf, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import {
  KeyspaceRoutingRulesSchema,
  KeyspaceSchema,
  MirrorRulesSchema,
  RoutingRulesSchema,
  ShardRoutingRulesSchema,
} from "../../proto/generated/vschema_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";
import { jsonMessage, oneText } from "./words.ts";

const cells = flag({ parse: listOf(string), default: [], short: "c", help: "Rebuild only these cells." });
const skipRebuild = flag({ parse: boolean, default: false, help: "Leave the serving VSchema as it is." });
const dryRun = flag({ parse: boolean, default: false, short: "d", help: "Only print what would be stored." });
const rulesFlags = {
  rules: flag({ parse: string, default: "", short: "r", help: "The rules, as JSON." }),
  rulesFile: flag({ parse: string, default: "", short: "f", help: "File that holds them." }),
  cells,
  skipRebuild,
  dryRun,
};

export const vschemaCommands = [
  clientCommand({
    name: "ApplyVSchema",
    summary: "Stores a keyspace's VSchema, or changes it by ALTER VSCHEMA.",
    usage: "<keyspace>",
    flags: {
      vschema: flag({ parse: string, default: "", help: "The VSchema, as JSON." }),
      vschemaFile: flag({ parse: string, default: "", help: "File that holds it." }),
      sql: flag({ parse: string, default: "", help: "An ALTER VSCHEMA statement." }),
      sqlFile: flag({ parse: string, default: "", help: "File that holds it." }),
      dryRun: flag({ parse: boolean, default: false, help: "Only print what would be stored." }),
      skipRebuild,
      cells: flag({ parse: listOf(string), default: [], help: "Rebuild only these cells." }),
      strict: flag({ parse: boolean, default: false, help: "Unknown parameters of vindexes are errors." }),
    },
    run: async ({ call, flags, words: [keyspace = ""], print, disk }) => {
      const isSql = flags.sql !== "" || flags.sqlFile !== "";
      const text = oneText(disk, [
        ["--vschema", flags.vschema, "text"],
        ["--vschema-file", flags.vschemaFile, "file"],
        ["--sql", flags.sql, "text"],
        ["--sql-file", flags.sqlFile, "file"],
      ]);
      const answer = await call(Vtctld.method.applyVSchema, {
        keyspace,
        skipRebuild: flags.skipRebuild,
        dryRun: flags.dryRun,
        cells: [...flags.cells],
        strict: flags.strict,
        ...(isSql ? { sql: text } : { vSchema: jsonMessage(KeyspaceSchema, text, "the VSchema") }),
      });
      print.line(flags.dryRun ? "Dry run: this VSchema would be stored:" : "New VSchema object:");
      print.message(KeyspaceSchema, answer.vSchema);
      for (const [vindex, { params }] of Object.entries(answer.unknownVindexParams))
        print.line(`Vindex ${vindex} has parameters that nothing reads: ${params.join(", ")}`);
    },
  }),
  clientCommand({
    name: "GetVSchema",
    summary: "Prints a keyspace's VSchema.",
    usage: "<keyspace>",
    flags: {},
    run: async ({ call, words: [keyspace = ""], print }) => {
      print.message(KeyspaceSchema, (await call(Vtctld.method.getVSchema, { keyspace })).vSchema);
    },
  }),
  clientCommand({
    name: "ApplyRoutingRules",
    summary: "Stores the rules that say where tables are.",
    usage: "",
    flags: rulesFlags,
    run: async ({ call, flags, print, disk }) => {
      const routingRules = jsonMessage(RoutingRulesSchema, rulesText(disk, flags), "the rules");
      if (!flags.dryRun) {
        const request = { routingRules, skipRebuild: flags.skipRebuild, rebuildCells: [...flags.cells] };
        await call(Vtctld.method.applyRoutingRules, request);
      }
      print.line(flags.dryRun ? "Dry run: these rules would be stored:" : "New RoutingRules object:");
      print.message(RoutingRulesSchema, routingRules);
    },
  }),
  clientCommand({
    name: "ApplyShardRoutingRules",
    summary: "Stores the rules that send shards of one keyspace to another.",
    usage: "",
    flags: rulesFlags,
    run: async ({ call, flags, print, disk }) => {
      const shardRoutingRules = jsonMessage(ShardRoutingRulesSchema, rulesText(disk, flags), "the rules");
      if (!flags.dryRun) {
        const request = { shardRoutingRules, skipRebuild: flags.skipRebuild, rebuildCells: [...flags.cells] };
        await call(Vtctld.method.applyShardRoutingRules, request);
      }
      print.line(flags.dryRun ? "Dry run: these rules would be stored:" : "New ShardRoutingRules object:");
      print.message(ShardRoutingRulesSchema, shardRoutingRules);
    },
  }),
  clientCommand({
    name: "ApplyKeyspaceRoutingRules",
    summary: "Stores the rules that send one keyspace to another.",
    usage: "",
    flags: rulesFlags,
    run: async ({ call, flags, print, disk }) => {
      const keyspaceRoutingRules = jsonMessage(KeyspaceRoutingRulesSchema, rulesText(disk, flags), "the rules");
      if (!flags.dryRun) {
        const request = { keyspaceRoutingRules, skipRebuild: flags.skipRebuild, rebuildCells: [...flags.cells] };
        await call(Vtctld.method.applyKeyspaceRoutingRules, request);
      }
      print.line(flags.dryRun ? "Dry run: these rules would be stored:" : "New KeyspaceRoutingRules object:");
      print.message(KeyspaceRoutingRulesSchema, keyspaceRoutingRules);
    },
  }),
  clientCommand({
    name: "GetRoutingRules",
    summary: "Prints the rules that say where tables are.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      print.message(RoutingRulesSchema, (await call(Vtctld.method.getRoutingRules, {})).routingRules);
    },
  }),
  clientCommand({
    name: "GetShardRoutingRules",
    summary: "Prints the rules that send shards of one keyspace to another.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      print.message(ShardRoutingRulesSchema, (await call(Vtctld.method.getShardRoutingRules, {})).shardRoutingRules);
    },
  }),
  clientCommand({
    name: "GetKeyspaceRoutingRules",
    summary: "Prints the rules that send one keyspace to another.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      const { keyspaceRoutingRules } = await call(Vtctld.method.getKeyspaceRoutingRules, {});
      print.message(KeyspaceRoutingRulesSchema, keyspaceRoutingRules);
    },
  }),
  clientCommand({
    name: "GetMirrorRules",
    summary: "Prints the rules that copy queries to other tables.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      print.message(MirrorRulesSchema, (await call(Vtctld.method.getMirrorRules, {})).mirrorRules);
    },
  }),
];

function rulesText(
  disk: Parameters<typeof oneText>[0],
  { rules, rulesFile }: { readonly rules: string; readonly rulesFile: string },
): string {
  return oneText(disk, [
    ["--rules", rules, "text"],
    ["--rules-file", rulesFile, "file"],
  ]);
}
