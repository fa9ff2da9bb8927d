/** What statements of administration and SHOW need. A statement of administration without a line here does not compile. */
import type { Administration, Show } from "./ast/administration.ts";
import type { TableName } from "./ast/query.ts";
import { nameOf } from "./parser/administration.ts";
import type { AdministrationName } from "./parser/administration-grammar.ts";
import { global, type Need, type Needs, onDatabase, onTable, type Privilege } from "./privileges-need.ts";

/** Privileges on the whole server, or on each table that the statement names. */
interface Rule {
  readonly server?: readonly Privilege[];
  readonly tables?: readonly Privilege[];
}

const upkeep: Rule = { tables: ["SELECT", "INSERT"] };
const replication: Rule = { server: ["REPLICATION_SLAVE_ADMIN"] };
const server = (...privileges: readonly Privilege[]): Rule => ({ server: privileges });

const administration: Readonly<Record<AdministrationName, Rule>> = {
  "CREATE USER": server("CREATE USER"),
  "ALTER USER": server("CREATE USER"),
  "DROP USER": server("CREATE USER"),
  "RENAME USER": server("CREATE USER"),
  "CREATE ROLE": server("CREATE ROLE"),
  "DROP ROLE": server("DROP ROLE"),
  GRANT: server("GRANT OPTION", "CREATE USER"),
  REVOKE: server("GRANT OPTION", "CREATE USER"),
  "SET PASSWORD": server("CREATE USER"),
  "SET ROLE": {},
  "SET DEFAULT": server("CREATE USER"),
  "SET RESOURCE": server("RESOURCE_GROUP_ADMIN"),
  "CREATE SERVER": server("SUPER"),
  "ALTER SERVER": server("SUPER"),
  "DROP SERVER": server("SUPER"),
  "CREATE TABLESPACE": server("CREATE TABLESPACE"),
  "ALTER TABLESPACE": server("CREATE TABLESPACE"),
  "DROP TABLESPACE": server("CREATE TABLESPACE"),
  "CREATE UNDO": server("CREATE TABLESPACE"),
  "ALTER UNDO": server("CREATE TABLESPACE"),
  "DROP UNDO": server("CREATE TABLESPACE"),
  "CREATE LOGFILE": server("CREATE TABLESPACE"),
  "ALTER LOGFILE": server("CREATE TABLESPACE"),
  "DROP LOGFILE": server("CREATE TABLESPACE"),
  "CREATE RESOURCE": server("RESOURCE_GROUP_ADMIN"),
  "ALTER RESOURCE": server("RESOURCE_GROUP_ADMIN"),
  "DROP RESOURCE": server("RESOURCE_GROUP_ADMIN"),
  "CREATE SPATIAL": server("SUPER"),
  "DROP SPATIAL": server("SUPER"),
  "ALTER INSTANCE": server("SUPER"),
  "CREATE LIBRARY": server("CREATE ROUTINE"),
  "ALTER LIBRARY": server("ALTER ROUTINE"),
  "DROP LIBRARY": server("ALTER ROUTINE"),
  "INSTALL PLUGIN": server("SUPER"),
  "INSTALL SONAME": server("SUPER"),
  "INSTALL COMPONENT": server("SUPER"),
  "UNINSTALL PLUGIN": server("SUPER"),
  "UNINSTALL SONAME": server("SUPER"),
  "UNINSTALL COMPONENT": server("SUPER"),
  "CHANGE MASTER": replication,
  "CHANGE REPLICATION": replication,
  "START SLAVE": replication,
  "STOP SLAVE": replication,
  "START REPLICA": replication,
  "STOP REPLICA": replication,
  "START ALL": replication,
  "STOP ALL": replication,
  "START GROUP_REPLICATION": server("GROUP_REPLICATION_ADMIN"),
  "STOP GROUP_REPLICATION": server("GROUP_REPLICATION_ADMIN"),
  RESET: server("RELOAD", "SYSTEM_VARIABLES_ADMIN"),
  PURGE: server("BINLOG_ADMIN"),
  BINLOG: server("BINLOG_ADMIN"),
  FLUSH: { server: ["RELOAD"] },
  "ANALYZE TABLE": upkeep,
  "ANALYZE TABLES": upkeep,
  "ANALYZE LOCAL": upkeep,
  "ANALYZE NO_WRITE_TO_BINLOG": upkeep,
  "CHECK TABLE": { tables: ["SELECT"] },
  "CHECK TABLES": { tables: ["SELECT"] },
  "CHECK VIEW": { tables: ["SELECT"] },
  OPTIMIZE: upkeep,
  REPAIR: upkeep,
  CHECKSUM: { tables: ["SELECT"] },
  "CACHE INDEX": { tables: ["INDEX"] },
  "LOAD INDEX": { tables: ["INDEX"] },
  "CLONE LOCAL": server("BACKUP_ADMIN"),
  "CLONE INSTANCE": server("CLONE_ADMIN"),
  SHUTDOWN: server("SHUTDOWN"),
  RESTART: server("SHUTDOWN"),
  "IMPORT TABLE": server("FILE", "CREATE"),
  HELP: {},
  "BACKUP LOCK": server("BACKUP_ADMIN"),
  "BACKUP UNLOCK": server("BACKUP_ADMIN"),
  "BACKUP STAGE": server("BACKUP_ADMIN"),
};

