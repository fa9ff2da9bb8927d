/** Flags of mysqlctl and mysqlctld: which server, how its users log in, how long to wait. Names are Vitess's. */
import { boolean, integer, oneOf, periodMs, string } from "../base/flag-values.ts";
import { flag } from "../base/flags.ts";

const waitDefaultMs = 300_000;
const password = (user: string) => flag({ parse: string, default: "", secret: true, help: `Password of ${user}.` });

export const serverFlags = {
  tabletUid: flag({ parse: integer(1, 2 ** 32 - 1), default: 41_983, help: "Uid of the tablet; also the server id." }),
  mysqlPort: flag({ parse: integer(1, 65_535), default: 3306, help: "Port of the database server." }),
  flavour: flag({
    parse: oneOf("", "mariadb", "mysql"),
    default: "",
    help: "Kind of server; empty: what MYSQL_FLAVOR says, else what its files are, else what is installed.",
  }),
  mysqlBindAddress: flag({ parse: string, default: "*", help: "Address the database server listens on." }),
  mysqlBufferPoolMib: flag({ parse: integer(8, 1 << 20), default: 32, help: "InnoDB's buffer pool, in MiB." }),
  dbDbaPassword: password("vt_dba"),
  dbAppPassword: password("vt_app"),
  dbAppdebugPassword: password("vt_appdebug"),
  dbAllprivsPassword: password("vt_allprivs"),
  dbReplPassword: password("vt_repl"),
  dbFilteredPassword: password("vt_filtered"),
  dbErepPassword: flag({
    parse: string,
    default: "",
    secret: true,
    name: "db-erepl-password",
    help: "Password of vt_erepl.",
  }),
  dbClonePassword: password("vt_clone"),
  dbCharset: flag({
    parse: string,
    default: "utf8mb4",
    help: "Character set of connections.",
    unused: "connections are always utf8mb4",
  }),
  mysqlSocket: flag({
    parse: string,
    default: "",
    help: "The server's unix socket.",
    unused: "it is always mysql.sock in the server's folder",
  }),
} as const;

export const initFlags = {
  initDbSqlFile: flag({ parse: string, default: "", help: "SQL that makes the users, instead of ours." }),
} as const;

export const waitFlags = {
  waitTimeMs: flag({ parse: periodMs, default: waitDefaultMs, help: "Longest wait for the server." }),
} as const;

export const teardownFlags = {
  ...waitFlags,
  force: flag({ parse: boolean, default: false, help: "Remove the folder even when the server had to be killed." }),
} as const;
