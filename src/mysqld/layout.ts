/** Where everything of one database server lies: Vitess's folders, `VTDATAROOT/vt_<uid, 10 digits>/…`. */
import { join } from "node:path";
import type { Disk } from "../base/disk.ts";
import type { Flavour } from "../mysql/client.ts";

export interface Layout {
  readonly folder: string;
  readonly configFile: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly errorLog: string;
  readonly slowLog: string;
  readonly generalLog: string;
  readonly data: string;
  readonly innodbData: string;
  readonly innodbLogs: string;
  readonly tmp: string;
  /** Begin of the binary log's file names. */
  readonly binLog: string;
  readonly relayLog: string;
  /** Is there while the server is being initialised, and stays when that did not come to an end. */
  readonly unfinished: string;
  /** Every folder, in the order to make them. */
  readonly folders: readonly string[];
}

export function layoutOf(dataRoot: string, uid: number): Layout {
  const name = `vt_${String(uid).padStart(10, "0")}`;
  const folder = join(dataRoot, name);
  const inside = (...parts: string[]) => join(folder, ...parts);
  const logName = name.replace("_", "-");
  const [data, innodbData, innodbLogs, tmp] = [
    inside("data"),
    inside("innodb/data"),
    inside("innodb/logs"),
    inside("tmp"),
  ];
  return {
    folder,
    configFile: inside("my.cnf"),
    socket: inside("mysql.sock"),
    pidFile: inside("mysql.pid"),
    errorLog: inside("error.log"),
    slowLog: inside("slow-query.log"),
    generalLog: inside("general.log"),
    data,
    innodbData,
    innodbLogs,
    tmp,
    binLog: inside("bin-logs", `${logName}-bin`),
    relayLog: inside("relay-logs", `${logName}-relay-bin`),
    unfinished: inside("initializing"),
    folders: [folder, data, innodbData, innodbLogs, inside("relay-logs"), inside("bin-logs"), tmp],
  };
}

/** Linux allows 107 bytes for the path of a unix socket. */
export const socketPathMax = 107;

/** Which flavour's files lie there; undefined where there are none. */
export function flavourOfFiles({ data }: Layout, disk: Disk): Flavour | undefined {
  if (disk.existsSync(join(data, "aria_log_control"))) return "mariadb";
  return disk.existsSync(join(data, "mysql.ibd")) ? "mysql" : undefined;
}
