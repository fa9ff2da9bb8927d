/** Metrics as Prometheus reads them: its text format, line by line. */
import type { Histogram, Metric } from "./metrics.ts";

/** "QPSByDbType" → "qps_by_db_type". */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9_]/g, "_")
    .toLowerCase();
}

export function prometheusLines(name: string, help: string, metric: Metric): readonly string[] {
  if (metric.kind === "text") return [];
  const head = (type: string) => [`# HELP ${name} ${help.replaceAll("\n", " ")}`, `# TYPE ${name} ${type}`];
  switch (metric.kind) {
    case "counter":
    case "gauge":
      return [...head(metric.kind), `${name} ${metric.slot.value}`];
    case "read":
      return [...head(metric.as), `${name} ${metric.read()}`];
    case "readMany":
      return [
        ...head("gauge"),
        ...Object.entries(metric.read()).map(([key, value]) => `${name}${labelText([metric.label], [key])} ${value}`),
      ];
    case "counters":
    case "gauges": {
      const rows = [...metric.slots.entries()];
      const lines = rows.map(({ values, slot }) => `${name}${labelText(metric.slots.labels, values)} ${slot.value}`);
      return [...head(metric.kind.slice(0, -1)), ...lines];
    }
    case "histogram":
      return [...head("histogram"), ...histogramLines(name, [], [], metric.slot, 1)];
    case "timings": {
      const { labels } = metric.slots;
      const rows = [...metric.slots.entries()];
      return [
        ...head("histogram"),
        ...rows.flatMap(({ values, slot }) => histogramLines(name, labels, values, slot, 1 / 1000)),
      ];
    }
  }
}

function histogramLines(
  name: string,
  labels: readonly string[],
  values: readonly string[],
  slot: Histogram,
  scale: number,
): readonly string[] {
  let sum = 0;
  const lines = [...slot.cutoffs, Infinity].map((cutoff, i) => {
    sum += slot.counts[i] ?? 0;
    const bound = cutoff === Infinity ? "+Inf" : String(cutoff * scale);
    return `${name}_bucket${labelText([...labels, "le"], [...values, bound])} ${sum}`;
  });
  const bare = labelText(labels, values);
  return [...lines, `${name}_sum${bare} ${slot.total * scale}`, `${name}_count${bare} ${sum}`];
}

function labelText(labels: readonly string[], values: readonly string[]): string {
  if (labels.length === 0) return "";
  const escape = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `{${labels.map((label, i) => `${snakeCase(label)}="${escape(values[i] ?? "")}"`).join(",")}}`;
}
