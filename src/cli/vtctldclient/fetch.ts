/** Commands that run SQL on one tablet's server, around the gateway. */
import { create } from "@bufbuild/protobuf";
import { boolean, integer } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import { type QueryResult, QueryResultSchema } from "../../proto/generated/query_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";
import { frameTable, type Print } from "./print.ts";
import { alias } from "./words.ts";

const fetchFlags = {
  maxRows: flag({ parse: integer(0), default: 10_000, help: "Most rows of an answer." }),
  json: flag({ parse: boolean, default: false, short: "j", help: "Print the answer as JSON, not as a table." }),
};
const dbaFlags = {
  ...fetchFlags,
  disableBinlogs: flag({ parse: boolean, default: false, help: "Keep the statements out of the binary log." }),
  reloadSchema: flag({ parse: boolean, default: false, help: "Make the tablet read its schema again afterwards." }),
};

export const fetchCommands = [
  clientCommand({
    name: "ExecuteFetchAsApp",
    summary: "Runs a statement as the application's user.",
    usage: "<alias> <sql>",
    flags: {
      ...fetchFlags,
      usePool: flag({ parse: boolean, default: false, help: "On a connection of the tablet's pool." }),
    },
    run: async ({ call, flags, words: [tablet = "", query = ""], print }) => {
      const { result } = await call(Vtctld.method.executeFetchAsApp, {
        tabletAlias: alias(tablet),
        query,
        maxRows: BigInt(flags.maxRows),
        usePool: flags.usePool,
      });
      printResult(print, result, flags.json);
    },
  }),
  clientCommand({
    name: "ExecuteFetchAsDBA",
    summary: "Runs a statement as the administrator.",
    usage: "<alias> <sql>",
    flags: dbaFlags,
    run: async ({ call, flags, words: [tablet = "", query = ""], print }) => {
      const { result } = await call(Vtctld.method.executeFetchAsDBA, {
        tabletAlias: alias(tablet),
        query,
        maxRows: BigInt(flags.maxRows),
        disableBinlogs: flags.disableBinlogs,
        reloadSchema: flags.reloadSchema,
      });
      printResult(print, result, flags.json);
    },
  }),
  clientCommand({
    name: "ExecuteMultiFetchAsDBA",
    summary: "Runs several statements as the administrator.",
    usage: "<alias> <sql>",
    flags: dbaFlags,
    run: async ({ call, flags, words: [tablet = "", sql = ""], print }) => {
      const { results } = await call(Vtctld.method.executeMultiFetchAsDBA, {
        tabletAlias: alias(tablet),
        sql,
        maxRows: BigInt(flags.maxRows),
        disableBinlogs: flags.disableBinlogs,
        reloadSchema: flags.reloadSchema,
      });
      for (const result of results) printResult(print, result, flags.json);
    },
  }),
];

function printResult(print: Print, result: QueryResult | undefined, asJson: boolean): void {
  const shown = result ?? create(QueryResultSchema);
  if (asJson) return print.message(QueryResultSchema, shown);
  const head = shown.fields.map(({ name }) => name);
  if (head.length === 0) return print.line(`${shown.rowsAffected} rows affected`);
  print.line(
    frameTable(
      head,
      shown.rows.map(({ lengths, values }) => cellTexts(lengths, values)),
    ),
  );
}

/** query.Row → texts: lengths, −1 for NULL, and the values back to back. */
function cellTexts(lengths: readonly bigint[], values: Uint8Array): readonly string[] {
  let at = 0;
  return lengths.map((length) => {
    if (length < 0n) return "NULL";
    const end = at + Number(length);
    const text = Buffer.from(values.subarray(at, end)).toString("utf8");
    at = end;
    return text;
  });
}
