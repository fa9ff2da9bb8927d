/**
 * The statements of accounts, servers and replication, in the notation of word-grammar.ts. A key is the words a statement
 * begins with; behind CREATE and ALTER, OR REPLACE may follow. Data: see administration.ts for what reads it.
 */

/** By the words they begin with. */
export const administrationGrammar = {
  "CREATE USER":
    "[IF NOT EXISTS] user_created,.. [?mysql DEFAULT ROLE role,..] [REQUIRE require] [WITH resource resource*] user_options",
  "ALTER USER": "[IF EXISTS] alter_user",
  "DROP USER": "[IF EXISTS] account,..",
  "RENAME USER": "user_rename,..",
  "CREATE ROLE": "[IF NOT EXISTS] role,.. [?mariadb WITH ADMIN account]",
  "DROP ROLE": "[IF EXISTS] role,..",
  GRANT: "grant",
  REVOKE: "revoke",
  "SET PASSWORD": "set_password",
  "SET ROLE": "set_role",
  "SET DEFAULT": "ROLE {?mysql {NONE | ALL | role,..} TO named,.. | ?mariadb {NONE | role} [FOR account]}",
  "SET RESOURCE": "?mysql GROUP group:name [FOR number more_numbers*]",
  "CREATE SERVER": "[?mariadb IF NOT EXISTS] server:text FOREIGN DATA WRAPPER wrapper:text OPTIONS (server_option,..)",
  "ALTER SERVER": "server:text OPTIONS (server_option,..)",
  "DROP SERVER": "[IF EXISTS] server:text",
  "CREATE TABLESPACE":
    "?mysql tablespace:name [ADD DATAFILE string] [USE LOGFILE GROUP group:name] [created_tablespace more_created*]",
  "ALTER TABLESPACE":
    "?mysql tablespace:name {ADD DATAFILE string [altered_tablespace more_altered*] | DROP DATAFILE string [altered_tablespace more_altered*] | RENAME TO tablespace:name | altered_tablespace more_altered*}",
  "DROP TABLESPACE": "?mysql tablespace:name [dropped_tablespace more_dropped*]",
  "CREATE UNDO": "?mysql TABLESPACE tablespace:name ADD DATAFILE string [engine_option]",
  "ALTER UNDO": "?mysql TABLESPACE tablespace:name SET {ACTIVE | INACTIVE} [engine_option]",
  "DROP UNDO": "?mysql TABLESPACE tablespace:name [engine_option]",
  "CREATE LOGFILE": "?mysql GROUP group:name ADD UNDOFILE string [created_group more_group*]",
  "ALTER LOGFILE": "?mysql GROUP group:name ADD UNDOFILE string [altered_group more_altered_group*]",
  "DROP LOGFILE": "?mysql GROUP group:name [dropped_tablespace more_dropped*]",
  "CREATE RESOURCE": "?mysql GROUP group:name TYPE [=] {SYSTEM | USER} resource_group",
  "ALTER RESOURCE": "?mysql GROUP group:name resource_group [FORCE]",
  "DROP RESOURCE": "?mysql GROUP group:name [FORCE]",
  "CREATE SPATIAL": "?mysql REFERENCE SYSTEM [IF NOT EXISTS] integer reference_attribute*",
  "DROP SPATIAL": "?mysql REFERENCE SYSTEM [IF EXISTS] integer",
  "ALTER INSTANCE":
    "?mysql {ROTATE {INNODB | BINLOG} MASTER KEY | RELOAD {TLS [FOR CHANNEL channel:name] [NO ROLLBACK ON ERROR] | KEYRING} | {ENABLE | DISABLE} INNODB REDO_LOG}",
  "CREATE LIBRARY": "?mysql [IF NOT EXISTS] table library_option* LANGUAGE language:name library_more* AS source",
  "ALTER LIBRARY": "?mysql table COMMENT string",
  "DROP LIBRARY": "?mysql [IF EXISTS] table",
  "INSTALL PLUGIN": "[?mariadb IF NOT EXISTS] plugin:name SONAME string",
  "INSTALL SONAME": "?mariadb string",
  "INSTALL COMPONENT": "?mysql string,.. [SET component_variable,..]",
  "UNINSTALL PLUGIN": "[?mariadb IF EXISTS] plugin:name",
  "UNINSTALL SONAME": "?mariadb [IF EXISTS] string",
  "UNINSTALL COMPONENT": "?mysql string,..",
  "CHANGE MASTER": "?old [?mariadb channel:string] TO source_option,.. [for_channel]",
  "CHANGE REPLICATION": "?mysql {SOURCE TO source_option,.. [for_channel] | FILTER filter_rule,.. [for_channel]}",
  "START SLAVE": "?old {?mysql started | ?mariadb mariadb_started}",
  "STOP SLAVE": "?old [?mariadb channel:string] {?mysql [thread,..] | ?mariadb [thread] more_threads*} [for_channel]",
  "START REPLICA": "?mysql started | ?mariadb mariadb_started",
  "STOP REPLICA": "[?mariadb channel:string] {?mysql [thread,..] | ?mariadb [thread] more_threads*} [for_channel]",
  "START ALL": "?mariadb {SLAVES | REPLICAS}",
  "STOP ALL": "?mariadb {SLAVES | REPLICAS}",
  "START GROUP_REPLICATION": "?mysql [credential_value,..]",
  "STOP GROUP_REPLICATION": "?mysql ",
  RESET: "?mysql PERSIST [IF EXISTS name [. name] | name [. name]] | reset,..",
  PURGE: "{BINARY | ?old MASTER} LOGS {TO string | BEFORE scalar}",
  BINLOG: "string | ?mariadb variable , variable",
  FLUSH: "[NO_WRITE_TO_BINLOG | LOCAL] flush",
  "ANALYZE TABLE": "analyze",
  "ANALYZE TABLES": "analyze",
  "ANALYZE LOCAL": "{TABLE | TABLES} analyze",
  "ANALYZE NO_WRITE_TO_BINLOG": "{TABLE | TABLES} analyze",
  "CHECK TABLE": "table,.. check_option*",
  "CHECK TABLES": "table,.. check_option*",
  "CHECK VIEW": "?mariadb table,.. [FOR UPGRADE]",
  OPTIMIZE: "[NO_WRITE_TO_BINLOG | LOCAL] {TABLE | TABLES} table,.. [?mariadb WAIT integer | ?mariadb NOWAIT]",
  REPAIR:
    "[NO_WRITE_TO_BINLOG | LOCAL] {{TABLE | TABLES} table,.. repair_option* | ?mariadb VIEW table,.. [FROM MYSQL]}",
  CHECKSUM: "{TABLE | TABLES} table,.. [QUICK | EXTENDED]",
  "CACHE INDEX": "table {PARTITION (partitions) [keys] | [keys] [, table_keys,..]} IN {DEFAULT | cache:name}",
  "LOAD INDEX":
    "INTO CACHE table {PARTITION (partitions) [keys] [IGNORE LEAVES] | [keys] [IGNORE LEAVES] [, table_preload,..]}",
  "CLONE LOCAL": "?mysql DATA DIRECTORY [=] string",
  "CLONE INSTANCE": "?mysql FROM clone_source port IDENTIFIED BY string [DATA DIRECTORY [=] string] [REQUIRE [NO] SSL]",
  SHUTDOWN: "[?mariadb WAIT FOR ALL {SLAVES | REPLICAS}]",
  RESTART: "?mysql",
  "IMPORT TABLE": "?mysql FROM string,..",
  HELP: "subject:text",
  "BACKUP LOCK": "?mariadb table",
  "BACKUP UNLOCK": "?mariadb ",
  "BACKUP STAGE": "?mariadb {START | FLUSH | BLOCK_DDL | BLOCK_COMMIT | END}",
} as const satisfies Readonly<Record<string, string>>;

