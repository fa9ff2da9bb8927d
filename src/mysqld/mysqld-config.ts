/**
 * What a managed database server is made from, and its `my.cnf`. Small by default, since many servers share a machine:
 * what a larger one needs comes from the files of EXTRA_MY_CNF, whose lines win over ours.
 */
import type { Environment } from "../base/environment.ts";
import type { Disk } from "../base/disk.ts";
import type { Flavour } from "../mysql/client.ts";
import type { FlavourProgram } from "./flavour-program.ts";
import type { Program } from "./installed.ts";
import type { Layout } from "./layout.ts";
import type { UserName } from "./users.ts";

export interface MysqldConfig {
  readonly flavour: Flavour;
  /** VTDATAROOT. */
  readonly dataRoot: string;
  /** The tablet's uid; also the server id. At least 1. */
  readonly uid: number;
  readonly port: number;
  /** Whom the server listens for; "*" is everybody. */
  readonly bindAddress: string;
  /** MiB. */
  readonly bufferPoolMib: number;
  /** False leaves mysql.time_zone* empty, and an initialisation is a second faster. */
  readonly loadTimeZones: boolean;
  /** Passwords of Vitess's users; those not named have none, and all but vt_repl log in over the unix socket only. */
  readonly passwords: Readonly<Partial<Record<UserName, string>>>;
  /** Folder of templates that make an initialisation quick (`template.ts`); without it nothing is shared. */
  readonly templates?: string;
  /** A file of SQL that makes the users instead of ours. */
  readonly initSqlFile?: string;
}

export const mysqldDefaults = {
  bindAddress: "127.0.0.1",
  bufferPoolMib: 32,
  loadTimeZones: true,
  passwords: {},
} as const satisfies Partial<MysqldConfig>;

export interface ConfigParts {
  readonly config: MysqldConfig;
  readonly layout: Layout;
  readonly program: Program;
  readonly flavour: FlavourProgram;
  readonly isRoot: boolean;
  /** Contents of the EXTRA_MY_CNF files. */
  readonly extra: string;
}

/** The text of my.cnf. */
export function printConfig({ config, layout, program, flavour, isRoot, extra }: ConfigParts): string {
  const own: readonly (readonly [string, string | number])[] = [
    ["datadir", layout.data],
    ["tmpdir", layout.tmp],
    ["socket", layout.socket],
    ["pid-file", layout.pidFile],
    ["log-error", layout.errorLog],
    ["slow-query-log-file", layout.slowLog],
    ["general-log-file", layout.generalLog],
    ["port", config.port],
    ["bind-address", config.bindAddress],
    ["skip-name-resolve", 1],
    ["server-id", config.uid],
    ["secure-file-priv", layout.tmp],
    ["log-bin", layout.binLog],
    ["log-bin-trust-function-creators", "1"], // Rows are logged, so that a routine cannot make replicas differ.
    ["relay-log", layout.relayLog],
    ["binlog-row-image", "full"],
    ["sync-binlog", 1],
    ["innodb-flush-log-at-trx-commit", 1],
    ["innodb-data-home-dir", layout.innodbData],
    ["innodb-log-group-home-dir", layout.innodbLogs],
    ["innodb-buffer-pool-size", `${config.bufferPoolMib}M`],
    ["character-set-server", "utf8mb4"],
    ["max-connections", 500],
    ["performance-schema", 0],
    ...flavour.configLines,
    ...flavour.placeLines(program),
    ...(isRoot ? ([["user", "root"]] as const) : []),
  ];
  const lines = own.map(([name, setting]) => `${name}=${setting}`);
  return ["# Made by vitess-ts; `mysqlctl reinit_config` makes it anew.", "[mysqld]", ...lines, "", extra].join("\n");
}

const extraFilesMax = 100;

/** The files that EXTRA_MY_CNF names (with colons between them), one after the other. */
export function readExtraConfig(environment: Environment, disk: Disk): string {
  const files = (environment["EXTRA_MY_CNF"] ?? "").split(":").filter((file) => file !== "");
  return files
    .slice(0, extraFilesMax)
    .map((file) => `# from ${file}\n[mysqld]\n${disk.readFileSync(file, "utf8").trimEnd()}\n`)
    .join("\n");
}
