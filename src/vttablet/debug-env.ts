/** The limits that /debug/env shows and changes while the tablet serves, with Vitess's names. */
import type { TabletQueryService } from "./query/tablet-query-service.ts";

interface DebugVariable {
  readonly read: (service: TabletQueryService) => string;
  /** False: no such value. */
  readonly write: (service: TabletQueryService, text: string) => boolean;
}

const sizeMax = 100_000;

function whole(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= sizeMax ? Number(text) : undefined;
}

function poolSize(name: "query" | "stream" | "transaction"): DebugVariable {
  return {
    read: ({ pools }) => String(pools[name].limits.sizeMax),
    write: ({ pools }, text) => {
      const size = whole(text);
      if (size !== undefined) pools[name].setLimits({ sizeMax: size });
      return size !== undefined;
    },
  };
}

const variables: Readonly<Record<string, DebugVariable>> = {
  PoolSize: poolSize("query"),
  StreamPoolSize: poolSize("stream"),
  TxPoolSize: poolSize("transaction"),
  Consolidator: {
    read: ({ consolidator }) => consolidator.options.mode,
    write: ({ consolidator }, mode) => {
      if (mode !== "enable" && mode !== "disable" && mode !== "notOnPrimary") return false;
      consolidator.options = { ...consolidator.options, mode };
      return true;
    },
  },
};

export function debugEnvironment(service: TabletQueryService): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, { read }]) => [name, read(service)]));
}

/** Undefined when it was done, or what is wrong. */
export function setDebugVariable(service: TabletQueryService, name: string, value: string): string | undefined {
  const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (variable === undefined) return `varname is one of ${Object.keys(variables).join(", ")}`;
  return variable.write(service, value) ? undefined : `${name} cannot be set to that value`;
}
