/**
 * The tablets' health for the web page: one health stream to every tablet of every cell. Cells that appear later are
 * found within `cellsPeriodMs`; a topology that is away changes nothing of what is known.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { HealthCheck } from "../discovery/health-check.ts";
import { tabletFilter } from "../discovery/tablet-filter.ts";
import type { TabletView } from "../discovery/target-book.ts";
import { TopologyWatcher } from "../discovery/topology-watcher.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { QueryService } from "../rpc/query-service.ts";
import type { Service } from "../servenv/lifecycle.ts";
import type { CellName, TabletAlias } from "../topo/names.ts";
import type { TopoServer } from "../topo/server.ts";
import type { TabletHealthView } from "./http/api.ts";

const cellsPeriodMs = 5_000;

export interface HealthWatchOptions {
  readonly topo: TopoServer;
  readonly dial: (tablet: Tablet) => QueryService;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export class HealthWatch implements Service {
  readonly name = "tablet health";
  readonly #options: HealthWatchOptions;
  readonly #check: HealthCheck;
  readonly #views = new Map<TabletAlias, TabletView>();
  readonly #watchers = new Map<CellName, TopologyWatcher>();
  #timer: Timer | undefined;
  #isLooking = false;
  #isStopped = false;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
    this.#check = new HealthCheck({ ...options, localCell: "" });
    this.#check.listen({
      tablet: (view, isKnown) => void (isKnown ? this.#views.set(view.alias, view) : this.#views.delete(view.alias)),
    });
  }

  /** What was heard last; undefined where nothing was. */
  view(alias: TabletAlias): TabletHealthView | undefined {
    const view = this.#views.get(alias);
    if (view === undefined || (view.health === undefined && view.error === undefined)) return undefined;
    const { isServing, lagSeconds, health } = view;
    return { isServing, lagSeconds, qps: health?.qps ?? 0, error: view.error ?? health?.healthError ?? "" };
  }

  async start(): Promise<void> {
    this.#timer = this.#options.clock.every(cellsPeriodMs, () => void this.#findCells());
    await this.#findCells();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const watcher of this.#watchers.values()) watcher.close();
    await this.#check.close();
  }

  async #findCells(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { topo: server, log } = this.#options;
      const cells = await server.cells();
      if (this.#isStopped) return;
      for (const cell of cells)
        if (!this.#watchers.has(cell)) {
          const watcher = new TopologyWatcher({ server, cell, recorder: this.#check, filter: tabletFilter({}), log });
          this.#watchers.set(cell, watcher);
        }
    } catch (error) {
      this.#options.log.warn({ err: error }, "the cells cannot be listed; trying again");
    } finally {
      this.#isLooking = false;
    }
  }
}
