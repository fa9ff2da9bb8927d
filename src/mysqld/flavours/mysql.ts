/**
 * What is said to MySQL 8.0.26 and later (Percona Server too): GTID sets with auto-position, `super_read_only`, the
 * semi-sync plugins under their new or old names.
 * https://dev.mysql.com/doc/refman/9.7/en/sql-replication-statements.html
 */
import {
  parseGtidSet,
  parsePosition,
  type Position,
  printGtidSet,
  printPosition,
  printWithoutKind,
  uniteGtidSets,
} from "../../binlog/gtid.ts";
import { ServerError } from "../../base/errors.ts";
import type { Connection } from "../../mysql/client.ts";
import { sql, statement, value } from "../../mysql/sql.ts";
import type { FenceOptions, FlavourSql } from "../flavour-sql.ts";
import type { PrimaryStatus, ReplicationStatus, SemiSync, SemiSyncWish, ServerFacts } from "../replication-types.ts";
import {
  filePosition,
  hasFilters,
  isOn,
  isVersionAtLeast,
  optionalNumber,
  readStatus,
  readVariables,
  type Row,
  rowOf,
  setGlobal,
  threadState,
} from "../server-variables.ts";

/** For ever, as far as the server's own number allows: a commit waits for its replica and never falls back. */
const semiSyncTimeoutMs = 1_000_000_000_000_000_000n;

export const mysqlSql: FlavourSql = {
  name: "mysql",
  position: async (connection) =>
    setPosition((await connection.query(sql`select @@global.gtid_executed`)).scalar ?? ""),
  primaryStatus,
  replicationStatus,
  facts,

  setReadOnly,

  startReplication: sql`start replica`,
  stopReplication: sql`stop replica`,
  startIoThread: sql`start replica io_thread`,
  stopIoThread: sql`stop replica io_thread`,
  startUntilAfter: (position) => sql`start replica until sql_after_gtids = ${value(printWithoutKind(position))}`,
  changeSource: async (connection, source, user) => {
    const { host, port, connectRetrySeconds, heartbeatSeconds } = source;
    const heartbeat = heartbeatSeconds > 0 ? sql`, source_heartbeat_period = ${value(heartbeatSeconds)}` : sql``;
    // Tries for ever; asks for the source's public key, since a password must not travel in clear without TLS.
    await connection.query(sql`change replication source to source_host = ${value(host)}, source_port = ${value(port)},
      source_user = ${value(user.username)}, source_password = ${value(user.password)}, source_auto_position = 1,
      source_connect_retry = ${value(connectRetrySeconds)}, source_retry_count = 0, get_source_public_key = 1${heartbeat}`);
  },
  forgetSource: sql`reset replica all`,
  resetTo: async (connection, position) => {
    const isNew = isVersionAtLeast(connection.serverVersion, 8, 2);
    await connection.query(isNew ? sql`reset binary logs and gtids` : sql`reset master`);
    if (position !== undefined)
      await connection.query(sql`set global gtid_purged = ${value(printWithoutKind(position))}`);
  },

  waitForPosition: async (connection, position, seconds) => {
    const gtids = value(printWithoutKind(position));
    const answer = await connection.query(sql`select wait_for_executed_gtid_set(${gtids}, ${value(seconds)})`);
    return answer.scalar === "0";
  },
  semiSync,
  setSemiSync,
};

function setPosition(text: string): Position {
  return { kind: "MySQL56", set: parseGtidSet(text) };
}

async function primaryStatus(connection: Connection): Promise<PrimaryStatus> {
  const isNew = isVersionAtLeast(connection.serverVersion, 8, 2);
  const { objects } = await connection.query(isNew ? sql`show binary log status` : sql`show master status`);
  const row = rowOf(objects[0] ?? {});
  const variables = await readVariables(connection, ["server_uuid", "gtid_executed"]);
  return {
    position: printPosition(setPosition(variables("gtid_executed"))),
    filePosition: filePosition(row("File"), row("Position")),
    serverUuid: variables("server_uuid"),
  };
}

