/**
 * What is said to MariaDB 10.6 and later: domain-server-sequence GTIDs, `read_only` (which some privileges bypass), the
 * built-in semi-sync under its old names.
 * https://mariadb.com/kb/en/gtid/ · https://mariadb.com/kb/en/semisynchronous-replication/
 */
import {
  containsPosition,
  parseMariadbGtids,
  type Position,
  printPosition,
  printWithoutKind,
  uniteMariadb,
  unitePositions,
} from "../../binlog/gtid.ts";
import { ServerError, VtError } from "../../base/errors.ts";
import type { Connection } from "../../mysql/client.ts";
import { sql, value } from "../../mysql/sql.ts";
import type { FenceOptions, FlavourSql } from "../flavour-sql.ts";
import type { PrimaryStatus, ReplicationStatus, SemiSync, SemiSyncWish, ServerFacts } from "../replication-types.ts";
import {
  filePosition,
  hasFilters,
  isOn,
  optionalNumber,
  readStatus,
  readVariables,
  rowOf,
  setGlobal,
  threadState,
} from "../server-variables.ts";

/** For ever, as far as the server's own number allows: a commit waits for its replica and never falls back. */
const semiSyncTimeoutMs = 1_000_000_000_000_000_000n;
const fenceTriesMax = 6;
const fenceLockWaitSeconds = 5;

export const mariadbSql: FlavourSql = {
  name: "mariadb",
  position,
  primaryStatus,
  replicationStatus,
  facts,
  setReadOnly,

  startReplication: sql`start slave`,
  stopReplication: sql`stop slave`,
  startIoThread: sql`start slave io_thread`,
  stopIoThread: sql`stop slave io_thread`,
  startUntilAfter: (until) => sql`start slave until master_gtid_pos = ${value(printWithoutKind(until))}`,
  changeSource: async (connection, source, user) => {
    const { host, port, connectRetrySeconds, heartbeatSeconds } = source;
    const heartbeat = heartbeatSeconds > 0 ? sql`, master_heartbeat_period = ${value(heartbeatSeconds)}` : sql``;
    // A former primary's own writes are not in gtid_slave_pos, from where replication goes on: they are put there.
    const own = printWithoutKind(await position(connection));
    await connection.query(sql`set global gtid_slave_pos = ${value(own)}`);
    await connection.query(sql`change master to master_host = ${value(host)}, master_port = ${value(port)},
      master_user = ${value(user.username)}, master_password = ${value(user.password)}, master_use_gtid = slave_pos,
      master_connect_retry = ${value(connectRetrySeconds)}${heartbeat}`);
  },
  forgetSource: sql`reset slave all`,
  resetTo: async (connection, to) => {
    await connection.query(sql`reset master`);
    const gtids = to === undefined ? "" : printWithoutKind(to);
    await connection.query(sql`set global gtid_slave_pos = ${value(gtids)}`);
  },

  waitForPosition: async (connection, wanted, seconds) => {
    // The server's wait looks at replicated transactions only; its own are there beside them.
    if (containsPosition(await visiblePosition(connection), wanted)) return true;
    const gtids = value(printWithoutKind(wanted));
    const answer = await connection.query(sql`select master_gtid_wait(${gtids}, ${value(seconds)})`);
    return answer.scalar === "0";
  },
  semiSync,
  setSemiSync,
};

/** Its own writes are in gtid_binlog_pos; a replica that was restored has only gtid_slave_pos. */
async function position(connection: Connection): Promise<Position> {
  const { rows } = await connection.query(sql`select @@global.gtid_binlog_pos, @@global.gtid_slave_pos`);
  const [own, replicated] = rows[0] ?? [];
  return { kind: "MariaDB", gtids: uniteMariadb(parseMariadbGtids(own ?? ""), parseMariadbGtids(replicated ?? "")) };
}

/**
 * What readers see. A replica's binlog names a transaction a moment before its engine shows it, so what others wrote
 * counts only once it is in gtid_slave_pos.
 */
