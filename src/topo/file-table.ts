/**
 * What a store on this machine must offer so that `local-topo.ts` can make a Topo of it: a table of files, a table of
 * lock claims and one revision, read and changed in transactions. `memory-topo.ts` and `sqlite-topo.ts` implement it.
 *
 * A deleted file stays as a row without bytes, so that a watch which slept learns of the deletion. Such rows are
 * forgotten, oldest first, beyond `deletionsMax`; `forgotten` then tells watches up to where they are.
 */

export interface FileTable {
  /** Runs `work` alone: no change of anybody comes between its reads and its writes. Throws unavailable, timeout. */
  change<T>(work: (rows: FileRows) => T): Promise<T>;
  /** Runs `work` on one snapshot. */
  view<T>(work: (rows: FileRowsRead) => T): Promise<T>;
  /** Calls `listener` after changes, by whomever; also without one now and then. Answers how to stop that. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface FileRowsRead {
  /** The version of the newest change. */
  revision(): number;
  /** Deletions up to this version may be forgotten. */
  forgotten(): number;
  file(key: string): FileRow | undefined;
  /** Rows whose key begins with `prefix` and whose version is greater than `after`, sorted by key. */
  files(prefix: string, after: number): readonly FileRow[];
  /** The claims on a folder, oldest first, lapsed ones too. */
  claims(folder: string): readonly ClaimRow[];
}

export interface FileRows extends FileRowsRead {
  /** A new revision, greater than all before. */
  nextRevision(): number;
  put(row: FileRow): void;
  putClaim(row: ClaimRow): void;
  dropClaim(term: number): void;
}

export interface FileRow {
  readonly key: string;
  /** undefined: deleted. */
  readonly bytes: Buffer | undefined;
  readonly version: number;
}

/** Somebody holds the lock on a folder, or waits for it. */
export interface ClaimRow {
  readonly term: number;
  readonly folder: string;
  readonly contents: string;
  /** By the wall clock. */
  readonly expiresMs: number;
}

export const deletionsMax = 10_000;
