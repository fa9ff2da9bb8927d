/** `mysqlctl.MysqlCtl`: control of the server for a vttablet in another container, over a unix socket (row 3.024). */
import { basename, join } from "node:path";
import { VtError } from "../base/errors.ts";
import { findProgram } from "../mysqld/installed.ts";
import type { Mysqld } from "../mysqld/mysqld.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";
import { MysqlCtl } from "../proto/generated/mysqlctl_pb.js";
import { Code } from "../proto/generated/vtrpc_pb.js";
import type { Service } from "../rpc/service.ts";
import { implement } from "../rpc/service.ts";
import { applyBinlog } from "./apply-binlog.ts";
import { type BinlogTimes, readBinlogTimes } from "./binlog-times.ts";
import { hostMetrics } from "./host-metrics.ts";

const shutdownDefaultMs = 300_000;
const upgradeMaxMs = 3_600_000;
const binlogFilesMax = 100_000;

export function mysqlctlService(mysqld: Mysqld, env: MysqldEnvironment): Service {
  const { layout } = mysqld;
  return implement(MysqlCtl, {
    start: async ({ mysqldArgs }) => {
      await mysqld.start(mysqldArgs);
      return {};
    },
    shutdown: async ({ mysqlShutdownTimeout: wait }) => {
      const timeoutMs = wait === undefined ? shutdownDefaultMs : Number(wait.seconds) * 1000 + wait.nanos / 1e6;
      await mysqld.shutdown(timeoutMs);
      return {};
    },
    runMysqlUpgrade: async () => {
      await upgrade(mysqld, env);
      return {};
    },
    applyBinlogFile: async ({ binlogFileName, binlogRestorePosition, binlogRestoreDatetime: time }) => {
      const path = binlogPath(mysqld, binlogFileName);
      const beforeSeconds = time === undefined || time.seconds === 0n ? undefined : Number(time.seconds);
      await applyBinlog(mysqld, { path, upTo: binlogRestorePosition, beforeSeconds }, env);
      return {};
    },
    readBinlogFilesTimestamps: async ({ binlogFileNames }) => {
      if (binlogFileNames.length > binlogFilesMax)
        throw VtError.of("VT21001", `${binlogFilesMax} files`, "binlogFilesMax");
      const times = binlogFileNames.map((name) => ({ name, ...readBinlogTimes(binlogPath(mysqld, name), env.disk) }));
      return timesResponse(times);
    },
    reinitConfig: async () => {
      mysqld.reinitConfig();
      return {};
    },
    refreshConfig: async () => {
      mysqld.reinitConfig(); // Ours depends on nothing that is drawn by lot, so made anew and refreshed are the same.
      return {};
    },
    versionString: async () => ({ version: await mysqld.version() }),
    hostMetrics: async () => ({
      metrics: Object.fromEntries(
        hostMetrics(layout.folder, env.disk).map(({ name, value, error }) => [
          name,
          { name, value, ...(error === undefined ? {} : { error: { message: error, code: Code.INTERNAL } }) },
        ]),
      ),
    }),
  });
}

/** MySQL upgrades its system tables at start; MariaDB has a program for it. */
async function upgrade(mysqld: Mysqld, env: MysqldEnvironment): Promise<void> {
  if (mysqld.config.flavour === "mysql") return;
  const { command } = findProgram("mariadb-upgrade", env);
  const { username, password } = mysqld.login("vt_dba");
  const args = ["--no-defaults", `--user=${username}`, `--socket=${mysqld.layout.socket}`, "--skip-write-binlog"];
  await new Promise<void>((resolve, reject) => {
    const options = { env: { ...env.environment, MYSQL_PWD: password ?? "" }, timeout: upgradeMaxMs };
    env.children.execFile(command, args, options, (error, _, said) => {
      if (error === null) resolve();
      else reject(VtError.of("VT22013", `mariadb-upgrade failed: ${said.trim()}`, "see the server's error log"));
    });
  });
}

/** Files are named by the peer: only those in the server's own folders, by name or by their whole path, are read. */
function binlogPath(mysqld: Mysqld, name: string): string {
  const { folder, binLog, tmp } = mysqld.layout;
  const allowed = [join(folder, "bin-logs"), tmp].map((home) => join(home, basename(name)));
  const found = name.includes("/") ? allowed.find((path) => path === name) : `${join(binLog, "..")}/${name}`;
  if (found === undefined || basename(name) === "" || name === "..")
    throw VtError.of("VT22001", "binary log", name, "it must lie in the server's bin-logs or tmp folder");
  return found;
}

function timesResponse(files: readonly (BinlogTimes & { readonly name: string })[]) {
  const first = files.find((file) => file.first !== undefined);
  const last = files.findLast((file) => file.last !== undefined);
  const time = (seconds: number | undefined) =>
    seconds === undefined ? {} : { seconds: BigInt(seconds), nanoseconds: 0 };
  return {
    ...(first === undefined ? {} : { firstTimestamp: time(first.first), firstTimestampBinlog: first.name }),
    ...(last === undefined ? {} : { lastTimestamp: time(last.last), lastTimestampBinlog: last.name }),
  };
}
