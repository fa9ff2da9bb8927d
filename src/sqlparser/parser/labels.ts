/** Words that may be names of columns and tables, and yet not labels of blocks, or not names of roles. Tried on live servers. */
import type { Keyword } from "../keywords.ts";
import type { Parser } from "./parser.ts";

const both: readonly Keyword[] = [
  "ASCII",
  "BEGIN",
  "BINLOG",
  "BYTE",
  "CACHE",
  "CHARSET",
  "CHECKSUM",
  "COMMIT",
  "DEALLOCATE",
  "DO",
  "END",
  "EXECUTE",
  "FLUSH",
  "FOLLOWS",
  "HANDLER",
  "INSTALL",
  "PRECEDES",
  "PREPARE",
  "REPAIR",
  "RESET",
  "ROLLBACK",
  "SAVEPOINT",
  "SHUTDOWN",
  "SIGNED",
  "SLAVE",
  "START",
  "STOP",
  "TRUNCATE",
  "UNICODE",
  "UNINSTALL",
  "XA",
];
const mysqlOnly: readonly Keyword[] = ["CLONE", "IMPORT", "RESTART"];
const mariadbOnly = (
  "GET OPTION STORED WINDOW BACKUP CHECKPOINT CLOSE COLUMN_ADD COLUMN_CHECK COLUMN_CREATE COLUMN_DELETE COLUMN_GET COMPRESSED " +
  "EXAMINED EXCLUDE FOLLOWING FORMAT HOST OPEN OPTIONS OTHERS OWNER PARSER PERIOD PORT PRECEDING REMOVE REPLICA REPLICAS " +
  "RESTORE SECURITY SERVER SLAVES SOCKET SONAME TIES UNBOUNDED UPGRADE WITHIN WRAPPER"
).split(" ");

const mysqlNot: ReadonlySet<string> = new Set([...both, ...mysqlOnly]);
const mariadbNot: ReadonlySet<string> = new Set([...both, ...mariadbOnly]);

/** Whether a label may stand at the cursor: an identifier that is none of these words. */
export function isLabel(p: Parser): boolean {
  return p.isIdentifier && !(p.rules.mariadb ? mariadbNot : mysqlNot).has(p.token);
}

const notRoles: ReadonlySet<string> = new Set(
  "EVENT EXECUTE FILE NONE PROCESS PROXY RELOAD REPLICATION RESOURCE RESTART SHUTDOWN SUPER".split(" "),
);

/** Whether the name of a role may stand at the cursor. */
export function isRole(p: Parser): boolean {
  return p.token === "string" || (p.isIdentifier && (p.rules.mariadb || !notRoles.has(p.token)));
}