async function replicationStatus(connection: Connection): Promise<ReplicationStatus | undefined> {
  const { objects } = await connection.query(sql`show replica status for channel ''`);
  const [object] = objects;
  if (object === undefined) return undefined;
  const row = rowOf(object);
  if (row("Source_Host") === "") return undefined; // RESET REPLICA without ALL leaves an empty row.
  const executed = parseGtidSet(row("Executed_Gtid_Set"));
  return {
    position: `MySQL56/${printGtidSet(executed)}`,
    relayLogPosition: `MySQL56/${printGtidSet(uniteGtidSets(executed, parseGtidSet(row("Retrieved_Gtid_Set"))))}`,
    ioState: threadState(row("Replica_IO_Running")),
    sqlState: threadState(row("Replica_SQL_Running")),
    lagSeconds: optionalNumber(row("Seconds_Behind_Source")),
    sourceHost: row("Source_Host"),
    sourcePort: Number(row("Source_Port")),
    sourceUser: row("Source_User"),
    sourceServerId: Number(row("Source_Server_Id")),
    sourceUuid: row("Source_UUID"),
    connectRetrySeconds: Number(row("Connect_Retry")),
    lastIoError: row("Last_IO_Error"),
    lastSqlError: row("Last_SQL_Error"),
    filePosition: filePosition(row("Relay_Source_Log_File"), row("Exec_Source_Log_Pos")),
    relayLogFilePosition: filePosition(row("Relay_Log_File"), row("Relay_Log_Pos")),
    relayLogSourceBinlogEquivalentPosition: filePosition(row("Source_Log_File"), row("Read_Source_Log_Pos")),
    sqlDelaySeconds: Number(row("SQL_Delay")),
    usingGtid: row("Auto_Position") === "1",
    autoPosition: row("Auto_Position") === "1",
    hasFilters: hasFilters(row),
    isTls: row("Source_SSL_Allowed") === "Yes",
  };
}

async function facts(connection: Connection): Promise<ServerFacts> {
  const names = ["server_id", "server_uuid", "version", "version_comment", "gtid_mode", "gtid_purged", "log_bin"];
  const more = ["binlog_format", "binlog_row_image", "log_replica_updates", "read_only", "super_read_only"];
  const row = await readVariables(connection, [...names, ...more, "replica_net_timeout"]);
  const heartbeat = await connection.query(
    sql`select heartbeat_interval from performance_schema.replication_connection_configuration where channel_name = ''`,
  );
  return {
    serverId: Number(row("server_id")),
    serverUuid: row("server_uuid"),
    version: row("version"),
    versionComment: row("version_comment"),
    gtidMode: row("gtid_mode"),
    gtidPurged: printPosition(parsePosition(`MySQL56/${row("gtid_purged")}`)),
    binlogFormat: row("binlog_format"),
    binlogRowImage: row("binlog_row_image"),
    isLogBinOn: isOn(row("log_bin")),
    isLogReplicaUpdatesOn: isOn(row("log_replica_updates")),
    isReadOnly: isOn(row("read_only")),
    isSuperReadOnly: isOn(row("super_read_only")),
    heartbeatSeconds: Number(heartbeat.scalar ?? 0),
    netTimeoutSeconds: Number(row("replica_net_timeout")),
  };
}

// ---- the fence ----

const lockWaitTimeout = 1205;
const fenceQuickSeconds = 1;
const fenceSecondsMax = 60;
const releasePauseSeconds = 0.05;

async function setReadOnly(connection: Connection, on: boolean, { another }: FenceOptions): Promise<void> {
  if (!on) {
    await setGlobal(connection, "super_read_only", 0);
    await setGlobal(connection, "read_only", 0); // Which super_read_only had turned on with it.
    return;
  }
  const waitAtMost = (seconds: number) => connection.query(sql`set session lock_wait_timeout = ${value(seconds)}`);
  try {
    await waitAtMost(fenceQuickSeconds);
    await setGlobal(connection, "super_read_only", 1);
  } catch (error) {
    if (!(error instanceof ServerError) || error.errno !== lockWaitTimeout) throw error;
    await waitAtMost(fenceSecondsMax);
    let isOver = false;
    const fenced = setGlobal(connection, "super_read_only", 1).finally(() => {
      isOver = true;
    });
    const release = another((other) => releaseAckWaiters(other, connection.id, () => isOver));
    await Promise.all([fenced, release]);
  } finally {
    if (!connection.isClosed) await connection.query(sql`set session lock_wait_timeout = default`);
  }
}

/**
 * Commits that wait for a replica hold the lock that the fence needs, and a kill does not end their wait; it does cut off
 * their clients. Once all that commit are cut off, semi-sync goes off until the fence is up: it lets them go, and what
 * comes after them stands behind the fence's own request and is refused.
 */
async function releaseAckWaiters(connection: Connection, fenceId: number, isOver: () => boolean): Promise<void> {
  const { words } = await readSemiSync(connection);
  const enabled = `rpl_semi_sync_${words.source}_enabled`;
  let isSwitchedOff = false;
  while (!isOver()) {
    const { isFencing, waiters, committing } = await readCommits(connection, fenceId);
    if (isFencing) for (const id of committing) await endConnection(connection, id);
    if (isFencing && waiters > 0 && committing.length === 0 && !isSwitchedOff) {
      await setGlobal(connection, enabled, 0);
      isSwitchedOff = true;
    }
    await connection.query(sql`do sleep(${value(releasePauseSeconds)})`);
  }
  if (isSwitchedOff) await setGlobal(connection, enabled, 1);
}

interface Commits {
  /** The fence has made its request: nothing new begins to commit. */
  readonly isFencing: boolean;
  /** How many commits wait for a replica. */
  readonly waiters: number;
  /** Connections that may be in a commit, and still have their client. */
  readonly committing: readonly number[];
}

