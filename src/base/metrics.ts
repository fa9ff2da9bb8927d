/**
 * Metrics with Vitess's names, printed as Vitess's /debug/vars (JSON) and as Prometheus's text format.
 *
 * A metric is made once, by name; making it twice is a fault of ours. What the hot path touches is a *slot*: an object
 * with one or a few numbers, bound to its label values beforehand, so that counting is an addition and nothing else:
 *
 *     const queries = metrics.counters("QueryCounts", "Queries by table and plan.", ["Table", "Plan"]);
 *     const slot = queries.bind("user", "Select"); // once, where the plan is made
 *     slot.add(1);                                 // for every query
 *
 * A labelled metric keeps at most `slotsMax` slots; label values beyond that share the slot "other", so that no input
 * of a client can grow memory.
 */
import { assert, must } from "./assert.ts";
import { prometheusLines, snakeCase } from "./prometheus.ts";

/** The most label combinations one metric keeps. */
export const slotsMax = 5000;

export class Counter {
  value = 0;
  add(delta: number): void {
    this.value += delta;
  }
}

export class Gauge {
  value = 0;
  set(value: number): void {
    this.value = value;
  }
  add(delta: number): void {
    this.value += delta;
  }
}

/** Counts by size: `cutoffs` are the upper bounds of the buckets, in growing order; one more bucket takes the rest. */
export class Histogram {
  readonly cutoffs: readonly number[];
  readonly counts: Float64Array;
  total = 0;
  constructor(cutoffs: readonly number[]) {
    this.cutoffs = cutoffs;
    this.counts = new Float64Array(cutoffs.length + 1);
  }

  record(value: number): void {
    let i = 0;
    while (i < this.cutoffs.length && value > (this.cutoffs[i] as number)) i++;
    this.counts[i] = (this.counts[i] as number) + 1;
    this.total += value;
  }

  absorb({ counts, total }: { readonly counts: ArrayLike<number>; readonly total: number }): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i] = (this.counts[i] as number) + (counts[i] ?? 0);
    this.total += total;
  }

  get count(): number {
    let sum = 0;
    for (const one of this.counts) sum += one;
    return sum;
  }
}

/** Vitess's bounds for durations, in milliseconds: 0.5 ms to 10 s. */
export const timingCutoffsMs = [0.5, 1, 5, 10, 50, 100, 500, 1000, 5000, 10_000] as const;

/** How long something took; `record` takes milliseconds. */
export class Timing extends Histogram {
  constructor() {
    super(timingCutoffsMs);
  }
}

/** One metric split by labels: a slot for each combination of label values. */
export class Labelled<Slot> {
  readonly labels: readonly string[];
  readonly #slots = new Map<string, { readonly values: readonly string[]; readonly slot: Slot }>();
  readonly #make: () => Slot;
  constructor(labels: readonly string[], make: () => Slot) {
    assert(labels.length > 0, "a labelled metric has labels");
    this.labels = labels;
    this.#make = make;
  }

  /** The slot of these label values, made on first use. Keep it where it is used often. */
  bind(...values: readonly string[]): Slot {
    assert(values.length === this.labels.length, `labels ${this.labels.join(", ")} take as many values`);
    const key = values.join("\0");
    const found = this.#slots.get(key);
    if (found !== undefined) return found.slot;
    if (this.#slots.size >= slotsMax && values.some((value) => value !== "other"))
      return this.bind(...values.map(() => "other"));
    const slot = this.#make();
    this.#slots.set(key, { values, slot });
    return slot;
  }

  entries(): Iterable<{ readonly values: readonly string[]; readonly slot: Slot }> {
    return this.#slots.values();
  }
}

export type Metric =
  | { readonly kind: "counter" | "gauge"; readonly slot: { readonly value: number } }
  | { readonly kind: "counters" | "gauges"; readonly slots: Labelled<{ readonly value: number }> }
  | { readonly kind: "read"; readonly as: "counter" | "gauge"; readonly read: () => number }
  | { readonly kind: "readMany"; readonly label: string; readonly read: () => Readonly<Record<string, number>> }
  | { readonly kind: "text"; readonly read: () => unknown }
  | { readonly kind: "histogram"; readonly slot: Histogram }
  | { readonly kind: "timings"; readonly slots: Labelled<Timing> };

export class Metrics {
  readonly #metrics = new Map<string, { readonly help: string; readonly metric: Metric }>();

