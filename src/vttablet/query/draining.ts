/** The end of serving: what runs may end in its own time, then it is stopped. */
import { type Clock, sleep } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import type { HeldConnections } from "./held-connections.ts";
import type { RunningList } from "./running-list.ts";

const pauseMs = 20;

export async function drain(clock: Clock, held: HeldConnections, running: RunningList, graceMs: number): Promise<void> {
  const until = clock.monotonicMs() + graceMs;
  while (clock.monotonicMs() < until && (held.size > 0 || running.size > 0)) await sleep(clock, pauseMs);
  running.stopAll(VtError.of("VT26006", "the tablet stopped serving")); // VT26001 would promise that nothing was done.
  held.dropAll("the tablet stopped serving");
}