/** One commit waits for the replica, others of its group wait for that one: by state, or by what they have changed. */
async function readCommits(connection: Connection, fenceId: number): Promise<Commits> {
  const { objects } = await connection.query(sql`show processlist`);
  const { rows } = await connection.query(
    sql`select trx_mysql_thread_id from information_schema.innodb_trx where trx_rows_modified > 0`,
  );
  const writers = new Set(rows.map(([id]) => id ?? ""));
  const stateOf = (row: (typeof objects)[number]) => row["State"] ?? "";
  const waitsForFence = (row: (typeof objects)[number]) => /Waiting for .*(read|commit|backup) lock/.test(stateOf(row));
  const isCommitting = (row: (typeof objects)[number]) =>
    !["Killed", "Sleep", "Daemon", "Connect"].includes(row["Command"] ?? "") &&
    !waitsForFence(row) &&
    (/semi-sync ACK|handler commit|commit order/.test(stateOf(row)) || writers.has(row["Id"] ?? ""));
  return {
    isFencing: objects.some((row) => Number(row["Id"]) === fenceId && waitsForFence(row)),
    waiters: objects.filter((row) => stateOf(row).startsWith("Waiting for semi-sync ACK")).length,
    committing: objects.filter(isCommitting).map((row) => Number(row["Id"])),
  };
}

const noSuchThread = 1094;

async function endConnection(connection: Connection, id: number): Promise<void> {
  try {
    await connection.query(sql`kill connection ${value(id)}`);
  } catch (error) {
    if (!(error instanceof ServerError) || error.errno !== noSuchThread) throw error; // It went by itself.
  }
}

// ---- semi-sync ----

/** The plugins came as master/slave and were renamed in 8.0.26; a server may have either, or none. */
const wordings = [
  { source: "source", replica: "replica", waitFor: "wait_for_replica_count" },
  { source: "master", replica: "slave", waitFor: "wait_for_slave_count" },
] as const;

async function readSemiSync(
  connection: Connection,
): Promise<{ readonly words: (typeof wordings)[number]; readonly row: Row }> {
  const words = wordings[0];
  const names = wordings.flatMap(({ source, replica, waitFor }) => [
    ...["enabled", "timeout", "wait_point", waitFor].map((name) => `rpl_semi_sync_${source}_${name}`),
    `rpl_semi_sync_${replica}_enabled`,
  ]);
  const row = await readVariables(connection, names);
  const loaded = wordings.find(({ source, replica }) =>
    [source, replica].some((word) => row(`rpl_semi_sync_${word}_enabled`) !== ""),
  );
  return { words: loaded ?? words, row };
}

async function semiSync(connection: Connection): Promise<SemiSync> {
  const { words, row } = await readSemiSync(connection);
  const { source, replica, waitFor } = words;
  const [sourceStatus, clients] = [`rpl_semi_sync_${source}_status`, `rpl_semi_sync_${source}_clients`];
  const replicaStatus = `rpl_semi_sync_${replica}_status`;
  const status = await readStatus(connection, [sourceStatus, clients, replicaStatus]);
  return {
    isPrimaryEnabled: isOn(row(`rpl_semi_sync_${source}_enabled`)),
    isReplicaEnabled: isOn(row(`rpl_semi_sync_${replica}_enabled`)),
    isPrimaryActive: isOn(status(sourceStatus)),
    isReplicaActive: isOn(status(replicaStatus)),
    primaryClients: Number(status(clients)),
    timeoutMs: Number(row(`rpl_semi_sync_${source}_timeout`)),
    waitForReplicas: Number(row(`rpl_semi_sync_${source}_${waitFor}`)),
  };
}

async function setSemiSync(connection: Connection, wish: SemiSyncWish): Promise<void> {
  const { words, row } = await readSemiSync(connection);
  const { source, replica, waitFor } = words;
  for (const [word, wanted] of [
    [source, wish.primary],
    [replica, wish.replica],
  ] as const) {
    const isLoaded = row(`rpl_semi_sync_${word}_enabled`) !== "";
    if (!isLoaded && !wanted) continue;
    if (!isLoaded)
      await connection.query(statement(`install plugin rpl_semi_sync_${word} soname 'semisync_${word}.so'`));
    if (word === source && wanted) {
      await setGlobal(connection, `rpl_semi_sync_${source}_timeout`, semiSyncTimeoutMs);
      await setGlobal(connection, `rpl_semi_sync_${source}_wait_point`, "AFTER_SYNC");
      await setGlobal(connection, `rpl_semi_sync_${source}_${waitFor}`, wish.waitForReplicas ?? 1);
      await setGlobal(connection, "sync_binlog", 1);
      await setGlobal(connection, "innodb_flush_log_at_trx_commit", 1);
    }
    await setGlobal(connection, `rpl_semi_sync_${word}_enabled`, wanted ? 1 : 0);
  }
}
