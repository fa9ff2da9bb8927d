/** Replication lag of the last minutes, a line for each replica (uPlot). The legend shows the newest values. */
import { useEffect, useRef } from "react";
import { useQuery } from "@tanstack/react-query";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { noHistory, type ReplicaLag } from "./lag-history.ts";
import { lagQuery } from "./queries.ts";

const heightPx = 150;
/** So that nobody takes the noise of one second for trouble. */
const scaleSecondsMin = 5;
const windowSeconds = 120;
const colours = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6"];

export function LagChart({ keyspace }: { readonly keyspace?: string }) {
  const { times, replicas } = useQuery(lagQuery).data ?? noHistory;
  const shown = replicas.filter((one) => keyspace === undefined || one.keyspace === keyspace);
  if (shown.length === 0) return <div className="empty">No replicas.</div>;
  return <Chart key={shown.map(({ alias }) => alias).join()} times={times} replicas={shown} />;
}

function Chart({ times, replicas }: { readonly times: readonly number[]; readonly replicas: readonly ReplicaLag[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(replicas, getComputedStyle(element)), [[]], element);
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    plot.current = made;
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // Made once: other replicas make another chart, by its key.
  }, []);

  useEffect(() => {
    plot.current?.setData([[...times], ...replicas.map(({ lags }) => [...lags])]);
    if (plot.current?.cursor.left === undefined || plot.current.cursor.left < 0)
      plot.current?.setLegend({ idx: times.length - 1 }, false);
  }, [times, replicas]);

  return <div ref={place} className="chart" role="img" aria-label="Replication lag of each replica over time" />;
}

function optionsOf(replicas: readonly ReplicaLag[], style: CSSStyleDeclaration): uPlot.Options {
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--faint"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
  };
  return {
    width: 600,
    height: heightPx,
    cursor: { y: false },
    scales: {
      x: { range: (_, __, newest) => [(newest ?? 0) - windowSeconds, newest ?? 0] },
      y: { range: (_, __, highest) => [0, Math.max(scaleSecondsMin, Math.ceil((highest ?? 0) * 1.1))] },
    },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(clockText) },
      { ...axis, size: 48, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
    ],
    series: [
      { label: "Time", value: (_: uPlot, seconds: number | null) => (seconds === null ? "–" : clockText(seconds)) },
      ...replicas.map(({ alias, shard }, index) => ({
        label: `${shard} ${alias}`,
        stroke: colour(colours[index % colours.length] ?? ""),
        width: 2,
        points: { show: false },
        value: (_: uPlot, lag: number | null) => (lag === null ? "–" : `${lag} s`),
      })),
    ],
  };
}

const clockText = (seconds: number) => new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });
