/**
 * A running database server, seen by its administrator: positions, replication, the read-only fence, semi-sync. It works
 * for any server that lets the administrator in, also one that we neither configured nor started.
 *
 * Positions in and out are encoded with their kind (`binlog/gtid.ts`). Errors are the server's own (ServerError: 2003
 * when nobody is there), or VT22011 when a wait ends, VT22012 when no connection is free.
 */
import { sleep } from "../base/clock.ts";
import { VtError } from "../base/errors.ts";
import { parsePosition, type Position, printPosition } from "../binlog/gtid.ts";
import {
  type ClientEnvironment,
  connect,
  type Connection,
  type ConnectOptions,
  type Flavour,
} from "../mysql/client.ts";
import { sql, type Sql } from "../mysql/sql.ts";
import { DbaPool } from "./dba-pool.ts";
import type { FlavourSql } from "./flavour-sql.ts";
import { mariadbSql } from "./flavours/mariadb.ts";
import { mysqlSql } from "./flavours/mysql.ts";
import type {
  DatabaseUser,
  PrimaryStatus,
  ReplicationSource,
  ReplicationStatus,
  SemiSync,
  SemiSyncWish,
  ServerFacts,
} from "./replication-types.ts";

export interface DatabaseServerOptions extends ClientEnvironment {
  /** How the administrator (vt_dba) logs in. */
  readonly dba: ConnectOptions;
  /** Whom replicas log in as (vt_repl). */
  readonly replicationUser: DatabaseUser;
  /** Where it is known; otherwise a first connection finds out, and the server must be up. */
  readonly flavour?: Flavour;
}

export interface DatabaseServer {
  readonly flavour: Flavour;
  readonly version: () => Promise<string>;
  /** Runs `work` on an administrative connection of a bounded pool. */
  readonly withDba: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
  readonly ping: () => Promise<void>;
  readonly facts: () => Promise<ServerFacts>;

  readonly primaryPosition: () => Promise<string>;
  readonly primaryStatus: () => Promise<PrimaryStatus>;
  /** Undefined where the server follows nobody. */
  readonly replicationStatus: () => Promise<ReplicationStatus | undefined>;
  /** Waits until the server has executed `position`. */
  readonly waitForPosition: (position: string, timeoutMs: number, signal?: AbortSignal) => Promise<void>;

  readonly isReadOnly: () => Promise<boolean>;
  /**
   * On is the full fence: nobody but the administrator writes any more, and what was begun cannot commit. On MySQL it is
   * super_read_only; on MariaDB read_only, and connections of other users are ended.
   */
  readonly setReadOnly: (on: boolean) => Promise<void>;

  /** Follows another server from the position that this one is at; what was running is stopped first. */
  readonly setReplicationSource: (source: ReplicationSource) => Promise<void>;
  readonly startReplication: () => Promise<void>;
  readonly stopReplication: () => Promise<void>;
  readonly stopIoThread: () => Promise<void>;
  /** Starts both threads; executing stops by itself at `position`. */
  readonly startReplicationUntilAfter: (position: string) => Promise<void>;
  /** Stops, and forgets the source. */
  readonly resetReplicationParameters: () => Promise<void>;
  /** Stops, forgets the source, all binary logs and all that was executed; semi-sync goes off. */
  readonly resetReplication: () => Promise<void>;
  /** As `resetReplication`, and then says that `position` was executed: for a server whose rows came from elsewhere. */
  readonly setPosition: (position: string) => Promise<void>;
  /** Hosts of the replicas that are connected. */
  readonly replicas: () => Promise<readonly string[]>;

  readonly semiSync: () => Promise<SemiSync>;
  /** Takes effect at once: a running replica reconnects when its side changed. */
  readonly setSemiSync: (wish: SemiSyncWish) => Promise<void>;

  readonly close: () => Promise<void>;
}

const flavours: Readonly<Record<Flavour, FlavourSql>> = { mariadb: mariadbSql, mysql: mysqlSql };
const waitSliceMaxMs = 1000;

export async function openDatabaseServer(options: DatabaseServerOptions): Promise<DatabaseServer> {
  const pool = new DbaPool(options, options.dba);
  try {
    const flavour = options.flavour ?? (await pool.use(async (connection) => connection.flavour));
    return databaseServer(options, pool, flavours[flavour]);
  } catch (error) {
    pool.close();
    throw error;
  }
}

