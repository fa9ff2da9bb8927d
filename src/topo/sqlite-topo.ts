/**
 * A topology store in one SQLite file (WAL), shared by the processes of one machine; never on a network file system.
 *
 * node:sqlite is synchronous and is told not to wait for locks, so a busy file is tried again from a timer until the
 * operation timeout. Other processes learn of a change from "<file>-notice", written after the commit (a watch on the
 * WAL itself fires too early); should a notice be lost, a look at `data_version` each second finds the change.
 * The file is marked with an application id: another program's database, or a damaged one, is refused by `bad_record`.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Clock, sleep } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import { type ClaimRow, deletionsMax, type FileRow, type FileRows, type FileTable } from "./file-table.ts";
import { LocalTopo } from "./local-topo.ts";
import { type Topo, TopoError } from "./topo.ts";

export interface SqliteTopoOptions {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly filename: string;
  readonly root: string;
  readonly operationTimeoutMs?: number;
  readonly electionLeaseMs?: number;
}

const operationTimeoutMsDefault = 15_000;
const pollMs = 1_000;
const busyWaitMsMax = 20;
const applicationId = 0x76_74_74_73; // "vtts"
const formatVersion = 1;

/** Opens the store, making the file where there is none. */
export async function openSqliteTopo(options: SqliteTopoOptions): Promise<Topo> {
  return new LocalTopo(await SqliteTable.open(options), options);
}

class SqliteTable implements FileTable {
  readonly #db: DatabaseSync;
  readonly #rows: SqliteRows;
  readonly #options: SqliteTopoOptions;
  readonly #listeners = new Set<() => void>();
  readonly #dataVersion: StatementSync;
  readonly #stopListening: () => void;
  /** The side file, whose change tells other processes. */
  readonly #notice: number;
  #seenVersion: unknown;
  #noticeByte = 0;
  #isClosed = false;

  private constructor(db: DatabaseSync, options: SqliteTopoOptions) {
    this.#db = db;
    this.#options = options;
    this.#rows = new SqliteRows(db);
    this.#dataVersion = db.prepare("pragma data_version");
    this.#seenVersion = this.#readDataVersion();
    const { disk, filename } = options;
    this.#notice = disk.openSync(`${filename}-notice`, disk.constants.O_RDWR | disk.constants.O_CREAT);
    this.#stopListening = this.#listen();
  }

  static async open(options: SqliteTopoOptions): Promise<SqliteTable> {
    const { filename } = options;
    try {
      const db = new DatabaseSync(filename, { timeout: 0 });
      try {
        await retryBusy(options, () => prepareFile(db, filename));
        return new SqliteTable(db, options);
      } catch (error) {
        db.close();
        throw error;
      }
    } catch (error) {
      throw asTopoError(error, filename);
    }
  }

  async change<T>(work: (rows: FileRows) => T): Promise<T> {
    const answer = await this.#transact("begin immediate", work);
    this.#notify();
    return answer;
  }

  view<T>(work: (rows: FileRows) => T): Promise<T> {
    return this.#transact("begin", work);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    this.#db.close();
  }

