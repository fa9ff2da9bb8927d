/** The limits that /debug/env shows and changes while the tablet serves, with Vitess's names. */
import { FlagError } from "../base/flag-values.ts";
import type { FlagPanel } from "../base/live-flags.ts";
import type { TabletQueryService } from "./query/tablet-query-service.ts";

export interface DebugParts {
  readonly service: TabletQueryService;
  readonly flags: FlagPanel;
}

interface DebugVariable {
  readonly read: (parts: DebugParts) => string;
  /** False: no such value. */
  readonly write: (parts: DebugParts, text: string) => boolean;
}

const sizeMax = 100_000;

function whole(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= sizeMax ? Number(text) : undefined;
}

function poolSize(name: "query" | "stream" | "transaction"): DebugVariable {
  return {
    read: ({ service: { pools } }) => String(pools[name].limits.sizeMax),
    write: ({ service: { pools } }, text) => {
      const size = whole(text);
      if (size !== undefined) pools[name].setLimits({ sizeMax: size });
      return size !== undefined;
    },
  };
}

/** A limit that is a flag too. */
function flagValue(name: string): DebugVariable {
  return {
    read: ({ flags }) => String(flags.describe().find((one) => one.name === name)?.value ?? ""),
    write: ({ flags }, text) => {
      try {
        flags.set(name, text);
        return true;
      } catch (error) {
        if (error instanceof FlagError) return false;
        throw error;
      }
    },
  };
}

const variables: Readonly<Record<string, DebugVariable>> = {
  PoolSize: poolSize("query"),
  StreamPoolSize: poolSize("stream"),
  TxPoolSize: poolSize("transaction"),
  MaxResultSize: flagValue("queryserver-config-max-result-size"),
  WarnResultSize: flagValue("queryserver-config-warn-result-size"),
  UnhealthyThreshold: flagValue("unhealthy-threshold"),
  Consolidator: {
    read: ({ service: { consolidator } }) => consolidator.options.mode,
    write: ({ service: { consolidator } }, mode) => {
      if (mode !== "enable" && mode !== "disable" && mode !== "notOnPrimary") return false;
      consolidator.options = { ...consolidator.options, mode };
      return true;
    },
  },
};

export function debugEnvironment(parts: DebugParts): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, { read }]) => [name, read(parts)]));
}

/** Undefined when it was done, or what is wrong. */
export function setDebugVariable(parts: DebugParts, name: string, value: string): string | undefined {
  const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (variable === undefined) return `varname is one of ${Object.keys(variables).join(", ")}`;
  return variable.write(parts, value) ? undefined : `${name} cannot be set to that value`;
}
