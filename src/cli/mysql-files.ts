/**
 * The files of a gateway's MySQL face, read anew while it serves: users of static authentication on SIGHUP and by time,
 * certificates on SIGHUP and when they change. What cannot be read leaves what was.
 */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Logger } from "../base/log.ts";
import { prepareTls, type TlsOptions } from "../base/tls.ts";
import type { GatewayValues } from "../vtgate/gateway-options.ts";
import { type MysqlFiles, tlsOf, userSource } from "../vtgate/mysql-options.ts";
import { UserFile } from "../vtgate/static-users.ts";

interface Context {
  readonly values: GatewayValues;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/** How often certificates are compared with those in use. */
const certificatesMs = 10_000;

/** Throws FlagError where they cannot be read. */
export function openMysqlFiles(context: Context): MysqlFiles {
  if (context.values.mysqlServerPort < 0) return {};
  const [users, tls] = [openUsers(context), openCertificates(context)];
  return { ...(users === undefined ? {} : { users }), ...(tls === undefined ? {} : { tls }) };
}

function openUsers(context: Context): UserFile | undefined {
  const { values, disk, logger } = context;
  if (values.mysqlAuthServerImpl !== "static") return undefined;
  const file = new UserFile(userSource(values, (path) => disk.readFileSync(path, "utf8")));
  repeat(context, values.mysqlAuthStaticReloadIntervalMs, () => {
    try {
      file.reload();
      logger.info({ users: Object.keys(file.users).length }, "the MySQL users are read anew");
    } catch (thrown) {
      logger.error({ err: thrown }, "the MySQL users cannot be read anew; those known stay");
    }
  });
  return file;
}

function openCertificates(context: Context): (() => TlsOptions) | undefined {
  const { values, disk, logger } = context;
  const read = () => tlsOf(values, (path) => disk.readFileSync(path, "utf8"));
  let known = read();
  if (known === undefined) return undefined;
  let inUse = known;
  repeat(context, certificatesMs, () => {
    try {
      const now = read();
      if (now === undefined || JSON.stringify(now) === JSON.stringify(known)) return;
      known = now; // Told of once, even where they cannot be used.
      prepareTls(now);
      inUse = now;
      logger.info({}, "the certificates for MySQL clients are read anew");
    } catch (thrown) {
      logger.error({ err: thrown }, "the certificates for MySQL clients cannot be read anew; those in use stay");
    }
  });
  return () => inUse;
}

/** On SIGHUP, and every `periodMs` where that is not 0. */
function repeat({ clock, stop }: Context, periodMs: number, run: () => void): void {
  process.on("SIGHUP", run);
  const timer = periodMs > 0 ? clock.every(periodMs, run) : undefined;
  stop.addEventListener("abort", () => {
    process.off("SIGHUP", run);
    timer?.cancel();
  });
}