async function visiblePosition(connection: Connection): Promise<Position> {
  const { rows } = await connection.query(
    sql`select @@global.gtid_binlog_pos, @@global.gtid_slave_pos, @@global.server_id`,
  );
  const [written, replicated, server] = rows[0] ?? [];
  const own = parseMariadbGtids(written ?? "").filter((gtid) => gtid.server === Number(server));
  return { kind: "MariaDB", gtids: uniteMariadb(own, parseMariadbGtids(replicated ?? "")) };
}

async function primaryStatus(connection: Connection): Promise<PrimaryStatus> {
  const { objects } = await connection.query(sql`show master status`);
  const row = rowOf(objects[0] ?? {});
  return {
    position: printPosition(await position(connection)),
    filePosition: filePosition(row("File"), row("Position")),
    serverUuid: "",
  };
}

async function replicationStatus(connection: Connection): Promise<ReplicationStatus | undefined> {
  const { objects } = await connection.query(sql`show all slaves status`);
  const object = objects.find((candidate) => candidate["Connection_name"] === "");
  if (object === undefined) return undefined;
  const row = rowOf(object);
  const executed = await position(connection);
  const received: Position = { kind: "MariaDB", gtids: parseMariadbGtids(row("Gtid_IO_Pos")) };
  return {
    position: printPosition(executed),
    relayLogPosition: printPosition(unitePositions(executed, received)),
    ioState: threadState(row("Slave_IO_Running")),
    sqlState: threadState(row("Slave_SQL_Running")),
    lagSeconds: optionalNumber(row("Seconds_Behind_Master")),
    sourceHost: row("Master_Host"),
    sourcePort: Number(row("Master_Port")),
    sourceUser: row("Master_User"),
    sourceServerId: Number(row("Master_Server_Id")),
    sourceUuid: "",
    connectRetrySeconds: Number(row("Connect_Retry")),
    lastIoError: row("Last_IO_Error"),
    lastSqlError: row("Last_SQL_Error"),
    filePosition: filePosition(row("Relay_Master_Log_File"), row("Exec_Master_Log_Pos")),
    relayLogFilePosition: filePosition(row("Relay_Log_File"), row("Relay_Log_Pos")),
    relayLogSourceBinlogEquivalentPosition: filePosition(row("Master_Log_File"), row("Read_Master_Log_Pos")),
    sqlDelaySeconds: Number(row("SQL_Delay")),
    usingGtid: row("Using_Gtid") !== "No",
    autoPosition: row("Using_Gtid") !== "No",
    hasFilters: hasFilters(row),
    isTls: row("Master_SSL_Allowed") === "Yes",
  };
}

async function facts(connection: Connection): Promise<ServerFacts> {
  const names = ["server_id", "version", "version_comment", "binlog_format", "binlog_row_image", "log_bin"];
  const row = await readVariables(connection, [...names, "log_slave_updates", "read_only", "slave_net_timeout"]);
  const status = await readStatus(connection, ["slave_heartbeat_period"]);
  return {
    serverId: Number(row("server_id")),
    serverUuid: "",
    version: row("version"),
    versionComment: row("version_comment"),
    gtidMode: "",
    gtidPurged: "",
    binlogFormat: row("binlog_format"),
    binlogRowImage: row("binlog_row_image"),
    isLogBinOn: isOn(row("log_bin")),
    isLogReplicaUpdatesOn: isOn(row("log_slave_updates")),
    isReadOnly: row("read_only") !== "OFF",
    isSuperReadOnly: false,
    heartbeatSeconds: Number(status("slave_heartbeat_period")),
    netTimeoutSeconds: Number(row("slave_net_timeout")),
  };
}

// ---- the fence ----

/**
 * Turning read_only on waits for statements and table locks of others, so those are ended first; after it a write that
 * was begun cannot commit, but its connection would keep its row locks: it is ended too. A server that is read-only
 * already is left alone, and so are its readers.
 */
