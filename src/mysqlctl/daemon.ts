/**
 * mysqlctld's own part: it makes or starts the server, serves `mysqlctl.MysqlCtl` on a unix socket, and stops the server
 * when it leaves itself.
 */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Logger } from "../base/log.ts";
import type { Mysqld } from "../mysqld/mysqld.ts";
import { type GrpcServer, serveGrpc } from "../rpc/grpc-server.ts";
import type { Service as RpcService } from "../rpc/service.ts";
import type { Service } from "../servenv/lifecycle.ts";

export interface DaemonOptions {
  readonly mysqld: Mysqld;
  readonly service: RpcService;
  /** Empty: no gRPC. */
  readonly socketFile: string;
  readonly shutdownMs: number;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
}

const drainMs = 10_000;

/** The parts of the role, in starting order. */
export function daemonServices(options: DaemonOptions): readonly Service[] {
  const { mysqld, socketFile, logger } = options;
  const server: Service = {
    name: "database server",
    start: async () => {
      if (mysqld.isInitialized()) {
        mysqld.reinitConfig();
        await mysqld.start();
      } else {
        logger.info({ folder: mysqld.layout.folder }, "making a new database server");
        await mysqld.init();
      }
    },
    stop: async () => void (await mysqld.shutdown(options.shutdownMs)),
  };
  return socketFile === "" ? [server] : [server, grpcPart(options)];
}

function grpcPart({ service, socketFile, clock, disk }: DaemonOptions): Service {
  let grpc: GrpcServer | undefined;
  return {
    name: "gRPC socket",
    start: async () => {
      disk.rmSync(socketFile, { force: true }); // Left by a daemon that was killed: our pid file keeps a second one out.
      grpc = await serveGrpc({ clock, listen: { path: socketFile }, services: [service], hasReflection: false });
    },
    stop: async () => grpc?.close(drainMs),
  };
}
