/**
 * grpc.health.v1.Health: whether a server, or one of its services, serves. `set` changes it while the server runs; a
 * server starts as serving. A watcher that is slow sees the last state only.
 */
import { assert } from "../base/assert.ts";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "../proto/generated/grpc_health_pb.js";
import { implement, type Service } from "./service.ts";

export interface HealthBoard {
  readonly service: Service;
  /** `service` is a full name, e.g. "queryservice.Query"; empty is the whole server. */
  set(service: string, isServing: boolean): void;
}

export function healthBoard(services: readonly string[]): HealthBoard {
  const states = new Map<string, boolean>(["", ...services].map((name) => [name, true]));
  const wakers = new Set<() => void>();
  const statusOf = (name: string) => {
    const isServing = states.get(name);
    if (isServing === undefined) return ServingStatus.SERVICE_UNKNOWN;
    return isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  };
  const changed = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        wakers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      wakers.add(wake);
      signal.addEventListener("abort", wake);
    });

  async function* watch(name: string, signal: AbortSignal) {
    let last: ServingStatus | undefined;
    while (!signal.aborted) {
      const status = statusOf(name);
      const wait = changed(signal); // Before the yield, so that no change is missed while the caller reads.
      if (status !== last) yield { status };
      last = status;
      await wait;
    }
  }

  return {
    service: implement(Health, {
      check: async ({ service }) => {
        const status = statusOf(service);
        if (status === ServingStatus.SERVICE_UNKNOWN)
          throw Object.assign(new Error(`no service ${service}`), { grpc: "not_found" });
        return { status };
      },
      list: async () => ({
        statuses: Object.fromEntries([...states.keys()].map((name) => [name, { status: statusOf(name) }])),
      }),
      watch: ({ service }, { signal }) => watch(service, signal),
    }),
    set(service, isServing) {
      assert(states.has(service), `${service} is none of this server's services`);
      states.set(service, isServing);
      for (const wake of wakers) wake();
    },
  };
}
