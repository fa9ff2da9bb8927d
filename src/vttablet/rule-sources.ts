/** Where query rules come from besides SIGHUP's files: a record of the topology that is watched, a file whose time changes. */
import { type Clock, sleep, type Timer } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Logger } from "../base/log.ts";
import { cellName } from "../topo/names.ts";
import type { TopoServer } from "../topo/server.ts";
import type { Topo } from "../topo/topo.ts";

const retryMs = 30_000;
const filePeriodMs = 1000;

export interface TopoRulePlace {
  /** "global", or a cell. */
  readonly cell: string;
  readonly path: string;
}

export interface TopoRuleEffects {
  readonly topo: TopoServer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Applies the record's text at once and at each change; no record is no rules. What cannot be applied at first throws, later
 * it is logged and what was known stays; so it does while the store is away.
 */
export async function watchTopoRules(
  place: TopoRulePlace,
  apply: (text: string | undefined) => void,
  { topo, clock, logger }: TopoRuleEffects,
  signal: AbortSignal,
): Promise<void> {
  const store = place.cell === "global" ? topo.global : await topo.cell(cellName(place.cell));
  const path = place.path.replace(/^\/+/, "");
  apply((await store.read(path))?.bytes.toString("utf8"));
  const applyLater = (text: string | undefined) => {
    try {
      apply(text);
      logger.info({ path }, "query rules of the topology are in force");
    } catch (thrown) {
      logger.error({ err: thrown, path }, "query rules of the topology cannot be applied; those known stay");
    }
  };
  void follow(store, path, applyLater, clock, logger, signal);
}

async function follow(
  store: Topo,
  path: string,
  apply: (text: string | undefined) => void,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { bytes } of store.watch(path, signal)) apply(bytes?.toString("utf8"));
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, path }, "lost sight of the query rules of the topology");
    }
    await sleep(clock, retryMs, signal).catch(() => undefined); // The loop looks at the signal.
  }
}

/** Calls `changed` when the file has another time of change than before. */
export function watchFile(path: string, disk: Pick<Disk, "statSync">, clock: Clock, changed: () => void): Timer {
  const timeOf = () => disk.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  let known = timeOf();
  return clock.every(filePeriodMs, () => {
    const now = timeOf();
    if (now === known || now === undefined) return; // Away for a moment: somebody replaces it.
    known = now;
    changed();
  });
}