async function setReadOnly(connection: Connection, on: boolean, { keep }: FenceOptions): Promise<void> {
  if (!on) return setGlobal(connection, "read_only", 0);
  const row = await readVariables(connection, ["read_only"]);
  if (row("read_only") !== "OFF") return;
  await connection.query(sql`set session lock_wait_timeout = ${value(fenceLockWaitSeconds)}`);
  try {
    for (let tries = 1; ; tries++) {
      await endConnections(connection, keep);
      try {
        await setGlobal(connection, "read_only", 1);
        break;
      } catch (error) {
        const isLocked = error instanceof ServerError && error.errno === lockWaitTimeout;
        if (!isLocked || tries === fenceTriesMax) throw error;
      }
    }
    await endConnections(connection, keep);
  } finally {
    if (!connection.isClosed) await connection.query(sql`set session lock_wait_timeout = default`);
  }
}

const lockWaitTimeout = 1205;
const noSuchThread = 1094;

/**
 * Ends every connection but those of the administrator, of replicas, and of the server itself; and whoever waits for a
 * replica's acknowledgement, which the end of the connection interrupts. Those who wait come last: one waits for its
 * whole group commit, and were it ended first, the others of its group would tell their clients of commits that no
 * replica has.
 */
async function endConnections(connection: Connection, keep: FenceOptions["keep"]): Promise<void> {
  const { rows } = await connection.query(
    sql`select id from information_schema.processlist
      where (user not in ('system user', 'event_scheduler', 'unauthenticated user', ${value(keep.username)})
        or state like 'Waiting for semi-sync ACK%')
      and command not in ('Binlog Dump', 'Daemon') and id <> connection_id()
      order by state like 'Waiting for semi-sync ACK%'`,
  );
  for (const [id] of rows)
    try {
      await connection.query(sql`kill connection ${value(Number(id))}`);
    } catch (error) {
      if (!(error instanceof ServerError) || error.errno !== noSuchThread) throw error; // It went by itself.
    }
}

// ---- semi-sync ----

async function semiSync(connection: Connection): Promise<SemiSync> {
  const row = await readVariables(connection, [
    "rpl_semi_sync_master_enabled",
    "rpl_semi_sync_slave_enabled",
    "rpl_semi_sync_master_timeout",
  ]);
  const status = await readStatus(connection, [
    "rpl_semi_sync_master_status",
    "rpl_semi_sync_slave_status",
    "rpl_semi_sync_master_clients",
  ]);
  return {
    isPrimaryEnabled: isOn(row("rpl_semi_sync_master_enabled")),
    isReplicaEnabled: isOn(row("rpl_semi_sync_slave_enabled")),
    isPrimaryActive: isOn(status("rpl_semi_sync_master_status")),
    isReplicaActive: isOn(status("rpl_semi_sync_slave_status")),
    primaryClients: Number(status("rpl_semi_sync_master_clients")),
    timeoutMs: Number(row("rpl_semi_sync_master_timeout")),
    waitForReplicas: 1,
  };
}

/** The server's defaults lose acknowledged writes: it waits after the commit is visible, and only for 10 seconds. */
async function setSemiSync(connection: Connection, wish: SemiSyncWish): Promise<void> {
  if (wish.primary && (wish.waitForReplicas ?? 1) > 1)
    throw VtError.of("VT22013", "MariaDB waits for one replica only", "use a durability policy that asks for one");
  if (wish.primary) {
    await setGlobal(connection, "rpl_semi_sync_master_timeout", semiSyncTimeoutMs);
    await setGlobal(connection, "rpl_semi_sync_master_wait_point", "AFTER_SYNC");
    await setGlobal(connection, "rpl_semi_sync_master_wait_no_slave", 1);
    await setGlobal(connection, "sync_binlog", 1);
    await setGlobal(connection, "innodb_flush_log_at_trx_commit", 1);
  }
  await setGlobal(connection, "rpl_semi_sync_master_enabled", wish.primary ? 1 : 0);
  await setGlobal(connection, "rpl_semi_sync_slave_enabled", wish.replica ? 1 : 0);
}