/** What the statements above are made of. */
export const administrationRules: Readonly<Record<string, string>> = {
  // Accounts.
  user_created: "account [created]",
  created:
    "?mysql IDENTIFIED {BY {RANDOM PASSWORD | string} [factors] | WITH plugin:text {INITIAL AUTHENTICATION IDENTIFIED initial | [BY {RANDOM PASSWORD | string} | AS {string | hex}] [factors]}} | ?mariadb IDENTIFIED mariadb_identified",
  factors: "AND IDENTIFIED mysql_created [AND IDENTIFIED mysql_created]",
  initial: "BY RANDOM PASSWORD | BY string | WITH plugin:text AS string",
  mysql_created:
    "BY RANDOM PASSWORD | BY string | WITH plugin:text [BY {RANDOM PASSWORD | string} | AS {string | hex}]",
  user_auth: "account [?mariadb IDENTIFIED mariadb_identified]",
  identified: "?mysql IDENTIFIED mysql_identified | ?mariadb IDENTIFIED mariadb_identified",
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
  user_options:
    "?mysql user_option* [COMMENT string | ATTRIBUTE string] | ?mariadb [ACCOUNT {LOCK | UNLOCK} [expire] | expire [ACCOUNT {LOCK | UNLOCK}]]",
  expire: "PASSWORD EXPIRE [NEVER | DEFAULT | INTERVAL integer DAY]",
  user_option:
    "ACCOUNT {LOCK | UNLOCK} | expire | PASSWORD HISTORY {DEFAULT | integer} | PASSWORD REUSE INTERVAL {DEFAULT | integer DAY} | PASSWORD REQUIRE CURRENT [DEFAULT | OPTIONAL] | FAILED_LOGIN_ATTEMPTS integer | PASSWORD_LOCK_TIME {integer | UNBOUNDED}",
  alter_user:
    "account {?mysql DEFAULT ROLE {ALL | NONE | role,..} | ?mysql integer FACTOR registration | [changed] more_changed* [REQUIRE require] [WITH resource resource*] user_options}",
  changed: "identified | ?mysql DISCARD OLD PASSWORD | factor",
  more_changed: ", account [changed]",
  factor:
    "?mysql ADD integer FACTOR IDENTIFIED mysql_identified [ADD integer FACTOR IDENTIFIED mysql_identified] | ?mysql MODIFY integer FACTOR IDENTIFIED mysql_identified [MODIFY integer FACTOR IDENTIFIED mysql_identified] | ?mysql DROP integer FACTOR [DROP integer FACTOR]",
  registration: "INITIATE REGISTRATION | FINISH REGISTRATION SET CHALLENGE_RESPONSE AS string | UNREGISTER",
  user_rename: "account TO account",
  set_password:
    "[FOR account] {?mysql TO RANDOM [REPLACE string] [retain] | = {?mariadb PASSWORD (string) | ?mariadb OLD_PASSWORD (string) | string} [?mysql REPLACE string] [?mysql retain]}",
  set_role: "?mysql {DEFAULT | NONE | ALL [EXCEPT role,..] | role,..} | ?mariadb {NONE | role}",
  grant:
    "PROXY ON account TO user_auth,.. [WITH GRANT OPTION] | ALL [PRIVILEGES] ON on_level grant_to | ?mariadb privilege_columns,.. ON on_level grant_to | ?mariadb role TO user_auth,.. [WITH ADMIN OPTION] | ?mysql grantable,.. {ON on_level grant_to | TO account,.. [WITH ADMIN OPTION]}",
  grant_to:
    "?mariadb TO user_auth,.. [REQUIRE require] [WITH grant_option grant_option*] | ?mysql TO account,.. [WITH GRANT OPTION] [AS account [WITH ROLE {DEFAULT | NONE | ALL [EXCEPT role,..] | role,..}]]",
  privilege_columns: "{SELECT | INSERT | UPDATE | REFERENCES} [(columns)] | privilege",
  on_level: "[TABLE | FUNCTION | PROCEDURE | ?packages PACKAGE [BODY]] level",
  grantable: "privilege_columns | role",
  columns: "column:name,..",
  grant_option: "GRANT OPTION | resource",
  revoke:
    "?mariadb {PROXY ON account FROM account,.. | ADMIN OPTION FOR role FROM account,.. | ALL [PRIVILEGES] {ON on_level | , GRANT OPTION} FROM account,.. | privilege_columns,.. ON on_level FROM account,.. | role FROM account,..} | ?mysql [IF EXISTS] {PROXY ON account FROM account,.. | ALL [PRIVILEGES] {ON on_level | , GRANT OPTION} FROM account,.. | grantable,.. {ON on_level FROM account,.. | FROM account,..}} [IGNORE UNKNOWN USER]",
  privilege:
    "DELETE [?mariadb HISTORY] | USAGE | INDEX | ALTER [ROUTINE] | CREATE [TEMPORARY TABLES | ROUTINE | VIEW | USER | TABLESPACE | ROLE] | DROP [ROLE] | EXECUTE | RELOAD | SHUTDOWN | PROCESS | FILE | GRANT OPTION | SHOW {DATABASES | VIEW | ?mariadb11 CREATE ROUTINE} | SUPER | LOCK TABLES | REPLICATION {CLIENT | SLAVE [?mariadb ADMIN] | ?mariadb REPLICA [ADMIN] | ?mariadb MASTER ADMIN} | EVENT | TRIGGER | ?mariadb BINLOG {ADMIN | MONITOR | REPLAY} | ?mariadb CONNECTION ADMIN | ?mariadb FEDERATED ADMIN | ?mariadb READ_ONLY ADMIN | ?mariadb SLAVE MONITOR | ?mariadb REPLICA MONITOR | ?mariadb SET USER",
  // Servers, tablespaces and the like.
  server_option:
    "USER string | HOST string | DATABASE string | OWNER string | PASSWORD string | SOCKET string | PORT integer",
  engine_option: "[STORAGE] ENGINE [=] engine:text",
  dropped_tablespace: "engine_option | WAIT | NO_WAIT",
  altered_tablespace:
    "INITIAL_SIZE [=] size | AUTOEXTEND_SIZE [=] size | MAX_SIZE [=] size | ENCRYPTION [=] string | ENGINE_ATTRIBUTE [=] string | dropped_tablespace",
  created_tablespace:
    "EXTENT_SIZE [=] size | FILE_BLOCK_SIZE [=] size | NODEGROUP [=] integer | COMMENT [=] string | altered_tablespace",
  altered_group: "INITIAL_SIZE [=] size | dropped_tablespace",
  created_group:
    "UNDO_BUFFER_SIZE [=] size | REDO_BUFFER_SIZE [=] size | NODEGROUP [=] integer | COMMENT [=] string | altered_group",
  more_dropped: "[,] dropped_tablespace",
  more_altered: "[,] altered_tablespace",
  more_created: "[,] created_tablespace",
  more_altered_group: "[,] altered_group",
  more_group: "[,] created_group",
  resource_group: "[VCPU [=] vcpu more_vcpu*] [THREAD_PRIORITY [=] signed] [ENABLE | DISABLE]",
  more_vcpu: "[,] vcpu",
  vcpu: "integer [- integer]",
  signed: "[-] integer",
  reference_attribute:
    "NAME string | DEFINITION string | ORGANIZATION string IDENTIFIED BY integer | DESCRIPTION string",
  library_option: "COMMENT string",
  library_more: "library_option | LANGUAGE language:name",
  component_variable: "[GLOBAL | PERSIST] name [. name] {= | :=} {ON | scalar}",
  // Replication.
  for_channel: "FOR CHANNEL string",
  more_threads: ", [thread]",
  more_numbers: ", number | number",
  thread: "SQL_THREAD | IO_THREAD | ?mysql RELAY_THREAD",
  until:
    "?mysql {{SQL_BEFORE_GTIDS | SQL_AFTER_GTIDS} = string | SQL_AFTER_MTS_GAPS | log_until} more_until* | ?mariadb {MASTER_GTID_POS = string | log_until more_until* [for_channel]}",
  log_until:
    "{?mysql SOURCE_LOG_FILE | ?old MASTER_LOG_FILE | RELAY_LOG_FILE} = string | {?mysql SOURCE_LOG_POS | ?old MASTER_LOG_POS | RELAY_LOG_POS} = integer",
  more_until: ", log_until",
  started: "[thread,..] [UNTIL until] [credentials] [for_channel]",
  mariadb_started: "[channel:string] [thread] more_threads* [for_channel] [UNTIL until]",
  credentials:
    "USER = string [PASSWORD = string] [DEFAULT_AUTH = string] [PLUGIN_DIR = string] | PASSWORD = string [DEFAULT_AUTH = string] [PLUGIN_DIR = string] | DEFAULT_AUTH = string [PLUGIN_DIR = string] | PLUGIN_DIR = string",
  credential_value: "USER = string | PASSWORD = string | DEFAULT_AUTH = string",
  source_option:
    "{IGNORE_SERVER_IDS | ?mariadb DO_DOMAIN_IDS | ?mariadb IGNORE_DOMAIN_IDS} = ([integer,..]) | ?mysql PRIVILEGE_CHECKS_USER = {NULL | named} | ?mariadb MASTER_USE_GTID = {CURRENT_POS | SLAVE_POS | REPLICA_POS | NO} | ?mysql REQUIRE_TABLE_PRIMARY_KEY_CHECK = {STREAM | ON | OFF | GENERATE} | ?mysql ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = {OFF | LOCAL | string} | ?mysql source_text = string | ?mysql SOURCE_TLS_CIPHERSUITES = {string | NULL} | ?mysql source_integer = integer | ?mysql source_point = {integer | decimal} | ?mysql source_number = number | ?mariadb {MASTER_LOG_POS = {integer | decimal} | mariadb_number = number | mariadb_text = string}",
  mariadb_number:
    "MASTER_PORT | MASTER_CONNECT_RETRY | MASTER_DELAY | MASTER_SSL | MASTER_SSL_VERIFY_SERVER_CERT | MASTER_HEARTBEAT_PERIOD | MASTER_DEMOTE_TO_SLAVE | MASTER_DEMOTE_TO_REPLICA | RELAY_LOG_POS",
  mariadb_text:
    "MASTER_HOST | MASTER_USER | MASTER_PASSWORD | MASTER_SSL_CA | MASTER_SSL_CAPATH | MASTER_SSL_CERT | MASTER_SSL_CIPHER | MASTER_SSL_KEY | MASTER_SSL_CRL | MASTER_SSL_CRLPATH | MASTER_LOG_FILE | RELAY_LOG_FILE",
  filter_rule:
    "{REPLICATE_DO_DB | REPLICATE_IGNORE_DB} = ([database:name,..]) | {REPLICATE_DO_TABLE | REPLICATE_IGNORE_TABLE} = ([qualified,..]) | {REPLICATE_WILD_DO_TABLE | REPLICATE_WILD_IGNORE_TABLE} = ([string,..]) | REPLICATE_REWRITE_DB = ([rewrite,..])",
  rewrite: "(database:name , database:name)",
  reset:
    "{?old MASTER | ?mysql BINARY LOGS AND GTIDS} [TO integer] | {?old SLAVE | REPLICA} [?mariadb channel:string] [ALL] [for_channel] | ?mariadb QUERY CACHE",
  flush: "TABLES WITH READ LOCK [?mariadb AND DISABLE CHECKPOINT] | {TABLES | TABLE} [flushed_tables] | flush_item,..",
  flushed_tables: "WITH READ LOCK | table,.. [FOR EXPORT | WITH READ LOCK]",
  flush_item:
    "ERROR LOGS | ENGINE LOGS | GENERAL LOGS | SLOW LOGS | BINARY LOGS [?mariadb DELETE_DOMAIN_ID = ([integer,..])] | RELAY LOGS [for_channel | ?mariadb channel:string] | LOGS | ?old HOSTS | PRIVILEGES | STATUS | USER_RESOURCES | ?mysql OPTIMIZER_COSTS | ?mariadb QUERY CACHE | ?mariadb DES_KEY_FILE | ?mariadb SSL | ?mariadb {SLAVE | REPLICA} | ?mariadb MASTER | ?mariadb11 {GLOBAL | SESSION} STATUS | ?mariadb {USER_STATISTICS | CLIENT_STATISTICS | INDEX_STATISTICS | TABLE_STATISTICS}",
  // Tables.
  analyze:
    "?mysql table,.. [UPDATE HISTOGRAM ON columns [histogram] | DROP HISTOGRAM ON columns] | ?mariadb table_analyzed,..",
  histogram: "USING DATA string | WITH integer BUCKETS [{AUTO | MANUAL} UPDATE] | {AUTO | MANUAL} UPDATE",
  table_analyzed: "table [?mariadb PERSISTENT FOR {ALL | COLUMNS {ALL | ([columns])} INDEXES {ALL | ([index_list])}}]",
  index_list: "index_name,..",
  index_name: "PRIMARY | index:name",
  check_option: "FOR UPGRADE | QUICK | FAST | MEDIUM | EXTENDED | CHANGED",
  repair_option: "QUICK | EXTENDED | USE_FRM | ?mariadb11 FORCE",
  partitions: "ALL | partition:name,..",
  keys: "{INDEX | KEY} ([index_list])",
  table_keys: "table [keys]",
  table_preload: "table [keys] [IGNORE LEAVES]",
  clone_source: "account",
};

