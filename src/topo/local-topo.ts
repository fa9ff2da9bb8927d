/**
 * A Topo over a `FileTable`: what memory-topo and sqlite-topo have in common. Keys are "<root>/<path>".
 *
 * Locks are claims in the table; a lapsed claim counts as gone from the moment its lease ends by the wall clock, which
 * all users of the table share. Watches sleep until the table changes, then read what is newer than they saw.
 */
import { type Clock, sleep } from "../base/clock.ts";
import type { ClaimRow, FileRow, FileRows, FileTable } from "./file-table.ts";
import { type Claim, defaultLeaseMs, HeldLocks, type LeaseStore } from "./lease-lock.ts";
import { checkedFolder, checkedPath, checkedRoot, childNames } from "./path.ts";
import { type LockOptions, type Topo, type TopoChange, TopoError, type TopoFile, type TopoLock } from "./topo.ts";

export const fileSizeMax = 16 * 1024 * 1024;
const watchRetryMs = 1_000;

export interface LocalTopoOptions {
  readonly clock: Clock;
  readonly root: string;
  readonly electionLeaseMs?: number;
}

export class LocalTopo implements Topo {
  readonly #table: FileTable;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #electionLeaseMs: number;
  readonly #closed = new AbortController();
  readonly #locks: HeldLocks;

  constructor(table: FileTable, options: LocalTopoOptions) {
    this.#table = table;
    this.#clock = options.clock;
    this.#prefix = `${checkedRoot(options.root)}/`;
    this.#electionLeaseMs = options.electionLeaseMs ?? defaultLeaseMs;
    this.#locks = new HeldLocks(leaseStore(table, options.clock), options.clock, this.#prefix);
  }

  async list(folder: string): Promise<readonly string[]> {
    const below = checkedFolder(folder) === "" ? "" : `${folder}/`;
    const files = await this.readAll(below);
    if (files.length === 0) throw new TopoError("no_node", folder);
    return childNames(files.map((file) => file.path.slice(below.length)));
  }

