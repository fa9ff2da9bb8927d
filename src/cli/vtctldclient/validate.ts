/** Commands that look for what is wrong, and those that look into the topology itself. */
import { boolean, FlagError, listOf, string } from "../../base/flag-values.ts";
import { flag, type Values } from "../../base/flags.ts";
import { TopologyCellSchema } from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { cellName } from "../../topo/names.ts";
import { clientCommand } from "./client-command.ts";
import type { Print } from "./print.ts";
import { keyspaceShard } from "./words.ts";

const pingFlags = {
  pingTablets: flag({ parse: boolean, default: false, short: "p", help: "Ask every tablet for a sign of life too." }),
};
const schemaFlags = {
  excludeTables: flag({ parse: listOf(string), default: [], help: "Not these tables; /…/ is a regular expression." }),
  includeViews: flag({ parse: boolean, default: false, help: "Views too." }),
  includeVschema: flag({ parse: boolean, default: false, help: "Compare with the VSchema too." }),
  skipNoPrimary: flag({ parse: boolean, default: true, help: "Shards without a primary are no error." }),
};

/** All shards where none is named. */
const schemaRequest = (keyspace: string, flags: Values<typeof schemaFlags>, ...shards: readonly string[]) => ({
  keyspace,
  shards: [...shards],
  excludeTables: [...flags.excludeTables],
  includeViews: flags.includeViews,
  includeVschema: flags.includeVschema,
  skipNoPrimary: flags.skipNoPrimary,
});

/** What every validation answers: complaints, those of parts by name. */
interface Findings {
  readonly results: readonly string[];
  readonly resultsByKeyspace?: Readonly<Record<string, Findings>>;
  readonly resultsByShard?: Readonly<Record<string, Findings>>;
}

export const validateCommands = [
  clientCommand({
    name: "Validate",
    summary: "Checks that all records of the topology agree with each other.",
    usage: "",
    flags: pingFlags,
    run: async ({ call, flags, print }) => printFindings(print, "", await call(Vtctld.method.validate, { ...flags })),
  }),
  clientCommand({
    name: "ValidateKeyspace",
    summary: "Checks that all records of a keyspace agree with each other.",
    usage: "<keyspace>",
    flags: pingFlags,
    run: async ({ call, flags, words: [keyspace = ""], print }) =>
      printFindings(print, keyspace, await call(Vtctld.method.validateKeyspace, { keyspace, ...flags })),
  }),
  clientCommand({
    name: "ValidateShard",
    summary: "Checks that all records of a shard agree with each other.",
    usage: "<keyspace/shard>",
    flags: pingFlags,
    run: async ({ call, flags, words: [name = ""], print }) =>
      printFindings(print, name, await call(Vtctld.method.validateShard, { ...keyspaceShard(name), ...flags })),
  }),
  clientCommand({
    name: "ValidateSchemaKeyspace",
    summary: "Checks that all tablets of a keyspace have the same schema.",
    usage: "<keyspace>",
    flags: schemaFlags,
    run: async ({ call, flags, words: [keyspace = ""], print }) =>
      printFindings(print, keyspace, await call(Vtctld.method.validateSchemaKeyspace, schemaRequest(keyspace, flags))),
  }),
  clientCommand({
    name: "ValidateSchemaShard",
    summary: "Checks that all tablets of a shard have the same schema.",
    usage: "<keyspace/shard>",
    flags: schemaFlags,
    run: async ({ call, flags, words: [name = ""], print }) => {
      const { keyspace, shard } = keyspaceShard(name);
      printFindings(
        print,
        name,
        await call(Vtctld.method.validateSchemaKeyspace, schemaRequest(keyspace, flags, shard)),
      );
    },
  }),
  clientCommand({
    name: "ValidatePermissionsKeyspace",
    summary: "Checks that all database servers of a keyspace have the same accounts.",
    usage: "<keyspace>",
    flags: {},
    run: async ({ call, words: [keyspace = ""] }) => {
      await call(Vtctld.method.validatePermissionsKeyspace, { keyspace });
    },
  }),
  clientCommand({
    name: "ValidatePermissionsShard",
    summary: "Checks that all database servers of a shard have the same accounts.",
    usage: "<keyspace/shard>",
    flags: {},
    run: async ({ call, words: [name = ""] }) => {
      const { keyspace, shard } = keyspaceShard(name);
      await call(Vtctld.method.validatePermissionsKeyspace, { keyspace, shards: [shard] });
    },
  }),
  clientCommand({
    name: "ValidateVersionKeyspace",
    summary: "Checks that all tablets of a keyspace run the same version.",
    usage: "<keyspace>",
    flags: {},
    run: async ({ call, words: [keyspace = ""], print }) =>
      printFindings(print, keyspace, await call(Vtctld.method.validateVersionKeyspace, { keyspace })),
  }),
  clientCommand({
    name: "ValidateVersionShard",
    summary: "Checks that all tablets of a shard run the same version.",
    usage: "<keyspace/shard>",
    flags: {},
    run: async ({ call, words: [name = ""], print }) =>
      printFindings(print, name, await call(Vtctld.method.validateVersionShard, keyspaceShard(name))),
  }),
  clientCommand({
    name: "GetTopologyPath",
    summary: "Prints a file or a folder of the topology: /global/… or /<cell>/…",
    usage: "<path>",
    flags: {
      dataAsJson: flag({ parse: boolean, default: false, help: "The record as JSON." }),
    },
    run: async ({ call, flags, words: [path = ""], print }) => {
      const { cell } = await call(Vtctld.method.getTopologyPath, { path, asJson: flags.dataAsJson });
      if (flags.dataAsJson && cell !== undefined && cell.data !== "") print.line(cell.data);
      else print.message(TopologyCellSchema, cell);
    },
  }),
  clientCommand({
    name: "WriteTopologyPath",
    summary: "Puts a local file into the topology, in place of what is there; only with --server internal.",
    usage: "<path> <file>",
    flags: {
      cell: flag({ parse: string, default: "global", help: "Cell whose topology takes the file." }),
    },
    run: async ({ topo, disk, flags: { cell }, words: [path = "", file = ""] }) => {
      if (topo === undefined) throw new FlagError("WriteTopologyPath writes to the topology itself: --server internal");
      const store = cell === "global" ? topo.global : await topo.cell(cellName(cell));
      await store.write(path.replace(/^\/+/, ""), disk.readFileSync(file), undefined);
    },
  }),
];

/** One line a complaint, that of a part led by its name. Throws when there is any, so that scripts see it. */
function printFindings(print: Print, name: string, findings: Findings): void {
  const lines = linesOf(name, findings);
  for (const line of lines) print.line(line);
  if (lines.length > 0) throw new Error(`${lines.length} complaints`);
}

function linesOf(name: string, findings: Findings): readonly string[] {
  const parts = { ...findings.resultsByKeyspace, ...findings.resultsByShard };
  const below = Object.entries(parts).flatMap(([part, one]) => linesOf(name === "" ? part : `${name}/${part}`, one));
  const own = findings.results.map((line) => (name === "" ? line : `${name}: ${line}`));
  return [...new Set([...own, ...below])];
}
