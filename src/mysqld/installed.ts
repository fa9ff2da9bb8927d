/**
 * Where the programs of this machine are: database servers, etcd, haproxy and their command-line clients.
 *
 * What is on PATH (or in the usual sbin folders) is taken first, then what `tools/setup.ts` installed into the cache
 * folder. Nothing is started to find out; a `mysqld` that is only another name of MariaDB's is not taken for MySQL.
 */
import { basename, delimiter, join } from "node:path";
import type { Disk } from "../base/disk.ts";
import type { Environment } from "../base/environment.ts";

/** Programs by the name of their command; MySQL's client commands have a name of their own, MariaDB may own the short one. */
export const programNames = [
  "mariadbd",
  "mariadb",
  "mariadb-admin",
  "mariadb-backup",
  "mariadb-binlog",
  "mariadb-dump",
  "mariadb-tzinfo-to-sql",
  "mariadb-upgrade",
  "mysqld",
  "mysql",
  "mysqladmin",
  "mysqlbinlog",
  "mysqldump",
  "mysql_tzinfo_to_sql",
  "etcd",
  "etcdctl",
  "haproxy",
  "sysbench",
  "protoc",
  "chromium",
  "python3-with-drivers",
  "perl-with-drivers",
  "php-with-drivers",
  "java",
  "go-with-driver",
] as const;
export type ProgramName = (typeof programNames)[number];

export interface Program {
  readonly name: ProgramName;
  /** Absolute path to start it by; needs no environment of its own. */
  readonly command: string;
  /** The folder its packages were unpacked into; "/" for the machine's own. Its `usr/share/mysql` is there. */
  readonly root: string;
}

export interface Installed {
  readonly programs: { readonly [name: string]: { readonly command: string; readonly root: string } };
}

export interface Surroundings {
  readonly disk: Disk;
  readonly environment: Environment;
}

/** The folder of everything that set-up brings to this machine. */
export function cacheFolder(environment: Environment): string {
  return join(environment["XDG_CACHE_HOME"] || join(environment["HOME"] || "/root", ".cache"), "vitess-ts");
}

export function installedPath(environment: Environment): string {
  return join(cacheFolder(environment), "servers", "installed.json");
}

/** Where templates of database servers are kept for all clusters of this user (`template.ts`). */
export function templatesFolder(environment: Environment): string {
  return join(cacheFolder(environment), "servers", "templates");
}

/** The program, or undefined where it is neither on PATH nor set up. */
export function lookUpProgram(name: ProgramName, surroundings: Surroundings): Program | undefined {
  const command = findOnPath(name, surroundings);
  if (command !== undefined) return { name, command, root: "/" };
  const found = readInstalled(surroundings).programs[name];
  return found === undefined || !surroundings.disk.existsSync(found.command) ? undefined : { name, ...found };
}

/** The program; throws an Error with the remedy where it is missing. */
export function findProgram(name: ProgramName, surroundings: Surroundings): Program {
  const found = lookUpProgram(name, surroundings);
  if (found !== undefined) return found;
  throw new Error(
    `${name} is neither on PATH nor set up: run \`node tools/bootstrap.js setup\`, or install its package`,
  );
}

/** What set-up has installed; nothing where it has not run. */
export function readInstalled({ disk, environment }: Surroundings): Installed {
  const path = installedPath(environment);
  return disk.existsSync(path) ? (JSON.parse(disk.readFileSync(path, "utf8")) as Installed) : { programs: {} };
}

const machineFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The absolute path of the machine's own program, or undefined. */
export function findOnPath(name: ProgramName, { disk, environment }: Surroundings): string | undefined {
  const folders = [...(environment["PATH"] ?? "").split(delimiter).filter((path) => path !== ""), ...machineFolders];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => isExecutable(path, disk) && isItself(path, name, disk));
}

function isExecutable(path: string, disk: Disk): boolean {
  try {
    disk.accessSync(path, disk.constants.X_OK);
    return disk.statSync(path).isFile();
  } catch {
    return false; // Not there, or not ours to run: the next folder may have it.
  }
}

/** MariaDB's packages give their programs MySQL's names too, as links; those are not MySQL's. */
function isItself(path: string, name: ProgramName, disk: Disk): boolean {
  return !name.startsWith("mysql") || !/mariadb/.test(basename(disk.realpathSync(path)));
}