  async readAll(prefix: string): Promise<readonly TopoFile[]> {
    this.#mustBeOpen(prefix);
    const rows = await this.#table.view((table) => table.files(this.#prefix + prefix, 0));
    return rows.flatMap((row) => this.#fileOf(row) ?? []);
  }

  async read(path: string): Promise<TopoFile | undefined> {
    const key = this.#key(path);
    const row = await this.#table.view((table) => table.file(key));
    return row === undefined ? undefined : this.#fileOf(row);
  }

  async write(path: string, bytes: Uint8Array, expected: number | undefined, lock?: TopoLock): Promise<number> {
    const key = this.#key(path);
    if (bytes.length > fileSizeMax) throw new TopoError("resource_exhausted", path, `more than ${fileSizeMax} bytes`);
    return this.#table.change((table) => {
      this.#mustHold(table, lock);
      const found = table.file(key);
      if (expected !== undefined) mustMatch(path, expected, found?.bytes === undefined ? 0 : found.version);
      const version = table.nextRevision();
      table.put({ key, bytes: Buffer.from(bytes), version });
      return version;
    });
  }

  async delete(path: string, expected: number | undefined, lock?: TopoLock): Promise<void> {
    const key = this.#key(path);
    await this.#table.change((table) => {
      this.#mustHold(table, lock);
      const found = table.file(key);
      if (found?.bytes === undefined) throw new TopoError("no_node", path);
      if (expected !== undefined) mustMatch(path, expected, found.version);
      table.put({ key, bytes: undefined, version: table.nextRevision() });
    });
  }

  async *watch(path: string, signal: AbortSignal): AsyncIterable<TopoChange> {
    const key = this.#key(path);
    let last: FileRow | undefined;
    let isFirst = true;
    yield* this.#follow(signal, async () => {
      const row = await this.#table.view((table) => table.file(key));
      const isNews = row?.bytes === undefined ? last?.bytes !== undefined : row.version !== last?.version;
      last = row;
      if (!isNews && !isFirst) return [];
      isFirst = false;
      return [{ path, bytes: row?.bytes, version: row?.version ?? 0 }];
    });
  }

  async *watchAll(folder: string, signal: AbortSignal): AsyncIterable<TopoChange> {
    const prefix = checkedFolder(folder) === "" ? this.#prefix : `${this.#key(folder)}/`;
    const known = new Set<string>();
    let seen = 0;
    yield* this.#follow(signal, async () => {
      const { rows, revision, isWhole } = await this.#table.view((table) => {
        const isWhole = table.forgotten() > seen; // Deletions were forgotten that we have not seen: compare everything.
        return { rows: table.files(prefix, isWhole ? 0 : seen), revision: table.revision(), isWhole };
      });
      const changes: TopoChange[] = [];
      const gone = isWhole ? new Set(known) : new Set<string>();
      for (const row of rows) {
        gone.delete(row.key);
        if (row.version <= seen) continue;
        if (row.bytes !== undefined) known.add(row.key);
        else if (!known.delete(row.key)) continue; // Came and went while nobody looked.
        changes.push({ path: row.key.slice(this.#prefix.length), bytes: row.bytes, version: row.version });
      }
      for (const key of gone) {
        known.delete(key);
        changes.push({ path: key.slice(this.#prefix.length), bytes: undefined, version: revision });
      }
      seen = revision;
      return changes.sort((a, b) => a.version - b.version);
    });
  }

  async lock(folder: string, contents: string, options: LockOptions): Promise<TopoLock> {
    return this.#take(folder, contents, options, "wait");
  }

  async tryLock(folder: string, contents: string, options: LockOptions): Promise<TopoLock> {
    return this.#take(folder, contents, options, "try");
  }

  async elect(name: string, id: string, signal: AbortSignal): Promise<TopoLock> {
    const options = { timeoutMs: Number.POSITIVE_INFINITY, ttlMs: this.#electionLeaseMs, signal };
    return this.#take(`elections/${name}`, id, options, "wait");
  }

  async leader(name: string): Promise<string | undefined> {
    this.#mustBeOpen(checkedPath(name));
    return this.#locks.leader(name);
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new TopoError("interrupted", "", "the topology connection was closed"));
    await this.#locks.close();
    await this.#table.close();
  }

  async #take(folder: string, contents: string, options: LockOptions, mode: "wait" | "try"): Promise<TopoLock> {
    this.#mustBeOpen(checkedPath(folder));
    const signal = AbortSignal.any([this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    return this.#locks.take(folder, contents, { ...options, signal }, mode);
  }

  /** Yields what `read` finds, again after each change of the table, until the signal aborts. */
  async *#follow(signal: AbortSignal, read: () => Promise<readonly TopoChange[]>): AsyncIterable<TopoChange> {
    const bell = new Bell();
    const silence = this.#table.onChange(() => bell.ring());
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    const wake = () => bell.ring();
    stop.addEventListener("abort", wake, { once: true });
    try {
      while (!stop.aborted) {
        const changes = await read().catch((error: unknown) => {
          if (stop.aborted || !isAway(error)) throw error;
          return undefined;
        });
        if (changes !== undefined) yield* changes;
        else await sleep(this.#clock, watchRetryMs, stop).catch(() => undefined); // The loop looks at `stop`.
        if (changes !== undefined && !stop.aborted) await bell.heard();
      }
      if (!signal.aborted) this.#closed.signal.throwIfAborted();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      silence();
      stop.removeEventListener("abort", wake);
    }
  }

  #key(path: string): string {
    this.#mustBeOpen(path);
    return this.#prefix + checkedPath(path);
  }

  #mustBeOpen(path: string): void {
    if (this.#closed.signal.aborted) throw new TopoError("interrupted", path, "the topology connection was closed");
  }

  #fileOf(row: FileRow): TopoFile | undefined {
    if (row.bytes === undefined) return undefined;
    return { path: row.key.slice(this.#prefix.length), bytes: row.bytes, version: row.version };
  }

  #mustHold(table: FileRows, lock: TopoLock | undefined): void {
    if (lock === undefined) return;
    const first = inForce(table.claims(this.#prefix + lock.folder), this.#clock.nowMs())[0];
    if (lock.lost.aborted || first?.term !== lock.term) throw new TopoError("lock_lost", lock.folder);
  }
}

export function mustMatch(path: string, expected: number, found: number): void {
  if (expected === found) return;
  if (expected === 0) throw new TopoError("node_exists", path);
  if (found === 0) throw new TopoError("no_node", path);
  throw new TopoError("bad_version", path, `expected ${expected}, found ${found}`);
}

export function isAway(error: unknown): boolean {
  return error instanceof TopoError && (error.kind === "unavailable" || error.kind === "timeout");
}

function inForce(claims: readonly ClaimRow[], nowMs: number): readonly ClaimRow[] {
  return claims.filter((claim) => claim.expiresMs > nowMs);
}

function leaseStore(table: FileTable, clock: Clock): LeaseStore {
  const toClaim = (row: ClaimRow, ttlMs: number): Claim => ({ ...row, id: String(row.term), ttlMs });
  return {
    claim: (folder, contents, ttlMs) =>
      table.change((rows) => {
        for (const old of rows.claims(folder)) if (old.expiresMs <= clock.nowMs()) rows.dropClaim(old.term);
        const row = { term: rows.nextRevision(), folder, contents, expiresMs: clock.nowMs() + ttlMs };
        rows.putClaim(row);
        return toClaim(row, ttlMs);
      }),
    claims: async (folder) => {
      const nowMs = clock.nowMs();
      const rows = await table.view((view) => view.claims(folder));
      return inForce(rows, nowMs).map((row) => toClaim(row, row.expiresMs - nowMs));
    },
    renew: (claim) =>
      table.change((rows) => {
        const row = inForce(rows.claims(claim.folder), clock.nowMs()).find(({ term }) => term === claim.term);
        if (row !== undefined) rows.putClaim({ ...row, expiresMs: clock.nowMs() + claim.ttlMs });
        return row !== undefined;
      }),
    release: (claim) => table.change((rows) => rows.dropClaim(claim.term)),
    vanished: async (claim, signal) => {
      const bell = new Bell();
      const silence = table.onChange(() => bell.ring());
      const wake = () => bell.ring();
      signal.addEventListener("abort", wake, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const rows = inForce(await table.view((view) => view.claims(claim.folder)), clock.nowMs());
          const row = rows.find(({ term }) => term === claim.term);
          if (row === undefined) return;
          const timer = clock.after(row.expiresMs - clock.nowMs() + 1, wake);
          await bell.heard();
          timer.cancel();
        }
      } finally {
        silence();
        signal.removeEventListener("abort", wake);
      }
    },
  };
}

/** Remembers one ring until somebody listens. */
class Bell {
  #rang = false;
  #listener: (() => void) | undefined;

  ring(): void {
    this.#rang = true;
    this.#listener?.();
  }

  async heard(): Promise<void> {
    if (!this.#rang) await new Promise<void>((resolve) => (this.#listener = resolve));
    this.#listener = undefined;
    this.#rang = false;
  }
}