  async #transact<T>(begin: string, work: (rows: FileRows) => T): Promise<T> {
    try {
      return await retryBusy(this.#options, () => {
        if (this.#isClosed) throw new TopoError("interrupted", this.#options.filename, "the store was closed");
        this.#db.exec(begin);
        try {
          const answer = work(this.#rows);
          this.#db.exec("commit");
          return answer;
        } catch (error) {
          if (this.#db.isTransaction) this.#db.exec("rollback");
          throw error;
        }
      });
    } catch (error) {
      throw asTopoError(error, this.#options.filename);
    }
  }

  #listen(): () => void {
    const { disk, filename, clock } = this.#options;
    const watcher = disk.watch(`${filename}-notice`, { persistent: false }, () => this.#look());
    watcher.on("error", () => watcher.close()); // The look each second goes on.
    const timer = clock.every(pollMs, () => this.#look());
    return () => {
      watcher.close();
      timer.cancel();
      disk.closeSync(this.#notice);
    };
  }

  /** Rings when another connection changed the file. */
  #look(): void {
    if (this.#isClosed) return;
    const version = this.#readDataVersion();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#ring();
  }

  /** A new value when the file cannot be read: those who then look at the files meet the error themselves. */
  #readDataVersion(): unknown {
    try {
      return this.#dataVersion.get()?.["data_version"];
    } catch {
      return {};
    }
  }

  #notify(): void {
    this.#noticeByte ^= 1;
    this.#options.disk.writeSync(this.#notice, this.#noticeByte === 0 ? "0" : "1", 0);
    this.#ring();
  }

  #ring(): void {
    for (const listener of this.#listeners) listener();
  }
}

class SqliteRows implements FileRows {
  readonly #statements: Record<keyof typeof sql, StatementSync>;

  constructor(db: DatabaseSync) {
    this.#statements = Object.fromEntries(
      Object.entries(sql).map(([name, text]) => [name, db.prepare(text)]),
    ) as Record<keyof typeof sql, StatementSync>;
  }

  revision(): number {
    return this.#counter("revision");
  }
  forgotten(): number {
    return this.#counter("forgotten");
  }
  nextRevision(): number {
    const next = this.revision() + 1;
    this.#statements.setCounter.run(next, "revision");
    return next;
  }
  file(key: string): FileRow | undefined {
    const row = this.#statements.file.get(key);
    return row === undefined ? undefined : fileRow(row);
  }
  files(prefix: string, after: number): readonly FileRow[] {
    return this.#statements.files.all(prefix, `${prefix}\u{10ffff}`, after).map(fileRow);
  }
  claims(folder: string): readonly ClaimRow[] {
    return this.#statements.claims.all(folder) as unknown as readonly ClaimRow[];
  }
  put(row: FileRow): void {
    this.#statements.put.run(row.key, row.bytes ?? null, row.version);
    if (row.bytes === undefined) this.#forget();
  }
  putClaim(row: ClaimRow): void {
    this.#statements.putClaim.run(row.term, row.folder, row.contents, row.expiresMs);
  }
  dropClaim(term: number): void {
    this.#statements.dropClaim.run(term);
  }

  #forget(): void {
    if (Number(this.#statements.deletions.get()?.["n"]) <= deletionsMax) return;
    const upTo = Number(this.#statements.oldDeletion.get(deletionsMax / 10)?.["version"]);
    this.#statements.forget.run(upTo);
    this.#statements.setCounter.run(upTo, "forgotten");
  }

  #counter(name: string): number {
    return Number(this.#statements.counter.get(name)?.["value"] ?? 0);
  }
}

const sql = {
  counter: "select value from counter where name = ?",
  setCounter: "update counter set value = ? where name = ?",
  file: "select key, bytes, version from file where key = ?",
  files: "select key, bytes, version from file where key >= ? and key < ? and version > ? order by key",
  put: `insert into file (key, bytes, version) values (?, ?, ?)
    on conflict (key) do update set bytes = excluded.bytes, version = excluded.version`,
  deletions: "select count(*) as n from file where bytes is null",
  oldDeletion: "select version from file where bytes is null order by version limit 1 offset ?",
  forget: "delete from file where bytes is null and version <= ?",
  claims: "select term, folder, contents, expires_ms as expiresMs from claim where folder = ? order by term",
  putClaim: "insert or replace into claim (term, folder, contents, expires_ms) values (?, ?, ?, ?)",
  dropClaim: "delete from claim where term = ?",
};

const tables = `
  create table counter (name text primary key, value integer not null) without rowid;
  insert into counter values ('revision', 0), ('forgotten', 0);
  create table file (key text primary key, bytes blob, version integer not null) without rowid;
  create index deletion on file (version) where bytes is null;
  create table claim (term integer primary key, folder text not null, contents text not null, expires_ms integer not null);
  pragma application_id = ${applicationId};
  pragma user_version = ${formatVersion};
`;

/** Makes the tables in an empty file; refuses a file that is not ours. */
function prepareFile(db: DatabaseSync, filename: string): void {
  const number = (pragma: string) => Number(Object.values(db.prepare(`pragma ${pragma}`).get() ?? {})[0]);
  if (number("application_id") !== applicationId) {
    const tableCount = Number(db.prepare("select count(*) as n from sqlite_schema").get()?.["n"]);
    if (tableCount > 0) throw new TopoError("bad_record", filename, "the database of another program");
    db.exec("pragma journal_mode = wal");
    db.exec("begin immediate");
    try {
      if (number("application_id") !== applicationId) db.exec(tables); // Else another process was faster.
      db.exec("commit");
    } finally {
      if (db.isTransaction) db.exec("rollback");
    }
  }
  const format = number("user_version");
  if (format !== formatVersion)
    throw new TopoError("bad_record", filename, `format ${format}, expected ${formatVersion}`);
  db.exec("pragma synchronous = full");
}

function fileRow(row: Record<string, unknown>): FileRow {
  const bytes = row["bytes"] as Uint8Array | null;
  return {
    key: row["key"] as string,
    bytes: bytes === null ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    version: row["version"] as number,
  };
}

async function retryBusy<T>(options: SqliteTopoOptions, work: () => T): Promise<T> {
  const { clock, filename, operationTimeoutMs = operationTimeoutMsDefault } = options;
  const startMs = clock.monotonicMs();
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, busyWaitMsMax)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (clock.monotonicMs() - startMs > operationTimeoutMs)
        throw new TopoError("timeout", filename, `the file was busy for ${operationTimeoutMs} ms`, error);
      await sleep(clock, waitMs);
    }
  }
}

/** The primary result code of SQLite's error, or undefined when it is none. */
function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as Error & { errcode?: unknown }).errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}

const busyCodes: readonly (number | undefined)[] = [5, 6]; // SQLITE_BUSY, SQLITE_LOCKED
const damagedCodes: readonly (number | undefined)[] = [11, 26]; // SQLITE_CORRUPT, SQLITE_NOTADB

function isBusy(error: unknown): boolean {
  return busyCodes.includes(resultCode(error));
}

function asTopoError(error: unknown, filename: string): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  if (damagedCodes.includes(code))
    return new TopoError("bad_record", filename, `no topology store: ${errorText(error)}`, error);
  if (code === 13) return new TopoError("resource_exhausted", filename, "the disk is full", error); // SQLITE_FULL
  return new TopoError("unavailable", filename, errorText(error), error);
}