/** SHOW, and what may follow it. A word with "!" is part of the name. */
export const showGrammar =
  "?mysql EXTENDED {FULL {show_columns | show_tables} | show_columns | show_indexes | show_tables} | FULL {show_columns | show_tables | PROCESSLIST! | TRIGGERS! show_from} | {GLOBAL | SESSION | LOCAL} {STATUS! [filter] | VARIABLES! [filter] | show_vitess_gtid} | count {WARNINGS! | ERRORS!} | STORAGE {ENGINES!} | show_item";

export const showRules: Readonly<Record<string, string>> = {
  ...administrationRules,
  show_item:
    "show_columns | show_indexes | show_tables | PROCESSLIST! | CREATE! show_create | DATABASES! [filter] | SCHEMAS! [filter] | TABLE! STATUS! show_from | OPEN! TABLES! show_from | TRIGGERS! show_from | EVENTS! show_from | STATUS! [filter] | VARIABLES! [filter] | CHARSET! [filter] | {CHARACTER! | CHAR!} SET! [filter] | COLLATION! [filter] | ENGINES! | ENGINE! {ALL | engine:text} {STATUS! | LOGS! | MUTEX!} | WARNINGS! [limit] | ERRORS! [limit] | PLUGINS! [?mariadb SONAME {string | filter}] | PRIVILEGES! | PROFILES! | PROFILE! [profile_type,..] [FOR QUERY integer] [limit] | GRANTS! [FOR account [?mysql USING role,..]] | {PROCEDURE! | FUNCTION!} {STATUS! [filter] | CODE! table} | ?mysql LIBRARY! STATUS! [filter] | show_replication | show_mariadb | show_vitess",
  show_columns: "{COLUMNS! | FIELDS!} {FROM | IN} table [{FROM | IN} database:name] [filter]",
  show_indexes: "{INDEX! | INDEXES! | KEYS!} {FROM | IN} table [{FROM | IN} database:name] [WHERE expr]",
  show_tables: "TABLES! show_from",
  show_from: "[{FROM | IN} database:name] [filter]",
  show_create:
    "{DATABASE! | SCHEMA!} [IF NOT EXISTS] database:name | TABLE! table | VIEW! table | PROCEDURE! table | FUNCTION! table | TRIGGER! table | EVENT! table | USER! {?mysql account | ?mariadb [account]} | ?mysql LIBRARY! table | ?mariadb SEQUENCE! table | ?mariadb PACKAGE! [BODY!] table",
  profile_type: "ALL | BLOCK IO | CONTEXT SWITCHES | CPU | IPC | MEMORY | PAGE FAULTS | SOURCE | SWAPS",
  show_replication:
    "BINARY! {LOGS! | ?mysql LOG! STATUS!} | ?old MASTER! {LOGS! | STATUS!} | BINLOG! {EVENTS! [IN string] [FROM number] [limit] | ?mariadb STATUS!} | RELAYLOG! [?mariadb channel:string] EVENTS! log_events | ?old SLAVE! HOSTS! | ?mariadb REPLICA! HOSTS! | {REPLICA! | ?old SLAVE!} {STATUS! [for_channel] | ?mariadb channel:string STATUS!} | ?mysql REPLICAS! | ?mariadb ALL {SLAVES! | REPLICAS!} STATUS!",
  log_events: "[IN string] [FROM number] [limit] [for_channel]",
  show_mariadb:
    "?mariadb PACKAGE! {STATUS! [filter] | BODY! {STATUS! [filter] | CODE! table}} | ?mariadb CONTRIBUTORS! | ?mariadb AUTHORS! | ?mariadb EXPLAIN! [FORMAT = word] FOR expr | ?mariadb ANALYZE! [FORMAT = word] FOR expr | ?mariadb {USER_STATISTICS! | CLIENT_STATISTICS! | INDEX_STATISTICS! | TABLE_STATISTICS!}",
  show_vitess:
    "KEYSPACES! [filter] | VITESS_KEYSPACES! [filter] | VITESS_SHARDS! [filter] | VITESS_TABLETS! [filter] | VITESS_TARGET! | VITESS_REPLICATION_STATUS! [filter] | VITESS_METADATA! VARIABLES! [filter] | VSCHEMA! {TABLES! | KEYSPACES! | VINDEXES! [{FROM | ON} table]} | VITESS_MIGRATIONS! show_from | VITESS_MIGRATION! string LOGS! | VITESS_THROTTLED_APPS! | VITESS_THROTTLER! STATUS! | TRANSACTION! STATUS! FOR string | UNRESOLVED! TRANSACTIONS! [FOR database:name] | show_vitess_gtid",
  show_vitess_gtid: "{GTID_EXECUTED! | VGTID_EXECUTED!} [{FROM | IN} database:name]",
};

export type AdministrationName = keyof typeof administrationGrammar;
/** The words of SHOW that say what is shown: "TABLES", "CREATE TABLE". */
export type ShowName = string;
