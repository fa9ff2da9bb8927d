/** The users of a gateway's static authentication, read anew on SIGHUP and by time. */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Logger } from "../base/log.ts";
import type { GatewayValues } from "../vtgate/gateway-options.ts";
import { userSource } from "../vtgate/mysql-options.ts";
import { UserFile } from "../vtgate/static-users.ts";

interface Context {
  readonly values: GatewayValues;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
}

/** Undefined where there are none; throws FlagError where they cannot be read. */
export function openUsers({ values, disk, clock, logger, stop }: Context): UserFile | undefined {
  if (values.mysqlServerPort < 0 || values.mysqlAuthServerImpl !== "static") return undefined;
  const file = new UserFile(userSource(values, (path) => disk.readFileSync(path, "utf8")));
  const reload = () => {
    try {
      file.reload();
      logger.info({ users: Object.keys(file.users).length }, "the MySQL users are read anew");
    } catch (thrown) {
      logger.error({ err: thrown }, "the MySQL users cannot be read anew; those known stay");
    }
  };
  process.on("SIGHUP", reload);
  const periodMs = values.mysqlAuthStaticReloadIntervalMs;
  const timer = periodMs > 0 ? clock.every(periodMs, reload) : undefined;
  stop.addEventListener("abort", () => {
    process.off("SIGHUP", reload);
    timer?.cancel();
  });
  return file;
}
