/**
 * The statements of accounts, servers and replication, in the notation of word-grammar.ts. A key is the words a statement
 * begins with; behind CREATE and ALTER, OR REPLACE may follow. Data: see administration.ts for what reads it.
 */

/** By the words they begin with. */
export const administrationGrammar = {
  "CREATE USER":
    "[IF NOT EXISTS] user_created,.. [DEFAULT ROLE account,..] [REQUIRE require] [WITH resource resource*] user_option*",
  "ALTER USER": "[IF EXISTS] alter_user",
  "DROP USER": "[IF EXISTS] account,..",
  "RENAME USER": "user_rename,..",
  "CREATE ROLE": "[IF NOT EXISTS] role,.. [?mariadb WITH ADMIN account]",
  "DROP ROLE": "[IF EXISTS] role,..",
  GRANT: "grant",
  REVOKE: "revoke",
  "SET PASSWORD": "set_password",
  "SET ROLE": "set_role",
  "SET DEFAULT": "ROLE {NONE | ALL | role,..} {TO account,.. | ?mariadb [FOR account]}",
  "SET RESOURCE": "GROUP group:name [FOR integer,..]",
  "CREATE SERVER": "[?mariadb IF NOT EXISTS] server:text FOREIGN DATA WRAPPER wrapper:text OPTIONS (server_option,..)",
  "ALTER SERVER": "server:text OPTIONS (server_option,..)",
  "DROP SERVER": "[IF EXISTS] server:text",
  "CREATE TABLESPACE": "tablespace:name [ADD DATAFILE string] [USE LOGFILE GROUP group:name] [tablespace_options]",
  "ALTER TABLESPACE":
    "tablespace:name {ADD DATAFILE string [tablespace_options] | DROP DATAFILE string [tablespace_options] | RENAME TO tablespace:name | tablespace_options}",
  "DROP TABLESPACE": "tablespace:name [tablespace_options]",
  "CREATE UNDO": "TABLESPACE tablespace:name ADD DATAFILE string [tablespace_options]",
  "ALTER UNDO": "TABLESPACE tablespace:name SET {ACTIVE | INACTIVE} [tablespace_options]",
  "DROP UNDO": "TABLESPACE tablespace:name [tablespace_options]",
  "CREATE LOGFILE": "GROUP group:name ADD {UNDOFILE | REDOFILE} string [tablespace_options]",
  "ALTER LOGFILE": "GROUP group:name ADD {UNDOFILE | REDOFILE} string [tablespace_options]",
  "DROP LOGFILE": "GROUP group:name [tablespace_options]",
  "CREATE RESOURCE": "GROUP group:name TYPE [=] {SYSTEM | USER} resource_group*",
  "ALTER RESOURCE": "GROUP group:name resource_group* [FORCE]",
  "DROP RESOURCE": "GROUP group:name [FORCE]",
  "CREATE SPATIAL": "REFERENCE SYSTEM [IF NOT EXISTS] integer reference_attribute*",
  "DROP SPATIAL": "REFERENCE SYSTEM [IF EXISTS] integer",
  "ALTER INSTANCE":
    "{ROTATE word MASTER KEY | RELOAD {TLS [FOR CHANNEL channel:text] [NO ROLLBACK ON ERROR] | KEYRING} | {ENABLE | DISABLE} INNODB REDO_LOG}",
  "CREATE LIBRARY": "[IF NOT EXISTS] table LANGUAGE language:name library_option* AS string",
  "DROP LIBRARY": "[IF EXISTS] table",
  "INSTALL PLUGIN": "[?mariadb IF NOT EXISTS] plugin:name SONAME string",
  "INSTALL SONAME": "string",
  "INSTALL COMPONENT": "string,.. [SET component_variable,..]",
  "UNINSTALL PLUGIN": "[?mariadb IF EXISTS] plugin:name",
  "UNINSTALL SONAME": "[IF EXISTS] string",
  "UNINSTALL COMPONENT": "string,..",
  "CHANGE MASTER": "?old [?mariadb channel:string] TO source_option,.. [for_channel]",
  "CHANGE REPLICATION": "{SOURCE TO source_option,.. [for_channel] | FILTER filter_rule,.. [for_channel]}",
  "START SLAVE": "?old [?mariadb channel:string] [thread,..] [UNTIL until] [credential credential*] [for_channel]",
  "STOP SLAVE": "?old [?mariadb channel:string] [thread,..] [for_channel]",
  "START REPLICA": "[?mariadb channel:string] [thread,..] [UNTIL until] [credential credential*] [for_channel]",
  "STOP REPLICA": "[?mariadb channel:string] [thread,..] [for_channel]",
  "START ALL": "{SLAVES | REPLICAS}",
  "STOP ALL": "{SLAVES | REPLICAS}",
  "START GROUP_REPLICATION": "[credential_value,..]",
  "STOP GROUP_REPLICATION": "",
  RESET: "reset,..",
  PURGE: "{BINARY | ?old MASTER} LOGS {TO string | BEFORE expr}",
  BINLOG: "string | ?mariadb variable , variable",
  FLUSH: "[NO_WRITE_TO_BINLOG | LOCAL] flush",
  "ANALYZE TABLE": "analyze",
  "ANALYZE TABLES": "table_analyzed,..",
  "ANALYZE LOCAL": "{TABLE | TABLES} analyze",
  "ANALYZE NO_WRITE_TO_BINLOG": "{TABLE | TABLES} analyze",
  "CHECK TABLE": "table,.. check_option*",
  "CHECK TABLES": "table,.. check_option*",
  "CHECK VIEW": "table,.. check_option*",
  OPTIMIZE: "[NO_WRITE_TO_BINLOG | LOCAL] {TABLE | TABLES} table,.. [?mariadb WAIT integer | ?mariadb NOWAIT]",
  REPAIR: "[NO_WRITE_TO_BINLOG | LOCAL] {TABLE | TABLES | ?mariadb VIEW} table,.. repair_option*",
  CHECKSUM: "{TABLE | TABLES} table,.. [QUICK | EXTENDED]",
  "CACHE INDEX": "{table_keys [PARTITION (partitions)] [, table_keys,..]} IN {DEFAULT | cache:name}",
  "LOAD INDEX": "INTO CACHE table_preload,..",
  "CLONE LOCAL": "DATA DIRECTORY [=] string",
  "CLONE INSTANCE": "FROM clone_source port IDENTIFIED BY string [DATA DIRECTORY [=] string] [REQUIRE [NO] SSL]",
  SHUTDOWN: "[?mariadb WAIT FOR ALL {SLAVES | REPLICAS}]",
  RESTART: "?mysql",
  "IMPORT TABLE": "?mysql FROM string,..",
  HELP: "subject:text",
  "BACKUP LOCK": "table",
  "BACKUP UNLOCK": "",
  "BACKUP STAGE": "{START | FLUSH | BLOCK_DDL | BLOCK_COMMIT | END}",
} as const satisfies Readonly<Record<string, string>>;

