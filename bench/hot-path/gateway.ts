/**
 * A gateway for the benchmark: our MySQL server on the port of argument 2, in front of the link at the socket of
 * argument 1. It plans nothing: every statement goes to the one tablet, so that what is measured is the way there and
 * back. BEGIN, COMMIT and ROLLBACK are the session's own.
 */
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/log.ts";
import { network } from "../../src/base/network.ts";
import { systemRandom } from "../../src/base/random.ts";
import { systemTerminal } from "../../src/base/terminal.ts";
import { noAuthentication } from "../../src/mysql/authentication.ts";
import { startServer } from "../../src/mysql/server.ts";
import type { SqlService } from "../../src/mysql/session.ts";
import { linkQueryService } from "../../src/rpc/link-client.ts";
import { PassingSession } from "./passing-session.ts";

const [, , linkSocket = "", port = "0"] = process.argv;
const env = { network, clock: systemClock, random: systemRandom, log: silentLogger };
const tablet = linkQueryService(env, { address: { path: linkSocket } });
const service: SqlService = { open: (client) => Promise.resolve(new PassingSession(client, tablet)) };
await startServer(
  env,
  {
    address: { host: "127.0.0.1", port: Number(port) },
    authentication: noAuthentication,
    serverVersion: "8.0.30-bench",
  },
  service,
);
systemTerminal.out("ready\n");
