/** A need: a privilege on a table, a database, or the whole server. See privileges.ts. */
import type { TableName } from "./ast/query.ts";
import type { Account } from "./ast/schema.ts";

/** The privileges of the servers, by MySQL's names where the flavours differ; VITESS_ADMIN is Vitess's own. */
export type Privilege =
  | "SELECT"
  | "INSERT"
  | "UPDATE"
  | "DELETE"
  | "DELETE HISTORY"
  | "CREATE"
  | "DROP"
  | "ALTER"
  | "INDEX"
  | "REFERENCES"
  | "TRIGGER"
  | "EVENT"
  | "EXECUTE"
  | "CREATE VIEW"
  | "SHOW VIEW"
  | "SHOW DATABASES"
  | "CREATE ROUTINE"
  | "ALTER ROUTINE"
  | "CREATE TEMPORARY TABLES"
  | "CREATE TABLESPACE"
  | "CREATE USER"
  | "CREATE ROLE"
  | "DROP ROLE"
  | "GRANT OPTION"
  | "LOCK TABLES"
  | "FILE"
  | "PROCESS"
  | "RELOAD"
  | "SHUTDOWN"
  | "SUPER"
  | "REPLICATION CLIENT"
  | "REPLICATION SLAVE"
  | "REPLICATION_SLAVE_ADMIN"
  | "GROUP_REPLICATION_ADMIN"
  | "BINLOG_ADMIN"
  | "BACKUP_ADMIN"
  | "CLONE_ADMIN"
  | "CONNECTION_ADMIN"
  | "RESOURCE_GROUP_ADMIN"
  | "SET_USER_ID"
  | "SYSTEM_VARIABLES_ADMIN"
  | "XA_RECOVER_ADMIN"
  | "VITESS_ADMIN";

export interface Need {
  /** undefined: the session's database. "*": every database, the whole server. */
  readonly database: string | undefined;
  /** undefined: the whole database. For EXECUTE it is a routine's name. */
  readonly table: string | undefined;
  readonly privilege: Privilege;
}

export type Needs = readonly Need[] | "unknown";

export const global = (privilege: Privilege): Need => ({ database: "*", table: undefined, privilege });

export const onDatabase = (database: string | undefined, privilege: Privilege): Need => ({
  database,
  table: undefined,
  privilege,
});

export const onTable = ({ schema, name }: TableName, privilege: Privilege): Need => ({
  database: schema,
  table: name,
  privilege,
});

/** DEFINER = CURRENT_USER needs nothing. */
export const currentUserOnly = ({ current }: Account): boolean => current === "CURRENT_USER" || current === "USER()";
