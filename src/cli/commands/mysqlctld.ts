/** mysqlctld: runs one database server and lets a vttablet control it over a unix socket. */
import { children, processes } from "../../base/child.ts";
import { periodMs, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import { network } from "../../base/network.ts";
import { daemonServices } from "../../mysqlctl/daemon.ts";
import { initFlags, serverFlags } from "../../mysqlctl/flags.ts";
import { openFromFlags } from "../../mysqlctl/open.ts";
import { mysqlctlService } from "../../mysqlctl/service.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { type RoleContext, roleCommand } from "../command.ts";

const flags = {
  ...servenvFlags,
  ...serverFlags,
  ...initFlags,
  oncloseTimeoutMs: { ...servenvFlags.oncloseTimeoutMs, default: 310_000 },
  socketFile: flag({ parse: string, default: "", name: "socket_file", help: "Unix socket of gRPC; empty: none." }),
  shutdownWaitTimeMs: flag({ parse: periodMs, default: 300_000, help: "Longest wait for the server to end." }),
} as const;

export const mysqlctld = roleCommand(
  {
    name: "mysqlctld",
    summary: "Runs one database server, controlled over a unix socket.",
    flags,
    examples: ["VTDATAROOT=/vt mysqlctld --tablet-uid 100 --mysql-port 17100 --socket-file /vt/mysqlctl.sock"],
  },
  serveMysqlctld,
);

async function serveMysqlctld(context: RoleContext<typeof flags>): Promise<number> {
  const { values, logger, clock, disk } = context;
  const env = { ...context, children, processes, network };
  const mysqld = openFromFlags(values, env, values.initDbSqlFile);
  const services = daemonServices({
    mysqld,
    service: mysqlctlService(mysqld, env),
    socketFile: values.socketFile,
    shutdownMs: values.shutdownWaitTimeMs,
    clock,
    disk,
    logger,
  });
  const complaint = () => (mysqld.isRunning() ? undefined : "the database server does not run");
  return context.serveRole({ services, complaint });
}