  #add(name: string, help: string, metric: Metric): void {
    assert(!this.#metrics.has(name), `two metrics are called ${name}`);
    this.#metrics.set(name, { help, metric });
  }

  counter(name: string, help: string): Counter {
    const slot = new Counter();
    this.#add(name, help, { kind: "counter", slot });
    return slot;
  }

  gauge(name: string, help: string): Gauge {
    const slot = new Gauge();
    this.#add(name, help, { kind: "gauge", slot });
    return slot;
  }

  counters(name: string, help: string, labels: readonly string[]): Labelled<Counter> {
    const slots = new Labelled(labels, () => new Counter());
    this.#add(name, help, { kind: "counters", slots });
    return slots;
  }

  gauges(name: string, help: string, labels: readonly string[]): Labelled<Gauge> {
    const slots = new Labelled(labels, () => new Gauge());
    this.#add(name, help, { kind: "gauges", slots });
    return slots;
  }

  /** A number that somebody keeps already; `read` is called when metrics are printed. */
  reads(name: string, help: string, as: "counter" | "gauge", read: () => number): void {
    this.#add(name, help, { kind: "read", as, read });
  }

  /** Numbers by one label that somebody keeps already. */
  readsMany(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    this.#add(name, help, { kind: "readMany", label, read });
  }

  /** Anything that only /debug/vars shows: a version, a state's name, a list. */
  text(name: string, help: string, read: () => unknown): void {
    this.#add(name, help, { kind: "text", read });
  }

  histogram(name: string, help: string, cutoffs: readonly number[]): Histogram {
    const slot = new Histogram(cutoffs);
    this.#add(name, help, { kind: "histogram", slot });
    return slot;
  }

  timings(name: string, help: string, labels: readonly string[]): Labelled<Timing> {
    const slots = new Labelled(labels, () => new Timing());
    this.#add(name, help, { kind: "timings", slots });
    return slots;
  }

