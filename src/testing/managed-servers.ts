/** What `openMysqld` needs, for tests with servers of our own making. */
import { children, processes } from "../base/child.ts";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { readEnvironment } from "../base/environment.ts";
import { silentLogger } from "../base/log.ts";
import { network } from "../base/network.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";

export const mysqldTestEnvironment: MysqldEnvironment = {
  children,
  processes,
  clock: systemClock,
  disk,
  network,
  environment: readEnvironment(),
  logger: silentLogger,
};