/** What the statements above are made of. */
export const administrationRules: Readonly<Record<string, string>> = {
  // Accounts.
  user_created: "account [created]",
  created:
    "?mysql IDENTIFIED mysql_created [AND IDENTIFIED mysql_created [AND IDENTIFIED mysql_created]] [INITIAL AUTHENTICATION IDENTIFIED mysql_created] | ?mariadb IDENTIFIED mariadb_identified",
  mysql_created:
    "BY RANDOM PASSWORD | BY string | WITH plugin:text [BY {RANDOM PASSWORD | string} | AS {string | hex}]",
  user_auth: "account [?mariadb IDENTIFIED mariadb_identified]",
  identified:
    "?mysql IDENTIFIED mysql_identified [AND IDENTIFIED mysql_identified [AND IDENTIFIED mysql_identified]] [INITIAL AUTHENTICATION IDENTIFIED mysql_identified] | ?mariadb IDENTIFIED mariadb_identified",
  mysql_identified:
    "BY RANDOM PASSWORD [password_change] | BY string [password_change] | WITH plugin:text [BY {RANDOM PASSWORD | string} [password_change] | AS {string | hex} [retain]]",
  password_change: "REPLACE string [retain] | retain",
  retain: "RETAIN CURRENT PASSWORD",
  mariadb_identified:
    "BY PASSWORD string | BY string | {VIA | WITH} mariadb_plugin [OR mariadb_plugin [OR mariadb_plugin]]",
  mariadb_plugin: "plugin:text [{USING | AS} {string | PASSWORD (string)}]",
  require: "NONE | SSL | X509 | tls [[AND] tls] [[AND] tls]",
  tls: "SUBJECT string | ISSUER string | CIPHER string",
  resource:
    "MAX_QUERIES_PER_HOUR integer | MAX_UPDATES_PER_HOUR integer | MAX_CONNECTIONS_PER_HOUR integer | MAX_USER_CONNECTIONS integer | ?mariadb MAX_STATEMENT_TIME number",
  user_option:
    "ACCOUNT {LOCK | UNLOCK} | PASSWORD EXPIRE [NEVER | DEFAULT | INTERVAL integer DAY] | ?mysql PASSWORD HISTORY {DEFAULT | integer} | ?mysql PASSWORD REUSE INTERVAL {DEFAULT | integer DAY} | ?mysql PASSWORD REQUIRE CURRENT [DEFAULT | OPTIONAL] | ?mysql FAILED_LOGIN_ATTEMPTS integer | ?mysql PASSWORD_LOCK_TIME {integer | UNBOUNDED} | ?mysql COMMENT string | ?mysql ATTRIBUTE string",
  alter_user:
    "user_changed,.. [DEFAULT ROLE {ALL | NONE | account,..}] [REQUIRE require] [WITH resource resource*] user_option*",
  user_changed: "account [identified | ?mysql DISCARD OLD PASSWORD | factor]",
  factor:
    "?mysql ADD integer FACTOR IDENTIFIED mysql_identified | ?mysql MODIFY integer FACTOR IDENTIFIED mysql_identified | ?mysql DROP integer FACTOR | ?mysql integer FACTOR {INITIATE REGISTRATION | FINISH REGISTRATION SET CHALLENGE_RESPONSE AS string | UNREGISTER}",
  user_rename: "account TO account",
  set_password:
    "[FOR account] {TO RANDOM [REPLACE string] [retain] | = {?mariadb PASSWORD (expr) | ?mariadb OLD_PASSWORD (expr) | string} [REPLACE string] [retain]}",
  set_role: "?mysql {DEFAULT | NONE | ALL [EXCEPT role,..] | role,..} | ?mariadb {NONE | role}",
  grant:
    "PROXY ON account TO user_auth,.. [WITH GRANT OPTION] | ?mariadb granted,.. ON on_level TO user_auth,.. [REQUIRE require] [WITH grant_option grant_option*] | ?mariadb role TO user_auth,.. [WITH ADMIN OPTION] | ?mysql grantable,.. {ON on_level TO account,.. [WITH GRANT OPTION] [AS account [WITH ROLE {DEFAULT | NONE | ALL [EXCEPT role,..] | role,..}]] | TO account,.. [WITH ADMIN OPTION]}",
  granted: "ALL [PRIVILEGES] | privilege [(columns)]",
  on_level: "[TABLE | FUNCTION | PROCEDURE | ?mariadb PACKAGE [BODY]] level",
  grantable: "ALL [PRIVILEGES] | privilege [(columns)] | role [(columns)]",
  columns: "column:name,..",
  grant_option: "GRANT OPTION | resource",
  revoke:
    "?mariadb {PROXY ON account FROM account,.. | ADMIN OPTION FOR role FROM account,.. | granted,.. {ON on_level FROM account,.. | FROM account,..} | role FROM account,..} | ?mysql [IF EXISTS] {PROXY ON account FROM account,.. | grantable,.. {ON on_level FROM account,.. | FROM account,..}} [IGNORE UNKNOWN USER]",
  privilege:
    "SELECT | INSERT | UPDATE | REFERENCES | DELETE [?mariadb HISTORY] | USAGE | INDEX | ALTER [ROUTINE] | CREATE [TEMPORARY TABLES | ROUTINE | VIEW | USER | TABLESPACE | ROLE] | DROP [ROLE] | EXECUTE | RELOAD | SHUTDOWN | PROCESS | FILE | GRANT OPTION | SHOW {DATABASES | VIEW | ?mariadb CREATE ROUTINE} | SUPER | LOCK TABLES | REPLICATION {CLIENT | SLAVE [?mariadb ADMIN] | ?mariadb REPLICA [ADMIN] | ?mariadb MASTER ADMIN} | EVENT | TRIGGER | ?mariadb BINLOG {ADMIN | MONITOR | REPLAY} | ?mariadb CONNECTION ADMIN | ?mariadb FEDERATED ADMIN | ?mariadb READ_ONLY ADMIN | ?mariadb SLAVE MONITOR | ?mariadb REPLICA MONITOR | ?mariadb SET USER",
  // Servers, tablespaces and the like.
  server_option:
    "USER string | HOST string | DATABASE string | OWNER string | PASSWORD string | SOCKET string | PORT integer",
  tablespace_options: "tablespace_option tablespace_more*",
  tablespace_more: "[,] tablespace_option",
  tablespace_option:
    "INITIAL_SIZE [=] size | AUTOEXTEND_SIZE [=] size | MAX_SIZE [=] size | EXTENT_SIZE [=] size | UNDO_BUFFER_SIZE [=] size | REDO_BUFFER_SIZE [=] size | FILE_BLOCK_SIZE [=] size | NODEGROUP [=] integer | [STORAGE] ENGINE [=] engine:text | WAIT | NO_WAIT | COMMENT [=] string | ENCRYPTION [=] string | ENGINE_ATTRIBUTE [=] string",
  resource_group: "VCPU [=] vcpu,.. | THREAD_PRIORITY [=] signed | ENABLE | DISABLE",
  vcpu: "integer [- integer]",
  signed: "[-] integer",
  reference_attribute:
    "NAME string | DEFINITION string | ORGANIZATION string IDENTIFIED BY integer | DESCRIPTION string",
  library_option: "COMMENT string",
  component_variable: "[GLOBAL | PERSIST] name [. name] {= | :=} expr",
  // Replication.
  for_channel: "?mysql FOR CHANNEL channel:text | ?mariadb FOR CHANNEL channel:text",
  thread: "SQL_THREAD | IO_THREAD | ?mysql RELAY_THREAD",
  until: "until_item,..",
  until_item:
    "{SQL_BEFORE_GTIDS | SQL_AFTER_GTIDS} [=] string | SQL_AFTER_MTS_GAPS | {SOURCE_LOG_FILE | MASTER_LOG_FILE | RELAY_LOG_FILE} = string | {SOURCE_LOG_POS | MASTER_LOG_POS | RELAY_LOG_POS} = integer | ?mariadb MASTER_GTID_POS = string",
  credential: "USER = string | PASSWORD = string | DEFAULT_AUTH = string | PLUGIN_DIR = string",
  credential_value: "USER = string | PASSWORD = string | DEFAULT_AUTH = string",
  source_option:
    "{IGNORE_SERVER_IDS | ?mariadb DO_DOMAIN_IDS | ?mariadb IGNORE_DOMAIN_IDS} = ([integer,..]) | PRIVILEGE_CHECKS_USER = {NULL | account} | MASTER_USE_GTID = {CURRENT_POS | SLAVE_POS | REPLICA_POS | NO} | REQUIRE_TABLE_PRIMARY_KEY_CHECK = {STREAM | ON | OFF | GENERATE} | ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = {OFF | LOCAL | string} | ?mariadb MASTER_DEMOTE_TO_SLAVE = integer | source_word = {string | number | NULL | ?mariadb DEFAULT}",
  filter_rule:
    "{REPLICATE_DO_DB | REPLICATE_IGNORE_DB} = ([database:name,..]) | {REPLICATE_DO_TABLE | REPLICATE_IGNORE_TABLE} = ([table,..]) | {REPLICATE_WILD_DO_TABLE | REPLICATE_WILD_IGNORE_TABLE} = ([string,..]) | REPLICATE_REWRITE_DB = ([rewrite,..])",
  rewrite: "(database:name , database:name)",
  reset:
    "?mysql PERSIST [IF EXISTS] [name [. name]] | {?old MASTER | ?mysql BINARY LOGS AND GTIDS} [TO integer] | {?old SLAVE | REPLICA} [?mariadb channel:string] [ALL] [for_channel] | ?mariadb QUERY CACHE | ?mysql QUERY CACHE",
  flush: "TABLES WITH READ LOCK [?mariadb AND DISABLE CHECKPOINT] | {TABLES | TABLE} [flushed_tables] | flush_item,..",
  flushed_tables: "WITH READ LOCK | table,.. [FOR EXPORT | WITH READ LOCK]",
  flush_item:
    "ERROR LOGS | ENGINE LOGS | GENERAL LOGS | SLOW LOGS | BINARY LOGS [?mariadb DELETE_DOMAIN_ID = ([integer,..])] | RELAY LOGS [for_channel | ?mariadb channel:string] | LOGS | ?old HOSTS | PRIVILEGES | STATUS | USER_RESOURCES | OPTIMIZER_COSTS | ?mariadb QUERY CACHE | ?mariadb DES_KEY_FILE | ?mariadb SSL | ?mariadb {SLAVE | REPLICA} | ?mariadb MASTER | ?mariadb {GLOBAL | SESSION | LOCAL} STATUS | ?mariadb plugin_list",
  plugin_list: "list:name",
  // Tables.
  analyze:
    "?mysql table,.. [UPDATE HISTOGRAM ON columns [histogram] | DROP HISTOGRAM ON columns] | ?mariadb table_analyzed,..",
  histogram: "USING DATA string | WITH integer BUCKETS [{AUTO | MANUAL} UPDATE] | {AUTO | MANUAL} UPDATE",
  table_analyzed: "table [?mariadb PERSISTENT FOR {ALL | COLUMNS {ALL | ([columns])} INDEXES {ALL | ([index_list])}}]",
  index_list: "index_name,..",
  index_name: "PRIMARY | index:name",
  check_option: "FOR UPGRADE | QUICK | FAST | MEDIUM | EXTENDED | CHANGED",
  repair_option: "QUICK | EXTENDED | USE_FRM | ?mariadb FORCE | ?mariadb FROM MYSQL",
  partitions: "ALL | partition:name,..",
  table_keys: "table [{INDEX | KEY} ([index_list])]",
  table_preload: "table [PARTITION (partitions)] [{INDEX | KEY} ([index_list])] [IGNORE LEAVES]",
  clone_source: "account",
};

