/** mysqlctl's commands: a line each. All work on one server's folder; none needs a daemon. */
import { FlagError } from "../base/flag-values.ts";
import type { FlagTable } from "../base/flags.ts";
import { containsPosition, equalPositions, parsePosition, printPosition, unitePositions } from "../binlog/gtid.ts";
import { parseMariadbGtids, parseGtidSet, type Position } from "../binlog/gtid.ts";
import type { Mysqld } from "../mysqld/mysqld.ts";
import { initFlags, teardownFlags, waitFlags } from "./flags.ts";

/** The values of all commands' flags; each command declares those that it reads. */
export interface CommandValues {
  readonly waitTimeMs: number;
  readonly force: boolean;
  readonly initDbSqlFile: string;
}

export interface ServerCommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly flags: FlagTable;
  /** Answers what is printed. `open` looks the server up. */
  readonly run: (open: () => Mysqld, values: CommandValues, words: readonly string[]) => Promise<string>;
}

export const serverCommands: readonly ServerCommand[] = [
  {
    name: "init",
    summary: "Makes the server's folder, data and users, and starts it.",
    usage: "",
    flags: { ...waitFlags, ...initFlags },
    run: async (open) =>
      open()
        .init()
        .then(() => ""),
  },
  {
    name: "init_config",
    summary: "Makes the server's folder and my.cnf only.",
    usage: "",
    flags: {},
    run: async (open) => (open().initConfig(), ""),
  },
  {
    name: "reinit_config",
    summary: "Makes my.cnf anew; the next start reads it.",
    usage: "",
    flags: {},
    run: async (open) => (open().reinitConfig(), ""),
  },
  {
    name: "start",
    summary: "Starts a server that was made before.",
    usage: "[argument of the server …]",
    flags: waitFlags,
    run: async (open, { waitTimeMs }, words) =>
      open()
        .start(words, waitTimeMs)
        .then(() => ""),
  },
  {
    name: "shutdown",
    summary: "Stops the server and keeps its data.",
    usage: "",
    flags: waitFlags,
    run: async (open, { waitTimeMs }) => {
      const { isClean } = await open().shutdown(waitTimeMs);
      return isClean ? "" : `The server did not end within ${waitTimeMs} ms and was killed; its next start recovers.\n`;
    },
  },
  {
    name: "teardown",
    summary: "Stops the server and removes its folder.",
    usage: "",
    flags: teardownFlags,
    run: async (open, { waitTimeMs, force }) =>
      open()
        .teardown(waitTimeMs, force)
        .then(() => ""),
  },
  {
    name: "position",
    summary: "Computes with replication positions.",
    usage: "<equal | at_least | append> <position> <position or transaction>",
    flags: {},
    run: async (_, __, words) => `${computePosition(words)}\n`,
  },
];

function computePosition(words: readonly string[]): string {
  const [operation, left, right] = words;
  if (left === undefined || right === undefined || words.length > 3)
    throw new FlagError("position takes an operation and two positions");
  const a = parsePosition(left);
  if (operation === "append") return printPosition(unitePositions(a, parseLike(a, right)));
  const b = parsePosition(right);
  if (operation === "equal") return String(equalPositions(a, b));
  if (operation === "at_least") return String(containsPosition(a, b));
  throw new FlagError(`position knows equal, at_least and append, not ${operation}`);
}

/** A transaction may stand without its kind, which is the other one's. */
function parseLike(kind: Position, text: string): Position {
  if (text.includes("/")) return parsePosition(text);
  if (kind.kind === "MariaDB") return { kind: "MariaDB", gtids: parseMariadbGtids(text) };
  return { kind: "MySQL56", set: parseGtidSet(text) };
}
