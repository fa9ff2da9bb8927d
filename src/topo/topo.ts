/**
 * Topo keeps the cluster's small facts: files with versions in folders, as Vitess lays them out (inventory 2.001–2.032).
 * Paths are relative to the store's root: "keyspaces/user/shards/-80/Shard". Versions come from one revision of the
 * whole store, so that delete and re-create never repeats one. The contract is `topo-contract.ts`, run on every store.
 *
 * Folders are there while they hold a file. Locks are no files: list, readAll and the watches do not show them.
 * Errors: TopoError with one of `topoErrorKinds`. Every call ends within the store's operation timeout (a lock within
 * its own). A write that fails with `unavailable` or `timeout` may still have been stored: read before trying again.
 */

export interface TopoFile {
  readonly path: string;
  readonly bytes: Buffer;
  /** Opaque, comparable for equality; > 0 in order of writing. */
  readonly version: number;
}

/** One event of a watch: the file's new state, or its deletion (bytes undefined). */
export interface TopoChange {
  readonly path: string;
  readonly bytes: Buffer | undefined;
  readonly version: number;
}

export interface Topo {
  /** The names directly below a folder, sorted; folders end in "/". Throws no_node where there is nothing. */
  list(folder: string): Promise<readonly string[]>;
  /** Every file whose path begins with `prefix`, sorted by path. */
  readAll(prefix: string): Promise<readonly TopoFile[]>;
  /** The file, or undefined. */
  read(path: string): Promise<TopoFile | undefined>;
  /** Stores `bytes` and answers the new version. expected: 0 = must be absent, undefined = whatever is there. */
  write(path: string, bytes: Uint8Array, expected: number | undefined, lock?: TopoLock): Promise<number>;
  /** Throws no_node where there is no file, bad_version where `expected` is not its version. */
  delete(path: string, expected: number | undefined, lock?: TopoLock): Promise<void>;
  /**
   * Changes of one file, beginning with its present state (bytes undefined where there is none). Intermediate states
   * may be skipped, the last one never. A watch outlives the loss of the store: it goes on when the store is back, and
   * tells then what changed meanwhile, deletions too. It ends when `signal` aborts, and throws `interrupted` when the
   * topo is closed.
   */
  watch(path: string, signal: AbortSignal): AsyncIterable<TopoChange>;
  /** Changes of all files below a folder ("" is the root), beginning with their present state; else as `watch`. */
  watchAll(folder: string, signal: AbortSignal): AsyncIterable<TopoChange>;
  /**
   * Waits up to `timeoutMs` for the lock on a folder ("keyspaces/user/shards/-80"), which need not exist; throws
   * timeout, or interrupted when the signal aborts. `contents` tells people who and why.
   */
  lock(folder: string, contents: string, options: LockOptions): Promise<TopoLock>;
  /** As lock, but throws node_exists at once when somebody holds it. */
  tryLock(folder: string, contents: string, options: LockOptions): Promise<TopoLock>;
  /** Waits to become leader of `name`; `lost` of the answer aborts when leadership ends, `unlock` ends it. */
  elect(name: string, id: string, signal: AbortSignal): Promise<TopoLock>;
  /** The id of the present leader of `name`. */
  leader(name: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface LockOptions {
  /** How long to wait for other holders; Infinity is allowed. */
  readonly timeoutMs: number;
  /** The lease: the lock is lost when its holder is silent for so long. */
  readonly ttlMs: number;
  readonly signal?: AbortSignal;
}

export interface TopoLock {
  readonly folder: string;
  /** What the store knows this holder by. */
  readonly id: string;
  /** Fencing: grows with every holder of this lock. */
  readonly term: number;
  /** Aborts when the lease is lost. Writes that name the lock are refused by the store itself then. */
  readonly lost: AbortSignal;
  /** Asks the store, and renews the lease; throws lock_lost when the lock is no longer held. */
  check(): Promise<void>;
  /** Gives the lock up; nothing happens when it is lost already. When this fails, the lease ends by itself. */
  unlock(): Promise<void>;
}

export const topoErrorKinds = [
  "node_exists",
  "no_node",
  "node_not_empty",
  "timeout",
  "interrupted",
  "bad_version",
  "partial_result",
  "no_update_needed",
  "no_implementation",
  "resource_exhausted",
  "unavailable",
  "permission_denied",
  "lock_lost",
  "bad_path",
  "bad_record",
] as const;
export type TopoErrorKind = (typeof topoErrorKinds)[number];

export class TopoError extends Error {
  override readonly name = "TopoError";
  readonly kind: TopoErrorKind;
  readonly path: string;
  constructor(kind: TopoErrorKind, path: string, detail = "", cause?: unknown) {
    super(`${kind.replaceAll("_", " ")}: ${path}${detail === "" ? "" : ` (${detail})`}`, { cause });
    this.kind = kind;
    this.path = path;
  }
}
