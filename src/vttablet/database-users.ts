/** How the tablet's users log in to its database server: flags in, connect options out. */
import { FlagError } from "../base/flag-values.ts";
import type { Address } from "../base/socket.ts";
import type { ConnectOptions } from "../mysql/client.ts";
import type { DatabaseUser } from "../mysqld/replication-types.ts";

export interface DatabaseFlags {
  readonly dbHost: string;
  readonly dbPort: number;
  readonly dbSocket: string;
  readonly dbConnectTimeoutMsec: number;
  readonly dbAppUser: string;
  readonly dbAppPassword: string;
  readonly dbAllprivsUser: string;
  readonly dbAllprivsPassword: string;
  readonly dbDbaUser: string;
  readonly dbDbaPassword: string;
  readonly dbReplUser: string;
  readonly dbReplPassword: string;
}

export interface DatabaseUsers {
  readonly app: ConnectOptions;
  readonly allprivs: ConnectOptions;
  readonly dba: ConnectOptions;
  readonly replication: DatabaseUser;
}

/** Throws FlagError when the flags do not say where the server is. */
export function databaseUsers(flags: DatabaseFlags): DatabaseUsers {
  const address = addressOf(flags);
  const login = (username: string, password: string): ConnectOptions => ({
    address,
    username,
    password,
    ...(flags.dbConnectTimeoutMsec === 0 ? {} : { connectTimeoutMs: flags.dbConnectTimeoutMsec }),
  });
  return {
    app: login(flags.dbAppUser, flags.dbAppPassword),
    allprivs: login(flags.dbAllprivsUser, flags.dbAllprivsPassword),
    dba: login(flags.dbDbaUser, flags.dbDbaPassword),
    replication: { username: flags.dbReplUser, password: flags.dbReplPassword },
  };
}

function addressOf({ dbSocket, dbHost, dbPort }: DatabaseFlags): Address {
  if (dbSocket !== "") return { path: dbSocket };
  if (dbHost === "" || dbPort === 0) throw new FlagError("give --db-socket, or --db-host and --db-port");
  return { host: dbHost, port: dbPort };
}
