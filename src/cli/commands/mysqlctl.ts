/** mysqlctl: makes, starts, stops and removes one database server by hand. */
import { children, processes } from "../../base/child.ts";
import { configFlags, resolveCommandLine, versionFlags } from "../../base/flag-sources.ts";
import { FlagError } from "../../base/flag-values.ts";
import { printHelp } from "../../base/flag-help.ts";
import { readCommandLine, suggestion, type Values } from "../../base/flags.ts";
import { openLogger } from "../../base/log.ts";
import { network } from "../../base/network.ts";
import { serverCommands } from "../../mysqlctl/commands.ts";
import { initFlags, serverFlags, teardownFlags } from "../../mysqlctl/flags.ts";
import { openFromFlags } from "../../mysqlctl/open.ts";
import { logFlags } from "../../servenv/flags.ts";
import { type Command, type CommandContext, exitCodes } from "../command.ts";

const ownFlags = { ...configFlags, ...versionFlags, ...logFlags, ...serverFlags } as const;
/** Flags of the commands; each command's page lists those that it reads. */
const allFlags = { ...ownFlags, ...initFlags, ...teardownFlags } as const;

export const mysqlctl: Command = {
  page: {
    name: "mysqlctl",
    summary: "Makes, starts, stops and removes one database server.",
    flags: ownFlags,
    subcommands: serverCommands.map(({ name, summary, usage, flags }) => ({ name, summary, usage, flags })),
    examples: [
      "VTDATAROOT=/vt mysqlctl --tablet-uid 100 --mysql-port 17100 init",
      "mysqlctl --tablet-uid 100 shutdown",
    ],
  },
  run: runMysqlctl,
};

async function runMysqlctl(context: CommandContext): Promise<number> {
  const line = readCommandLine(allFlags, context.args);
  const [name, ...words] = line.positionals;
  if (name === undefined) throw new FlagError("which command? mysqlctl --help lists them");
  const command = serverCommands.find((one) => one.name === name.replaceAll("-", "_"));
  if (command === undefined) {
    const names = serverCommands.map((one) => one.name);
    throw new FlagError(`there is no command ${name}${suggestion(name, names, "")}`);
  }
  if (line.helpWanted) {
    context.terminal.out(printHelp({ ...command, flags: { ...command.flags, ...ownFlags } }));
    return exitCodes.done;
  }
  const { values, warnings } = resolveCommandLine(allFlags, line, context);
  const logger = openLogger({ level: values.logLevel, role: "mysqlctl", format: values.logFormat });
  for (const warning of warnings) logger.warn({}, warning);
  const env = { ...context, children, processes, network, logger };
  const open = () => openFromFlags(values as Values<typeof allFlags>, env, values.initDbSqlFile);
  context.terminal.out(await command.run(open, values, words));
  return exitCodes.done;
}
