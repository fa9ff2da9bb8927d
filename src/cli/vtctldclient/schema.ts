/** Commands for table schemas. */
import { boolean, FlagError, integer, listOf, periodMs, string, texts } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import { SchemaDefinitionSchema } from "../../proto/generated/tabletmanagerdata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";
import { printEvents } from "./reparent.ts";
import { alias, duration, keyspaceShard, oneText } from "./words.ts";

const tables = flag({ parse: listOf(string), default: [], help: "Only these tables; /…/ is a regular expression." });
const excludeTables = flag({
  parse: listOf(string),
  default: [],
  help: "Not these tables; /…/ is a regular expression.",
});
const includeViews = flag({ parse: boolean, default: false, help: "Views too." });
const reloadFlags = {
  concurrency: flag({ parse: integer(0, 1000), default: 10, help: "Most tablets at once; 0: all." }),
  includePrimary: flag({ parse: boolean, default: false, help: "The primary too." }),
};

export const schemaCommands = [
  clientCommand({
    name: "ApplySchema",
    summary: "Changes the schema of a keyspace on all its shards.",
    usage: "<keyspace>",
    flags: {
      ddlStrategy: flag({ parse: string, default: "direct", help: "How: direct, or an online strategy." }),
      sql: flag({ parse: texts, default: [], help: "Statements, separated by semicolons." }),
      sqlFile: flag({ parse: string, default: "", help: "File that holds them." }),
      uuid: flag({ parse: listOf(string), default: [], help: "Ids of the migrations, one a statement." }),
      migrationContext: flag({ parse: string, default: "", help: "Groups migrations." }),
      waitReplicasTimeoutMs: flag({ parse: periodMs, default: 10_000, help: "Longest wait for replicas." }),
      callerId: flag({ parse: string, default: "", help: "On whose behalf." }),
      batchSize: flag({ parse: integer(0, 10_000), default: 0, help: "CREATE statements in one round trip." }),
    },
    run: async ({ call, flags, words: [keyspace = ""], print, disk }) => {
      if (flags.sql.length > 0 && flags.sqlFile !== "") throw new FlagError("expected one of --sql, --sql-file");
      const sql =
        flags.sql.length > 0
          ? [...flags.sql]
          : [
              oneText(disk, [
                ["--sql-file", flags.sqlFile, "file"],
                ["--sql", "", "text"],
              ]),
            ];
      const { uuidList } = await call(Vtctld.method.applySchema, {
        keyspace,
        ddlStrategy: flags.ddlStrategy,
        sql,
        uuidList: [...flags.uuid],
        migrationContext: flags.migrationContext,
        waitReplicasTimeout: duration(flags.waitReplicasTimeoutMs),
        ...(flags.callerId === "" ? {} : { callerId: { principal: flags.callerId } }),
        batchSize: BigInt(flags.batchSize),
      });
      for (const uuid of uuidList) print.line(uuid);
    },
  }),
  clientCommand({
    name: "CopySchemaShard",
    summary: "Makes the tables of one tablet or shard on another shard.",
    usage: "<source keyspace/shard or alias> <keyspace/shard>",
    flags: {
      tables,
      excludeTables,
      includeViews: flag({ parse: boolean, default: true, help: "Views too." }),
      skipVerify: flag({ parse: boolean, default: false, help: "Do not compare the schemas afterwards." }),
      waitReplicasTimeoutMs: flag({ parse: periodMs, default: 10_000, help: "Longest wait for replicas." }),
    },
    run: async ({ call, flags, words: [source = "", destination = ""] }) => {
      const to = keyspaceShard(destination);
      const from = source.includes("/") ? await primaryOf(source) : alias(source);
      await call(Vtctld.method.copySchemaShard, {
        sourceTabletAlias: from,
        destinationKeyspace: to.keyspace,
        destinationShard: to.shard,
        tables: [...flags.tables],
        excludeTables: [...flags.excludeTables],
        includeViews: flags.includeViews,
        skipVerify: flags.skipVerify,
        waitReplicasTimeout: duration(flags.waitReplicasTimeoutMs),
      });
      async function primaryOf(name: string) {
        const { keyspace, shard: shardName } = keyspaceShard(name);
        const { shard } = await call(Vtctld.method.getShard, { keyspace, shardName });
        const found = shard?.shard?.primaryAlias;
        if (found === undefined) throw new FlagError(`${name} has no primary to copy from`);
        return found;
      }
    },
  }),
  clientCommand({
    name: "GetSchema",
    summary: "Prints the schema of a tablet.",
    usage: "<alias>",
    flags: {
      tables,
      excludeTables,
      includeViews,
      tableNamesOnly: flag({ parse: boolean, default: false, short: "n", help: "Only the names." }),
      tableSizesOnly: flag({ parse: boolean, default: false, short: "s", help: "Only the sizes." }),
      tableSchemaOnly: flag({ parse: boolean, default: false, help: "No sizes." }),
    },
    run: async ({ call, flags, words: [tablet = ""], print }) => {
      if (flags.tableNamesOnly && flags.tableSizesOnly)
        throw new FlagError("--table-names-only and --table-sizes-only exclude each other");
      const { schema } = await call(Vtctld.method.getSchema, {
        tabletAlias: alias(tablet),
        tables: [...flags.tables],
        excludeTables: [...flags.excludeTables],
        includeViews: flags.includeViews,
        tableNamesOnly: flags.tableNamesOnly,
        tableSizesOnly: flags.tableSizesOnly,
        tableSchemaOnly: flags.tableSchemaOnly,
      });
      if (flags.tableNamesOnly) print.line((schema?.tableDefinitions ?? []).map(({ name }) => name).join("\n"));
      else print.message(SchemaDefinitionSchema, schema);
    },
  }),
  clientCommand({
    name: "ReloadSchema",
    summary: "Makes a tablet read its schema again.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""] }) => {
      await call(Vtctld.method.reloadSchema, { tabletAlias: alias(tablet) });
    },
  }),
  clientCommand({
    name: "ReloadSchemaKeyspace",
    summary: "Makes all tablets of a keyspace read their schema again.",
    usage: "<keyspace>",
    flags: reloadFlags,
    run: async ({ call, flags, words: [keyspace = ""], print }) => {
      printEvents(print, (await call(Vtctld.method.reloadSchemaKeyspace, { keyspace, ...flags })).events);
    },
  }),
  clientCommand({
    name: "ReloadSchemaShard",
    summary: "Makes all tablets of a shard read their schema again.",
    usage: "<keyspace/shard>",
    flags: reloadFlags,
    run: async ({ call, flags, words: [name = ""], print }) => {
      printEvents(print, (await call(Vtctld.method.reloadSchemaShard, { ...keyspaceShard(name), ...flags })).events);
    },
  }),
];
