/**
 * Tells a health check which tablets a cell has: follows the cell's tablet records by a watch, and reads all of them
 * again each `refreshMs`, should the watch ever stand still. A record that cannot be read leaves what was known of its
 * tablet in force; so does a store that is away.
 */
import { type Clock, sleep } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import { type Tablet, TabletSchema } from "../proto/generated/topodata_pb.js";
import { aliasOf } from "../topo/cluster-records.ts";
import type { CellName, TabletAlias } from "../topo/names.ts";
import { folders, stateOf } from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import { type Topo, type TopoChange, TopoError } from "../topo/topo.ts";
import type { TabletFilter } from "./tablet-filter.ts";

/** What a watcher reports to; a HealthCheck is one. */
export interface TabletRecorder {
  addTablet(record: Tablet): void;
  removeTablet(alias: TabletAlias): void;
}

export interface TopologyWatcherOptions {
  readonly server: TopoServer;
  readonly cell: CellName;
  readonly recorder: TabletRecorder;
  readonly filter: TabletFilter;
  readonly log: Logger;
  /** tablet-refresh-interval */
  readonly refreshMs?: number;
}

const refreshMsDefault = 60_000;
const retryMs = 1_000;
const snapshotTriesMax = 3;

export class TopologyWatcher {
  /** Resolves when the cell's tablets were read for the first time. */
  readonly firstRead: Promise<void>;
  readonly #options: TopologyWatcherOptions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  /** The tablet of each path, as reported. */
  readonly #known = new Map<string, { readonly alias: TabletAlias; readonly version: number }>();
  #tellFirstRead = () => {};
  #changesSeen = 0;

  constructor(options: TopologyWatcherOptions) {
    this.#options = options;
    this.#clock = options.server.clock;
    this.firstRead = new Promise((resolve) => (this.#tellFirstRead = resolve));
    void this.#run();
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { server, cell, log, refreshMs = refreshMsDefault } = this.#options;
    const { signal } = this.#stop;
    let watched: Topo | undefined;
    let stopWatch = new AbortController();
    while (!signal.aborted) {
      let pauseMs = refreshMs;
      try {
        const topo = await server.cell(cell);
        await this.#readAll(topo);
        this.#tellFirstRead();
        if (topo !== watched) {
          stopWatch.abort(); // The cell moved: the old store tells nothing any more.
          stopWatch = new AbortController();
          watched = topo;
          void this.#follow(topo, AbortSignal.any([signal, stopWatch.signal]));
        }
      } catch (error) {
        if (!(error instanceof TopoError)) throw error;
        log.warn({ cell, err: error }, "the cell's tablets cannot be read: those known stay in force");
        pauseMs = retryMs;
      }
      await sleep(this.#clock, pauseMs, signal).catch(() => undefined); // The loop looks at the signal.
    }
    stopWatch.abort();
  }

  /** A snapshot that a watched change overtook would bring back what is gone: it is read again, or left to the watch. */
  async #readAll(topo: Topo): Promise<void> {
    for (let tries = 0; tries < snapshotTriesMax; tries++) {
      const before = this.#changesSeen;
      const files = await topo.readAll(`${folders.tablets}/`);
      if (this.#changesSeen !== before) continue;
      const gone = new Set(this.#known.keys());
      for (const file of files) {
        gone.delete(file.path);
        this.#take(file);
      }
      for (const path of gone) this.#forget(path);
      return;
    }
  }

  async #follow(topo: Topo, signal: AbortSignal): Promise<void> {
    try {
      for await (const change of topo.watchAll(folders.tablets, signal)) {
        this.#changesSeen++;
        this.#take(change);
      }
    } catch (error) {
      if (!(error instanceof TopoError)) throw error;
      this.#options.log.warn({ cell: this.#options.cell, err: error }, "the watch on tablets ended: refreshes go on");
    }
  }

  #take({ path, bytes, version }: TopoChange): void {
    if (!path.endsWith("/Tablet")) return;
    if (bytes === undefined) return this.#forget(path);
    const known = this.#known.get(path);
    if (known !== undefined && known.version >= version) return;
    const { message, error } = stateOf(TabletSchema, { path, bytes, version });
    const alias = message === undefined ? undefined : aliasIn(message);
    if (message === undefined || alias === undefined)
      return this.#options.log.error({ path, err: error }, "a tablet's record cannot be read");
    if (!this.#options.filter(message)) return this.#forget(path);
    if (known !== undefined && known.alias !== alias) this.#options.recorder.removeTablet(known.alias);
    this.#known.set(path, { alias, version });
    this.#options.recorder.addTablet(message);
  }

  #forget(path: string): void {
    const known = this.#known.get(path);
    if (known === undefined) return;
    this.#known.delete(path);
    this.#options.recorder.removeTablet(known.alias);
  }
}

/** The alias of a record, or undefined where it has none that is valid. */
function aliasIn(message: Tablet): TabletAlias | undefined {
  try {
    return aliasOf(message.alias);
  } catch {
    return undefined; // The caller reports the record.
  }
}