const tablesOf = (statement: Administration | Show): readonly TableName[] =>
  statement.parts.filter((part) => part.kind === "TableName");

export function administrationNeeds(node: Administration): Needs {
  const rule = administration[node.name];
  const onTables = tablesOf(node).flatMap((table) => (rule.tables ?? []).map((privilege) => onTable(table, privilege)));
  return [...(rule.server ?? []).map(global), ...onTables];
}

/** SHOW of what everybody may see. */
const free: ReadonlySet<string> = new Set([
  "DATABASES",
  "TABLES",
  "TABLE STATUS",
  "OPEN TABLES",
  "STATUS",
  "VARIABLES",
  "CHARACTER SET",
  "COLLATION",
  "ENGINES",
  "WARNINGS",
  "ERRORS",
  "COUNT WARNINGS",
  "COUNT ERRORS",
  "PLUGINS",
  "PRIVILEGES",
  "PROFILE",
  "PROFILES",
  "PROCEDURE STATUS",
  "FUNCTION STATUS",
  "PACKAGE STATUS",
  "PACKAGE BODY STATUS",
  "PROCESSLIST",
  "GRANTS",
  "CREATE DATABASE",
  "AUTHORS",
  "CONTRIBUTORS",
  "VITESS_KEYSPACES",
  "VITESS_SHARDS",
  "VITESS_TABLETS",
  "VITESS_TARGET",
  "VITESS_METADATA VARIABLES",
  "VSCHEMA TABLES",
  "VSCHEMA KEYSPACES",
  "VSCHEMA VINDEXES",
  "GTID_EXECUTED",
  "VGTID_EXECUTED",
]);

/** SHOW of one table or routine. */
const ofTable: Readonly<Record<string, Privilege>> = {
  COLUMNS: "SELECT",
  INDEXES: "SELECT",
  "CREATE TABLE": "SELECT",
  "CREATE VIEW": "SHOW VIEW",
  "CREATE SEQUENCE": "SELECT",
  "CREATE TRIGGER": "TRIGGER",
  "CREATE EVENT": "EVENT",
  "CREATE PROCEDURE": "EXECUTE",
  "CREATE FUNCTION": "EXECUTE",
};

const ofServer: Readonly<Record<string, Privilege>> = {
  "BINARY LOG STATUS": "REPLICATION CLIENT",
  "BINARY LOGS": "REPLICATION CLIENT",
  "REPLICA STATUS": "REPLICATION CLIENT",
  "REPLICAS STATUS": "REPLICATION CLIENT",
  REPLICAS: "REPLICATION SLAVE",
  "BINLOG EVENTS": "REPLICATION SLAVE",
  "RELAYLOG EVENTS": "REPLICATION SLAVE",
  "CREATE USER": "CREATE USER",
  "CREATE SERVER": "SUPER",
};

/** What is not listed needs SUPER: engines' inner state, migrations, throttlers. */
export function showNeeds(node: Show): Needs {
  const { what } = node;
  if (free.has(what)) return [];
  const database = nameOf(node, "database");
  if (what === "TRIGGERS") return [onDatabase(database, "TRIGGER")];
  if (what === "EVENTS") return [onDatabase(database, "EVENT")];
  const privilege = ofTable[what];
  if (privilege === undefined) return [global(ofServer[what] ?? "SUPER")];
  return tablesOf(node).map((table): Need => onTable({ ...table, schema: database ?? table.schema }, privilege));
}
