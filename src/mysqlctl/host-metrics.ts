/** What the machine of a database server is busy with: load and disk, under Vitess's names. */
import { availableParallelism, loadavg } from "node:os";
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";

export interface HostMetric {
  readonly name: string;
  readonly value: number;
  /** Why there is no value. */
  readonly error?: string;
}

export function hostMetrics(dataFolder: string, disk: Disk): readonly HostMetric[] {
  return [
    measure("loadavg", () => (loadavg()[0] ?? 0) / availableParallelism()),
    measure("datadir-used-ratio", usedRatio),
  ];

  function usedRatio(): number {
    const { blocks, bavail } = disk.statfsSync(dataFolder);
    return blocks === 0 ? 0 : 1 - bavail / blocks;
  }
}

function measure(name: string, read: () => number): HostMetric {
  try {
    return { name, value: read() };
  } catch (error) {
    return { name, value: 0, error: errorText(error) };
  }
}
