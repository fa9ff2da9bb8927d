/**
 * The table of errors. To add one: a line here; the manual page is printed from it. Vitess's codes keep Vitess's
 * meaning (inventory row 4.073); codes from VT2xxxx on are ours. Texts are our own words.
 */
import type { ErrorKind } from "./errors.ts";

const unsupported = "Rewrite the statement, or target one shard with USE `keyspace:shard`.";

export const errorKinds = {
  VT03001: {
    grpc: "invalid_argument",
    mysql: [1149, "42000"],
    text: (name: string) => `aggregate functions take a single argument: ${name}`,
    help: "Pass exactly one argument.",
  },
  VT03006: {
    grpc: "invalid_argument",
    mysql: [1136, "21S01"],
    text: (row: number) => `column count does not match value count at row ${row}`,
    help: "Give every row as many values as there are columns.",
  },
  VT03024: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (name: string) => `'${name}' user defined variable does not exist`,
    help: "SET the variable first.",
  },
  VT03025: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (what: string) => `incorrect arguments to ${what}`,
    help: "Check the number and the kinds of the values bound to the statement.",
  },
  VT05003: {
    grpc: "not_found",
    mysql: [1049, "42000"],
    text: (keyspace: string) => `unknown database '${keyspace}' in vschema`,
    help: "Create the keyspace, or check its spelling.",
  },
  VT05004: {
    grpc: "not_found",
    mysql: [1109, "42S02"],
    text: (table: string) => `table '${table}' does not exist`,
    help: "USE a keyspace, write it before the table's name, or add the table to the VSchema.",
  },
  VT05005: {
    grpc: "not_found",
    mysql: [1146, "42S02"],
    text: (table: string, keyspace: string) => `table ${table} does not exist in keyspace ${keyspace}`,
    help: "Add the table to the VSchema with ApplyVSchema, or check its spelling.",
  },
  VT05006: {
    grpc: "not_found",
    mysql: [1193, "HY000"],
    text: (name: string) => `unknown system variable '${name}'`,
    help: "Check the spelling; the variable may belong to another flavour or version of the server.",
  },
  VT09002: {
    grpc: "failed_precondition",
    mysql: [1874, "HY000"],
    text: (statement: string, type: string) => `${statement} statement with a ${type} target`,
    help: "Writes go to a primary: USE keyspace or keyspace@primary.",
  },
  VT09003: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (column: string) => `INSERT has no value for the column '${column}' of the primary vindex`,
    help: "Without it nobody knows to which shard the row belongs.",
  },
  VT09004: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (table: string) => `INSERT into ${table} needs a list of columns`,
    help: "Name the columns, or give the table its columns in the VSchema with column_list_authoritative.",
  },
  VT09005: {
    grpc: "failed_precondition",
    mysql: [1046, "3D000"],
    text: () => "no database selected: use keyspace<:shard><@type> or keyspace<[range]><@type> (<> are optional)",
    help: "USE a keyspace, or qualify the table.",
  },
  VT09008: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: () =>
      "vexplain queries, all and trace run the statement; /*vt+ EXECUTE_DML_QUERIES */ allows that for changes of rows",
    help: "Put the directive behind the statement's first word, or look at VEXPLAIN PLAN.",
  },
  VT09022: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (destination: string) => `destination does not have exactly one shard: ${destination}`,
    help: "Target one shard.",
  },
  VT09023: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (value: string) => `could not map ${value} to a keyspace id`,
    help: "The vindex of this column takes no such value.",
  },
  VT09032: {
    grpc: "aborted",
    mysql: [1105, "HY000"],
    text: () => "the transaction lost a shard: nothing but ROLLBACK is possible",
    help: "ROLLBACK, then begin again.",
  },
  VT12001: {
    grpc: "unimplemented",
    mysql: [1235, "42000"],
    text: (construct: string) => `unsupported: ${construct}`,
    help: unsupported,
  },
  VT13001: {
    grpc: "internal",
    mysql: [1105, "HY000"],
    text: (what: string) => `[BUG] ${what}`,
    help: "A fault of ours: please report it with the statement and the VSchema.",
  },
  VT14001: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (target: string, why: string) => `no connection to ${target}: ${why}`,
    help: "SHOW VITESS_TABLETS shows which tablets serve.",
  },
  VT14002: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (target: string) => `no healthy tablet for ${target}`,
    help: "SHOW VITESS_TABLETS shows which tablets serve.",
  },
  VT14004: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (keyspace: string) => `cannot find the keyspace ${keyspace}`,
    help: "SHOW KEYSPACES lists the keyspaces that this gateway knows.",
  },
  VT20001: {
    grpc: "invalid_argument",
    mysql: [1064, "42000"],
    text: (target: string, why: string) => `invalid target '${target}': ${why}`,
    help: "Targets look like ks, ks:-80, ks[40-80], ks@replica or ks:-80@replica|zone1-101.",
  },
  VT20002: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (range: string) => `'${range}' is not a key range`,
    help: "A key range is two numbers in hex with a dash between, the first one smaller; empty is no bound: 40-80, -80, 80-.",
  },
  VT20003: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (count: number, max: number) => `cannot make ${count} shards: between 1 and ${max} are possible`,
    help: "Ask for fewer shards, or for more hexadecimal digits in their names.",
  },
  VT20004: {
    grpc: "not_found",
    mysql: [1105, "HY000"],
    text: (what: string, keyspace: string) => `keyspace ${keyspace} has no shard for ${what}`,
    help: "SHOW VITESS_SHARDS lists the shards that serve.",
  },
  VT20005: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (vindex: string, why: string) => `vindex ${vindex}: ${why}`,
    help: "Correct the vindex's parameters in the VSchema.",
  },
  VT20006: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (keyspace: string, problems: readonly string[]) =>
      `the VSchema of keyspace ${keyspace} is not valid: ${problems.join("; ")}`,
    help: "Correct every point listed and apply the VSchema again.",
  },
  VT20007: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (vindex: string, value: string) => `vindex ${vindex} cannot map the value ${value}`,
    help: "The value has a type or form that this vindex does not take.",
  },
  VT20008: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (id: string, why: string) => `keyspace id ${id} cannot be turned back into a value: ${why}`,
    help: "Only ids that the vindex itself made can be turned back.",
  },
  VT20009: {
    grpc: "failed_precondition",
    mysql: [1052, "23000"],
    text: (table: string) => `several keyspaces have a table ${table}`,
    help: "Write the keyspace before the table's name, or USE the keyspace.",
  },
  VT20010: {
    grpc: "failed_precondition",
    mysql: [1146, "42S02"],
    text: (table: string) => `a routing rule refuses the table ${table}`,
    help: "GetRoutingRules shows the rules; a rule must lead to exactly one table.",
  },
  VT20011: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (values: string, vindex: string, id: string) =>
      `the values ${values} do not lead by vindex ${vindex} to the keyspace id ${id} of their row`,
    help: "All vindexes of a row must lead to the same keyspace id.",
  },
  VT20012: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (shard: string, why: string) => `shard ${shard} answers other columns than the first one: ${why}`,
    help: "Bring the schemas of the shards into line: ValidateSchemaKeyspace shows the differences.",
  },
  VT20013: {
    grpc: "aborted",
    mysql: [1105, "HY000"],
    text: (why: string) =>
      `the transaction was rolled back, because a statement failed on some of its shards only: ${why}`,
    help: "Run the whole transaction again.",
  },
  VT20014: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: () => "transaction_mode SINGLE: a transaction may write to one shard only",
    help: "SET transaction_mode = 'MULTI', or keep what belongs together on one shard.",
  },
  VT20015: {
    grpc: "canceled",
    mysql: [1317, "70100"],
    text: () => "query execution was interrupted",
    help: "The client or KILL QUERY stopped it.",
  },
  VT20016: {
    grpc: "failed_precondition",
    mysql: [1792, "25006"],
    text: () => "cannot execute the statement in a READ ONLY transaction",
    help: "End the transaction and begin one that may write.",
  },
  VT20017: {
    grpc: "aborted",
    mysql: [1105, "HY000"],
    text: (done: number, all: number, where: string, why: string) =>
      `committed on ${done} of ${all} shards, not on ${where}: ${why}`,
    help: "Shards commit one by one in transaction_mode MULTI. Compare what is stored and mend it by hand.",
  },
  VT20018: {
    grpc: "permission_denied",
    mysql: [1142, "42000"],
    text: (user: string) => `user '${user}' is not authorized to change the VSchema`,
    help: "The flag vschema-ddl-authorized-users of the gateway lists who may; % is everybody.",
  },
  VT20019: {
    grpc: "failed_precondition",
    mysql: [1148, "42000"],
    text: () => "direct DDL is disabled on this gateway",
    help: "The flag enable-direct-ddl allows it.",
  },
  VT20020: {
    grpc: "aborted",
    mysql: [1105, "HY000"],
    text: (keyspace: string, failed: readonly string[], done: readonly string[], why: string) =>
      `the definition failed on shards ${failed.join(", ")} of keyspace ${keyspace}, and is in force on ${done.join(", ")}: ${why}`,
    help: "Definitions cannot be rolled back. Mend what stands in the way, then run it on the shards named (USE `keyspace:shard`).",
  },
  VT20021: {
    grpc: "deadline_exceeded",
    mysql: [1205, "HY000"],
    text: (what: string, timeoutMs: number) => `${what}: nothing came of it within ${timeoutMs} ms`,
    help: "With dbddl-plugin noop somebody else makes and removes keyspaces; see whether it did.",
  },
  VT20022: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (name: string) => `the statement has both ? and ${name}: the first ? is :v1, the second :v2, and so on`,
    help: "Write all parameters as ?, or give each a name.",
  },
  VT20040: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (value: string) => `invalid priority value specified in query: ${value}`,
    help: "PRIORITY is a whole number from 0 to 100.",
  },
  VT20041: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: () => "plan includes scatter, which is disallowed using the `no_scatter` command line argument",
    help: "Ask by a column that leads to a shard, or write the directive /*vt+ ALLOW_SCATTER */ behind SELECT.",
  },
  VT20042: {
    grpc: "resource_exhausted",
    mysql: [1153, "08S01"],
    text: (bytesMax: number) => `query payload size above threshold: more than ${bytesMax} bytes`,
    help: "The limit is max-payload-size; the directive IGNORE_MAX_PAYLOAD_SIZE lifts it for a statement.",
  },
  VT20043: {
    grpc: "aborted",
    mysql: [1105, "HY000"],
    text: () => "the connection that held this session's named locks is lost, and the locks with it",
    help: "The shard's tablet or server restarted or failed over. Take the locks anew.",
  },
  VT21001: {
    grpc: "resource_exhausted",
    mysql: [1153, "08S01"],
    text: (limit: string, setting: string) => `the result is larger than ${limit}, the limit set by ${setting}`,
    help: "Ask for fewer rows, or raise the limit.",
  },
  VT21002: {
    grpc: "resource_exhausted",
    mysql: [1461, "42000"],
    text: (max: number) => `a client may have ${max} cursors open`,
    help: "Fetch cursors to their end, or close their statements.",
  },
  VT21101: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (why: string) => `the tablet takes no more actions: ${why}`,
    help: "Ask again; an action that runs for ever shows on the tablet's status page.",
  },
  VT21102: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (alias: string) => `${alias} cannot replicate from itself`,
    help: "Name another tablet as its source.",
  },
  VT21103: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: () => "the request names no tablet",
    help: "Give the alias of a tablet, as zone1-0000000100.",
  },
  VT21104: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (why: string) => `the tablet's type was not changed: ${why}`,
    help: "PlannedReparentShard changes who is primary; ChangeTabletType sets the other types.",
  },
  VT21106: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (alias: string, type: string) => `${alias} is no primary, but ${type}`,
    help: "GetShard shows who the primary is.",
  },
  VT22001: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (kind: string, name: string, why: string) => `'${name}' is no name of a ${kind}: ${why}`,
    help: "Correct the name and try again.",
  },
  VT22010: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (text: string, why: string) => `'${text}' is no replication position: ${why}`,
    help: "Positions look like MySQL56/<uuid>:1-5, MariaDB/0-101-27 or FilePos/binlog.000003:1274.",
  },
  VT22011: {
    grpc: "deadline_exceeded",
    mysql: [1205, "HY000"],
    text: (position: string, timeoutMs: number) => `position ${position} was not reached within ${timeoutMs} ms`,
    help: "See SHOW REPLICA STATUS: replication may be stopped, broken or behind.",
  },
  VT22012: {
    grpc: "resource_exhausted",
    mysql: [1040, "08004"],
    text: (size: number, timeoutMs: number) =>
      `none of the ${size} administrative connections (dbaPoolMax) was free within ${timeoutMs} ms`,
    help: "The database server answers slowly, or not at all: see its error log and SHOW PROCESSLIST.",
  },
  VT22013: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (what: string, remedy: string) => `database server: ${what}; ${remedy}`,
    help: "The text names the remedy. The server's own error.log says more.",
  },
  VT22030: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (keyspace: string, shard: string, why: string) =>
      `the primary of ${keyspace}/${shard} is not changed: ${why}`,
    help: "Nothing was changed, or what was changed is undone. Mend the cause and try again.",
  },
  VT22031: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (keyspace: string, shard: string, primary: string, why: string) =>
      `${primary} is primary of ${keyspace}/${shard}, but not all tablets follow it: ${why}`,
    help: "Run PlannedReparentShard again with the same new primary: it mends the tablets that are left.",
  },
  VT22032: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (keyspace: string, shard: string, step: string, why: string) =>
      `the change of the primary of ${keyspace}/${shard} stopped half-way, at ${step}: ${why}`,
    help: "Look at the shard's tablets, then run PlannedReparentShard again.",
  },
  VT22034: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (keyspace: string, shards: string) =>
      `the serving graph of ${keyspace} is not rebuilt: a switch of traffic is under way, ${shards} is switched off`,
    help: "Finish or take back the switch of traffic first: rebuilding would send queries to both sides.",
  },
  VT22033: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (name: string) => `there is no durability policy '${name}'`,
    help: "Known policies: none, semi_sync, cross_cell, semi_sync_with_rdonly_ack, cross_cell_with_rdonly_ack, test.",
  },
  VT23001: {
    grpc: "not_found",
    mysql: [1105, "HY000"],
    text: (what: string) => `there is no ${what}`,
    help: "Check the spelling; GetKeyspaces, GetTablets and GetCellInfoNames list what there is.",
  },
  VT23002: {
    grpc: "already_exists",
    mysql: [1105, "HY000"],
    text: (what: string) => `${what} exists already`,
    help: "Choose another name, or ask for force where the command has it.",
  },
  VT23003: {
    grpc: "deadline_exceeded",
    mysql: [1105, "HY000"],
    text: (what: string) => `the topology did not answer in time: ${what}`,
    help: "Somebody may hold the lock (lock-timeout), or the store is slow (remote-operation-timeout).",
  },
  VT23004: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (what: string) => `the topology cannot be reached: ${what}`,
    help: "Check that the store runs and that --topo-global-server-address names it.",
  },
  VT23005: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (what: string) => `the topology refuses the path: ${what}`,
    help: "Paths are names with slashes between, without '.' and '..'.",
  },
  VT23006: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (what: string) => `the topology refuses: ${what}`,
    help: "The record was changed by somebody else, or is not what was expected there.",
  },
  VT23007: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (field: string) => `the request lacks ${field}`,
    help: "The field must be set.",
  },
  VT23008: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (what: string, why: string, remedy: string) => `${what} stays as it is: ${why} (${remedy})`,
    help: "The remedy is in the text.",
  },
  VT23009: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (kind: string, value: string, known: string) => `'${value}' is no ${kind}: known are ${known}`,
    help: "Choose one of those listed.",
  },
  VT23010: {
    grpc: "unavailable",
    mysql: [1105, "HY000"],
    text: (tablet: string, why: string) => `tablet ${tablet} cannot be asked: ${why}`,
    help: "Check that the tablet runs and that its record has the right address.",
  },
  VT23011: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (keyspace: string, shard: string) => `shard ${keyspace}/${shard} has no primary`,
    help: "PlannedReparentShard gives it one.",
  },
  VT23012: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (statement: string, why: string, done: string) =>
      `the schema change failed: ${why}; statement: ${statement}; done on shards: ${done === "" ? "none" : done}`,
    help: "Mend the cause, then apply what is left; ValidateSchemaKeyspace shows where the shards differ.",
  },
  VT23013: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (keyspace: string, why: string) => `the VSchema of keyspace ${keyspace} is not changed: ${why}`,
    help: "GetVSchema, or SHOW VSCHEMA TABLES and SHOW VSCHEMA VINDEXES, show what there is.",
  },
  VT25001: {
    grpc: "deadline_exceeded",
    mysql: [1317, "70100"],
    text: (call: string, timeoutMs: number) => `${call} took longer than ${timeoutMs} ms`,
    help: "The other side is slow or stuck, or the time allowed was too short.",
  },
  VT25002: {
    grpc: "canceled",
    mysql: [1317, "70100"],
    text: (call: string) => `${call} was cancelled`,
    help: "The caller gave up.",
  },
  VT25003: {
    grpc: "resource_exhausted",
    mysql: [1153, "08S01"],
    text: (call: string, why: string) =>
      `a message of ${call} is too large: ${why} (limit set by grpc-max-message-size)`,
    help: "Ask for less at once, or raise the limit on both sides.",
  },
  VT25004: {
    grpc: "unauthenticated",
    mysql: [1045, "28000"],
    text: (why: string) => `who is calling? ${why}`,
    help: "Give the client the name and password, or the certificate, that the server expects.",
  },
  VT25005: {
    grpc: "permission_denied",
    mysql: [1045, "28000"],
    text: (who: string, why: string) => `${who} may not call here: ${why}`,
    help: "The server's list of names, or of certificate subjects, does not hold this caller.",
  },
  VT25006: {
    grpc: "unimplemented",
    mysql: [1235, "42000"],
    text: (call: string) => `${call} is not served here`,
    help: "The server plays another role, or is of another version.",
  },
  VT26001: {
    grpc: "cluster_event",
    mysql: [1053, "08S01"],
    text: (why: string) => `operation not allowed in state NOT_SERVING: ${why}`,
    help: "The tablet starts, stops or changes its role; gateways wait and try again.",
  },
  VT26002: {
    grpc: "failed_precondition",
    mysql: [1105, "HY000"],
    text: (wanted: string, is: string) => `wrong tablet: asked for ${wanted}, but this is ${is}`,
    help: "The caller's view of the topology is old; gateways look again and try another tablet.",
  },
  VT26003: {
    grpc: "aborted",
    mysql: [1317, "70100"],
    text: (id: number, why: string) => `transaction ${id}: ${why}`,
    help: "Begin a new transaction.",
  },
  VT26004: {
    grpc: "resource_exhausted",
    mysql: [1203, "42000"],
    text: (pool: string, sizeMax: number, waitedMs: number) =>
      `all ${sizeMax} connections of the ${pool} pool are in use (waited ${waitedMs} ms)`,
    help: "Too much runs at once: raise the pool's size, or find the slow statements.",
  },
  VT26005: {
    grpc: "deadline_exceeded",
    mysql: [3024, "HY000"],
    text: (timeoutMs: number) => `the statement ran for more than ${timeoutMs} ms and was stopped`,
    help: "The limit is queryserver-config-query-timeout, query-timeout of the gateway, @@query_timeout, or the statement's QUERY_TIMEOUT_MS.",
  },
  VT26006: {
    grpc: "canceled",
    mysql: [1317, "70100"],
    text: (why: string) => `the statement was stopped: ${why}`,
    help: "The client, its gateway, or an operator stopped it.",
  },
  VT26007: {
    grpc: "resource_exhausted",
    mysql: [1153, "08S01"],
    text: (rowsMax: number) => `the result has more than ${rowsMax} rows`,
    help: "The limit is queryserver-config-max-result-size.",
  },
  VT26008: {
    grpc: "invalid_argument",
    mysql: [1210, "HY000"],
    text: (name: string, problem: string) => `bind variable ${name}: ${problem}`,
    help: "A fault of the caller: the statement's binds and what came with it do not fit.",
  },
  VT26009: {
    grpc: "unavailable",
    mysql: [2013, "HY000"],
    text: (why: string) => `the tablet's database server is away: ${why}`,
    help: "It crashed or restarts; what was under way may or may not have happened.",
  },
  VT26012: {
    grpc: "unavailable",
    mysql: [2003, "HY000"],
    text: (why: string) => `the tablet cannot reach its database server, nothing was done: ${why}`,
    help: "The server is down or starting; gateways wait and try again.",
  },
  VT26010: {
    grpc: "permission_denied",
    mysql: [1142, "42000"],
    text: (what: string) => `no access to ${what}`,
    help: "The database _vt belongs to Vitess.",
  },
  VT26011: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (table: string, why: string) => `sequence ${table}: ${why}`,
    help: "A sequence table has one row: id 0, next_id and cache above 0.",
  },
  VT26013: {
    grpc: "permission_denied",
    mysql: [1142, "42000"],
    text: (command: string, user: string, groups: string, table: string) =>
      `${command} command denied to user '${user}', in groups [${groups}], for table '${table}' (ACL check error)`,
    help: "The table's group in the file of --table-acl-config does not name the user for this kind of statement.",
  },
  VT26014: {
    grpc: "invalid_argument",
    mysql: [1105, "HY000"],
    text: (rule: string) => `disallowed due to rule: ${rule}`,
    help: "An operator's query rule keeps this statement from running.",
  },
  VT26015: {
    grpc: "cluster_event",
    mysql: [1105, "HY000"],
    text: (rule: string) => `disallowed due to rule: ${rule}`,
    help: "The tables are being moved, or a rule says to try elsewhere; gateways wait and try again.",
  },
  VT26016: {
    grpc: "resource_exhausted",
    mysql: [1203, "42000"],
    text: (user: string) => `the user ${user} has its share of the tablet's transactions already`,
    help: "The limit is transaction-limit-per-user, a share of queryserver-config-transaction-cap.",
  },
  VT26017: {
    grpc: "resource_exhausted",
    mysql: [1203, "42000"],
    text: (rows: string) => `hot row protection: too many transactions wait for the same rows: ${rows.slice(0, 200)}`,
    help: "The limits are hot-row-protection-max-queue-size and hot-row-protection-max-global-queue-size.",
  },
} as const satisfies Record<`VT${number}`, ErrorKind<never[]>>;