function databaseServer(options: DatabaseServerOptions, pool: DbaPool, flavour: FlavourSql): DatabaseServer {
  const use = <T>(work: (connection: Connection) => Promise<T>) => pool.use(work);
  const run = (statement: Sql) => use(async (connection) => void (await connection.query(statement)));
  const reset = async (connection: Connection, position: Position | undefined) => {
    await connection.query(flavour.stopReplication);
    await connection.query(flavour.forgetSource);
    await flavour.setSemiSync(connection, { primary: false, replica: false });
    await flavour.resetTo(connection, position);
  };
  const { dba, replicationUser } = options;
  return {
    flavour: flavour.name,
    version: () => use(async (connection) => (await connection.query(sql`select version()`)).scalar ?? ""),
    withDba: use,
    ping: () => use((connection) => connection.ping()),
    facts: () => use(flavour.facts),

    primaryPosition: () => use(async (connection) => printPosition(await flavour.position(connection))),
    primaryStatus: () => use(flavour.primaryStatus),
    replicationStatus: () => use(flavour.replicationStatus),
    waitForPosition: (position, timeoutMs, signal) =>
      waitForPosition(options, flavour, { position, timeoutMs, signal }),

    isReadOnly: () => use(async (connection) => (await flavour.facts(connection)).isReadOnly),
    setReadOnly: (on) => use((connection) => flavour.setReadOnly(connection, on, { keep: userOf(dba), another: use })),

    setReplicationSource: (source) =>
      use(async (connection) => {
        await connection.query(flavour.stopReplication);
        await flavour.changeSource(connection, source, replicationUser);
        if (source.start) await connection.query(flavour.startReplication);
      }),
    startReplication: () => run(flavour.startReplication),
    stopReplication: () => run(flavour.stopReplication),
    stopIoThread: () => run(flavour.stopIoThread),
    startReplicationUntilAfter: (position) => run(flavour.startUntilAfter(parsePosition(position))),
    resetReplicationParameters: () =>
      use(async (connection) => {
        await connection.query(flavour.stopReplication);
        await connection.query(flavour.forgetSource);
      }),
    resetReplication: () => use((connection) => reset(connection, undefined)),
    setPosition: (position) => use((connection) => reset(connection, parsePosition(position))),
    replicas: () => use(replicaHosts),

    semiSync: () => use(flavour.semiSync),
    setSemiSync: (wish) => use((connection) => setSemiSync(flavour, connection, wish)),
    close: async () => pool.close(),
  };
}

function userOf({ username, password }: ConnectOptions): DatabaseUser {
  return { username, password: password ?? "" };
}

/** A replica tells its source at connecting whether it will acknowledge, so a change asks for a new connection. */
async function setSemiSync(flavour: FlavourSql, connection: Connection, wish: SemiSyncWish): Promise<void> {
  const before = await flavour.semiSync(connection);
  await flavour.setSemiSync(connection, wish);
  if (before.isReplicaEnabled === wish.replica) return;
  const status = await flavour.replicationStatus(connection);
  if (status === undefined || status.ioState === "stopped") return;
  await connection.query(flavour.stopIoThread);
  await connection.query(flavour.startIoThread);
}

/** Whoever reads our binary log, by address without port. */
async function replicaHosts(connection: Connection): Promise<readonly string[]> {
  const { objects } = await connection.query(sql`show processlist`);
  return objects
    .filter(({ Command }) => Command?.startsWith("Binlog Dump") === true)
    .map(({ Host }) => (Host ?? "").replace(/:\d+$/, ""));
}

interface Wait {
  readonly position: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** On a connection of its own, in short waits on the server, so that stopping is quick and no pool slot is held. */
async function waitForPosition(options: DatabaseServerOptions, flavour: FlavourSql, wait: Wait): Promise<void> {
  const { position: text, timeoutMs, signal } = wait;
  const position = parsePosition(text);
  const endMs = options.clock.monotonicMs() + timeoutMs;
  const connection = await connect(options, options.dba);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const leftMs = Math.max(endMs - options.clock.monotonicMs(), 0);
      const sliceMs = Math.max(Math.min(waitSliceMaxMs, leftMs), 1); // To the servers 0 means for ever.
      const startMs = options.clock.monotonicMs();
      if (await flavour.waitForPosition(connection, position, sliceMs / 1000)) return;
      if (options.clock.monotonicMs() >= endMs) throw VtError.of("VT22011", text, timeoutMs);
      // A server that answers at once instead of waiting (it follows nobody) must not be asked without pause.
      if (options.clock.monotonicMs() - startMs < sliceMs / 2) await sleep(options.clock, sliceMs, signal);
    }
  } finally {
    connection.close();
  }
}