  /** /debug/vars: every metric by name, in Vitess's shapes (times in nanoseconds, labels joined by dots). */
  vars(): Readonly<Record<string, unknown>> {
    const out: Record<string, unknown> = {};
    for (const name of [...this.#metrics.keys()].sort()) out[name] = varOf(this.#named(name).metric);
    return out;
  }

  /** /metrics: Prometheus's text format; `role` begins every name ("vtgate_query_counts"). `dropped` are left out. */
  prometheus(role: string, dropped: readonly string[] = []): string {
    const lines: string[] = [];
    for (const name of [...this.#metrics.keys()].sort()) {
      if (dropped.includes(name)) continue;
      const { help, metric } = this.#named(name);
      lines.push(...prometheusLines(`${role}_${snakeCase(name)}`, help, metric));
    }
    return `${lines.join("\n")}\n`;
  }

  /** All as plain data, for `absorb` in another thread. */
  snapshot(): readonly MetricSnapshot[] {
    return [...this.#metrics].map(([name, { help, metric }]) => ({ name, help, plain: plainOf(metric) }));
  }

  /** Adds what a thread counted: numbers add up, of texts the first stays. */
  absorb(snapshot: readonly MetricSnapshot[]): void {
    for (const { name, help, plain } of snapshot) {
      if (!this.#metrics.has(name)) this.#add(name, help, emptyLike(plain));
      addTo(this.#named(name).metric, plain);
    }
  }

  #named(name: string) {
    return must(this.#metrics.get(name), "the name is from the map's own keys");
  }
}

/** A metric of another thread. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly plain: PlainMetric;
}
interface Sizes {
  readonly counts: Float64Array;
  readonly total: number;
}
type Rows<V> = readonly { readonly values: readonly string[]; readonly value: V }[];
type PlainMetric =
  | { readonly kind: "counter" | "gauge"; readonly value: number }
  | { readonly kind: "counters" | "gauges"; readonly labels: readonly string[]; readonly rows: Rows<number> }
  | { readonly kind: "readMany"; readonly label: string; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: "text"; readonly value: unknown }
  | { readonly kind: "histogram"; readonly cutoffs: readonly number[]; readonly sizes: Sizes }
  | { readonly kind: "timings"; readonly labels: readonly string[]; readonly rows: Rows<Sizes> };

const rowsOf = <Slot, V>(slots: Labelled<Slot>, of: (slot: Slot) => V): Rows<V> =>
  Array.from(slots.entries(), ({ values, slot }) => ({ values, value: of(slot) }));
const sizesOf = ({ counts, total }: Histogram): Sizes => ({ counts, total });

function plainOf(metric: Metric): PlainMetric {
  switch (metric.kind) {
    case "counter":
    case "gauge":
      return { kind: metric.kind, value: metric.slot.value };
    case "read":
      return { kind: metric.as, value: metric.read() };
    case "readMany":
      return { kind: "readMany", label: metric.label, values: metric.read() };
    case "text":
      return { kind: "text", value: metric.read() };
    case "counters":
    case "gauges":
      return { kind: metric.kind, labels: metric.slots.labels, rows: rowsOf(metric.slots, ({ value }) => value) };
    case "histogram":
      return { kind: "histogram", cutoffs: metric.slot.cutoffs, sizes: sizesOf(metric.slot) };
    case "timings":
      return { kind: "timings", labels: metric.slots.labels, rows: rowsOf(metric.slots, sizesOf) };
  }
}

function emptyLike(plain: PlainMetric): Metric {
  switch (plain.kind) {
    case "counter":
    case "gauge":
      return { kind: plain.kind, slot: new Gauge() };
    case "counters":
    case "gauges":
      return { kind: plain.kind, slots: new Labelled(plain.labels, () => new Gauge()) };
    case "readMany": {
      const sums: Record<string, number> = {};
      return { kind: "readMany", label: plain.label, read: () => sums };
    }
    case "text":
      return { kind: "text", read: () => plain.value };
    case "histogram":
      return { kind: "histogram", slot: new Histogram(plain.cutoffs) };
    case "timings":
      return { kind: "timings", slots: new Labelled(plain.labels, () => new Timing()) };
  }
}

/** `metric` was made by `emptyLike`. */
function addTo(metric: Metric, plain: PlainMetric): void {
  switch (plain.kind) {
    case "counter":
    case "gauge":
      if (metric.kind === plain.kind) (metric.slot as Gauge).add(plain.value);
      return;
    case "counters":
    case "gauges":
      if (metric.kind === plain.kind)
        for (const { values, value } of plain.rows) (metric.slots.bind(...values) as Gauge).add(value);
      return;
    case "readMany": {
      const sums = metric.kind === "readMany" ? (metric.read() as Record<string, number>) : {};
      for (const [key, value] of Object.entries(plain.values)) sums[key] = (sums[key] ?? 0) + value;
      return;
    }
    case "text":
      return;
    case "histogram":
      if (metric.kind === "histogram") metric.slot.absorb(plain.sizes);
      return;
    case "timings":
      if (metric.kind === "timings")
        for (const { values, value } of plain.rows) metric.slots.bind(...values).absorb(value);
  }
}

function varOf(metric: Metric): unknown {
  switch (metric.kind) {
    case "counter":
    case "gauge":
      return metric.slot.value;
    case "read":
      return metric.read();
    case "readMany":
    case "text":
      return metric.read();
    case "counters":
    case "gauges":
      return labelledVars(metric.slots, ({ value }) => value);
    case "histogram":
      return { ...buckets(metric.slot, 1), Count: metric.slot.count, Total: metric.slot.total };
    case "timings":
      return timingsVar(metric.slots);
  }
}

function labelledVars<Slot>(slots: Labelled<Slot>, show: (slot: Slot) => unknown): Readonly<Record<string, unknown>> {
  const rows = [...slots.entries()].map(({ values, slot }): [string, unknown] => [
    values.map((value) => value.replaceAll(".", "_")).join("."),
    show(slot),
  ]);
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const nsPerMs = 1e6;

function timingsVar(slots: Labelled<Timing>): unknown {
  const all = [...slots.entries()];
  return {
    TotalCount: all.reduce((sum, { slot }) => sum + slot.count, 0),
    TotalTime: Math.round(all.reduce((sum, { slot }) => sum + slot.total, 0) * nsPerMs),
    Histograms: labelledVars(slots, (slot) => ({
      ...buckets(slot, nsPerMs),
      Count: slot.count,
      Time: Math.round(slot.total * nsPerMs),
    })),
  };
}

/** Counts by upper bound: each its own bucket, not added up. */
function buckets(slot: Histogram, scale: number): Readonly<Record<string, number>> {
  const out: Record<string, number> = {};
  slot.cutoffs.forEach((cutoff, i) => {
    out[String(cutoff * scale)] = slot.counts[i] ?? 0;
  });
  out["inf"] = slot.counts[slot.cutoffs.length] ?? 0;
  return out;
}
