/** The memory store fulfils the contract. */
import { systemClock } from "../base/clock.ts";
import { MemoryStore } from "./memory-topo.ts";
import { topoContract } from "./topo-contract.ts";

topoContract("memory", async () => {
  const store = new MemoryStore();
  let isReachable = true;
  return {
    leaseMs: 300,
    connect: async (options) =>
      store.open({ clock: systemClock, root: "/vitess/global", ...options, isReachable: () => isReachable }),
    takeAway: async () => {
      isReachable = false;
    },
    bringBack: async () => {
      isReachable = true;
    },
  };
});
