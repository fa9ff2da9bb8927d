/**
 * Vitess's users of a database server, and what each may do. All log in over the unix socket, but for the two that other
 * servers use: vt_repl (replicas of the shard) and vt_clone (a new replica that copies this server).
 */
import { identifier, type Sql, sql, statement, value } from "../mysql/sql.ts";
import type { FlavourProgram } from "./flavour-program.ts";

export const userNames = [
  "vt_dba",
  "vt_app",
  "vt_appdebug",
  "vt_allprivs",
  "vt_repl",
  "vt_filtered",
  "vt_erepl",
  "vt_clone",
] as const;
export type UserName = (typeof userNames)[number];

const application =
  "select, insert, update, delete, create, drop, reload, process, references, index, alter, show databases, " +
  "create temporary tables, lock tables, execute, replication slave, replication client, create view, show view, " +
  "create routine, alter routine, event, trigger";

const users: Readonly<Record<UserName, { readonly host: string; readonly grants: string }>> = {
  vt_dba: { host: "localhost", grants: "all" },
  vt_app: { host: "localhost", grants: application },
  vt_appdebug: { host: "localhost", grants: "select, show databases, process" },
  vt_allprivs: { host: "localhost", grants: application },
  vt_filtered: { host: "localhost", grants: application },
  vt_repl: { host: "%", grants: "replication slave" },
  vt_erepl: { host: "localhost", grants: application },
  vt_clone: { host: "%", grants: "usage" },
};

/** Makes the users, in order; run with `sql_log_bin = 0`, so that every server of a shard can make its own. */
export function userStatements(flavour: FlavourProgram, passwords: Readonly<Partial<Record<UserName, string>>>): Sql[] {
  const creations = userNames.flatMap((name) => {
    const { host, grants } = users[name];
    const account = sql`${value(name)}@${value(host)}`;
    const password = passwords[name] ?? "";
    const granting = (what: string) => sql`grant ${statement(what)} on *.* to ${account}`;
    const own = flavour.grants[name];
    return [
      sql`create user if not exists ${account}${password === "" ? sql`` : sql` identified by ${value(password)}`}`,
      name === "vt_dba" ? sql`${granting(grants)} with grant option` : granting(grants),
      ...(own === undefined ? [] : [granting(own)]),
    ];
  });
  return [sql`set session sql_log_bin = 0`, ...creations, sql`drop database if exists ${identifier("test")}`];
}