/** SHOW, and what may follow it. A word with "!" is part of the name. */
export const showGrammar =
  "EXTENDED {FULL {show_columns | show_tables} | show_columns | show_indexes | show_tables} | FULL {show_columns | show_tables | PROCESSLIST! | TRIGGERS! show_from | EVENTS! show_from | CREATE! show_create} | {GLOBAL | SESSION | LOCAL} {STATUS! [filter] | VARIABLES! [filter] | show_vitess_gtid} | COUNT! (star) {WARNINGS! | ERRORS!} | STORAGE {ENGINES!} | show_item";

export const showRules: Readonly<Record<string, string>> = {
  ...administrationRules,
  show_item:
    "show_columns | show_indexes | show_tables | PROCESSLIST! | CREATE! show_create | DATABASES! [filter] | SCHEMAS! [filter] | TABLE! STATUS! show_from | OPEN! TABLES! show_from | TRIGGERS! show_from | EVENTS! show_from | STATUS! [filter] | VARIABLES! [filter] | CHARSET! [filter] | {CHARACTER! | CHAR!} SET! [filter] | COLLATION! [filter] | ENGINES! | ENGINE! {ALL | engine:text} {STATUS! | LOGS! | MUTEX!} | WARNINGS! [limit] | ERRORS! [limit] | PLUGINS! [?mariadb SONAME {string | filter}] | PRIVILEGES! | PROFILES! | PROFILE! [profile_type,..] [FOR QUERY integer] [limit] | GRANTS! [FOR account [USING role,..]] | {PROCEDURE! | FUNCTION!} {STATUS! [filter] | CODE! table} | show_replication | show_mariadb | show_vitess | show_plugin",
  show_columns: "{COLUMNS! | FIELDS!} {FROM | IN} table [{FROM | IN} database:name] [filter]",
  show_indexes: "{INDEX! | INDEXES! | KEYS!} {FROM | IN} table [{FROM | IN} database:name] [WHERE expr]",
  show_tables: "TABLES! show_from",
  show_from: "[{FROM | IN} database:name] [filter]",
  show_create:
    "{DATABASE! | SCHEMA!} [IF NOT EXISTS] database:name | TABLE! table | VIEW! table | PROCEDURE! table | FUNCTION! table | TRIGGER! table | EVENT! table | USER! [account] | ?mysql LIBRARY! table | ?mariadb SEQUENCE! table | ?mariadb PACKAGE! [BODY!] table | ?mariadb SERVER! server:text",
  profile_type: "ALL | BLOCK IO | CONTEXT SWITCHES | CPU | IPC | MEMORY | PAGE FAULTS | SOURCE | SWAPS",
  show_replication:
    "BINARY! {LOGS! | STATUS! | ?mysql LOG! STATUS!} | ?old MASTER! {LOGS! | STATUS!} | BINLOG! {EVENTS! log_events | STATUS!} | RELAYLOG! [?mariadb channel:string] EVENTS! log_events | {REPLICA! | ?old SLAVE!} {STATUS! [for_channel] | HOSTS! | ?mariadb channel:string STATUS!} | REPLICAS! | ?mariadb ALL {SLAVES! | REPLICAS!} STATUS! | ?mariadb {SLAVE! | REPLICA!} HOSTS!",
  log_events: "[IN string] [FROM number] [limit] [for_channel]",
  show_mariadb:
    "?mariadb PACKAGE! [BODY!] {STATUS! [filter] | CODE! table} | ?mariadb CONTRIBUTORS! | ?mariadb AUTHORS! | ?mariadb EXPLAIN! [FORMAT [=] word] FOR expr | ?mariadb ANALYZE! [FORMAT [=] word] FOR expr | ?mariadb USER_STATISTICS! | ?mysql PARSE_TREE! ",
  show_vitess:
    "KEYSPACES! [filter] | VITESS_KEYSPACES! [filter] | VITESS_SHARDS! [filter] | VITESS_TABLETS! [filter] | VITESS_TARGET! | VITESS_REPLICATION_STATUS! [filter] | VITESS_METADATA! VARIABLES! [filter] | VSCHEMA! {TABLES! | KEYSPACES! | VINDEXES! [{FROM | ON} table]} | VITESS_MIGRATIONS! show_from | VITESS_MIGRATION! string LOGS! | VITESS_THROTTLED_APPS! | VITESS_THROTTLER! STATUS! | TRANSACTION! STATUS! FOR string | UNRESOLVED! TRANSACTIONS! [FOR database:name] | show_vitess_gtid",
  show_vitess_gtid: "{GTID_EXECUTED! | VGTID_EXECUTED!} [{FROM | IN} database:name]",
  show_plugin: "?mariadb list:name [filter]",
};

export type AdministrationName = keyof typeof administrationGrammar;
/** The words of SHOW that say what is shown: "TABLES", "CREATE TABLE". */
export type ShowName = string;
