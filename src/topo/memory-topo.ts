/**
 * A topology store in this process's memory: for tests, and for a cluster inside one process. One `MemoryStore` is the
 * store; each `open` is one client's connection to it, as of a process of its own. Simulations cut clients off by what
 * `isReachable` answers: their calls fail with `unavailable`, and their watches hear nothing.
 */
import type { Clock } from "../base/clock.ts";
import { type ClaimRow, deletionsMax, type FileRow, type FileRows, type FileTable } from "./file-table.ts";
import { LocalTopo } from "./local-topo.ts";
import { type Topo, TopoError } from "./topo.ts";

export interface MemoryClient {
  readonly clock: Clock;
  readonly root?: string;
  readonly isReachable?: () => boolean;
  readonly electionLeaseMs?: number;
}

export class MemoryStore {
  readonly #rows = new MemoryRows();
  readonly #listeners = new Set<() => void>();

  open(client: MemoryClient): Topo {
    return new LocalTopo(this.#tableFor(client.isReachable ?? (() => true)), { root: "", ...client });
  }

  /** Wakes every watch: a simulation calls it when a client can reach the store again. */
  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  #tableFor(isReachable: () => boolean): FileTable {
    const mustReach = () => {
      if (!isReachable()) throw new TopoError("unavailable", "", "the topology store cannot be reached");
    };
    return {
      change: async (work) => {
        mustReach();
        const answer = work(this.#rows); // May throw only before it changes anything.
        this.wake();
        return answer;
      },
      view: async (work) => {
        mustReach();
        return work(this.#rows);
      },
      onChange: (listener) => {
        const own = () => {
          if (isReachable()) listener();
        };
        this.#listeners.add(own);
        return () => this.#listeners.delete(own);
      },
      close: async () => {},
    };
  }
}

class MemoryRows implements FileRows {
  readonly #files = new Map<string, FileRow>();
  readonly #claims = new Map<number, ClaimRow>();
  readonly #deletions: FileRow[] = [];
  #revision = 0;
  #forgotten = 0;

  revision = () => this.#revision;
  forgotten = () => this.#forgotten;
  nextRevision = () => ++this.#revision;
  file = (key: string) => this.#files.get(key);

  files(prefix: string, after: number): readonly FileRow[] {
    const found: FileRow[] = [];
    for (const row of this.#files.values()) if (row.version > after && row.key.startsWith(prefix)) found.push(row);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  claims(folder: string): readonly ClaimRow[] {
    return [...this.#claims.values()].filter((claim) => claim.folder === folder).sort((a, b) => a.term - b.term);
  }

  put(row: FileRow): void {
    this.#files.set(row.key, row);
    if (row.bytes !== undefined) return;
    this.#deletions.push(row);
    if (this.#deletions.length <= deletionsMax) return;
    for (const old of this.#deletions.splice(0, deletionsMax / 10)) {
      if (this.#files.get(old.key) === old) this.#files.delete(old.key);
      this.#forgotten = old.version;
    }
  }

  putClaim(row: ClaimRow): void {
    this.#claims.set(row.term, row);
  }

  dropClaim(term: number): void {
    this.#claims.delete(term);
  }
}
