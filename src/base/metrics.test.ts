/** Metrics: slots count, labels stay bounded, and both printed forms are what their readers expect. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics, slotsMax } from "./metrics.ts";
import { snakeCase } from "./prometheus.ts";

function sample(): Metrics {
  const metrics = new Metrics();
  metrics.counter("SlowQueries", "Slow.").add(2);
  const errors = metrics.counters("VtgateApiErrorCounts", "Errors.", ["Operation", "DbType"]);
  errors.bind("Execute", "primary").add(3);
  errors.bind("Execute", 'a.b"c').add(1);
  const api = metrics.timings("VtgateApi", "Calls.", ["Operation"]).bind("Execute");
  api.record(0.4);
  api.record(7);
  api.record(60_000);
  metrics.histogram("Results", "Rows.", [0, 1, 5]).record(3);
  metrics.reads("Uptime", "Seconds.", "gauge", () => 5);
  metrics.text("BuildVersion", "Version.", () => "1.0");
  return metrics;
}

test("/debug/vars has Vitess's shapes", () => {
  const vars = JSON.parse(JSON.stringify(sample().vars()));
  assert.equal(vars.SlowQueries, 2);
  assert.deepEqual(vars.VtgateApiErrorCounts, { "Execute.primary": 3, 'Execute.a_b"c': 1 });
  assert.equal(vars.VtgateApi.TotalCount, 3);
  assert.equal(vars.VtgateApi.TotalTime, 60_007_400_000);
  assert.equal(vars.VtgateApi.Histograms.Execute["500000"], 1);
  assert.equal(vars.VtgateApi.Histograms.Execute["10000000"], 1);
  assert.equal(vars.VtgateApi.Histograms.Execute.inf, 1);
  assert.deepEqual(vars.Results, { "0": 0, "1": 0, "5": 1, inf: 0, Count: 1, Total: 3 });
  assert.equal(vars.BuildVersion, "1.0");
});

test("/metrics is Prometheus's text format", () => {
  const text = sample().prometheus("vtgate");
  assert.match(text, /^# HELP vtgate_slow_queries Slow\.\n# TYPE vtgate_slow_queries counter\nvtgate_slow_queries 2$/m);
  assert.match(text, /^vtgate_vtgate_api_error_counts\{operation="Execute",db_type="a\.b\\"c"\} 1$/m);
  assert.match(text, /^vtgate_vtgate_api_bucket\{operation="Execute",le="0.01"\} 2$/m);
  assert.match(text, /^vtgate_vtgate_api_bucket\{operation="Execute",le="\+Inf"\} 3$/m);
  assert.match(text, /^vtgate_vtgate_api_count\{operation="Execute"\} 3$/m);
  assert.match(text, /^vtgate_uptime 5$/m);
  assert.ok(!text.includes("1.0\n"));
});

test("labels cannot grow memory without end", () => {
  const counters = new Metrics().counters("X", "", ["Table"]);
  for (let i = 0; i < slotsMax + 10; i++) counters.bind(`t${i}`).add(1);
  assert.equal([...counters.entries()].length, slotsMax + 1);
  assert.equal(counters.bind("other").value, 10);
  assert.equal(counters.bind("t1"), counters.bind("t1"));
});

test("names are spelled as Prometheus wants them", () => {
  assert.equal(snakeCase("QPSByDbType"), "qps_by_db_type");
  assert.equal(snakeCase("VtgateApi"), "vtgate_api");
  assert.equal(snakeCase("ConnPoolWaitTime"), "conn_pool_wait_time");
});

test("what threads counted adds up, and prints as one thread's", () => {
  const thread = (n: number) => {
    const metrics = new Metrics();
    metrics.counter("Count", "c").add(n);
    metrics.gauges("Open", "o", ["User", "Kind"]).bind("a", `k${n}`).set(n);
    metrics.gauges("Shared", "s", ["User"]).bind("a").set(n);
    metrics.reads("Read", "r", "gauge", () => n);
    metrics.readsMany("Many", "m", "Name", () => ({ [`n${n}`]: n, all: n }));
    metrics.text("Version", "v", () => `v${n}`);
    metrics.histogram("Sizes", "s", [1, 5]).record(n);
    metrics.timings("Times", "t", ["Op"]).bind("read").record(n);
    return metrics;
  };
  const sums = new Metrics();
  for (const n of [1, 2]) sums.absorb(structuredClone(thread(n).snapshot()));
  const vars = sums.vars();
  assert.deepEqual([vars["Count"], vars["Read"], vars["Version"]], [3, 3, "v1"]);
  assert.deepEqual(vars["Open"], { "a.k1": 1, "a.k2": 2 });
  assert.deepEqual(vars["Shared"], { a: 3 });
  assert.deepEqual(vars["Many"], { n1: 1, n2: 2, all: 3 });
  assert.deepEqual(vars["Sizes"], { "1": 1, "5": 1, inf: 0, Count: 2, Total: 3 });
  assert.match(sums.prometheus("vtgate"), /^vtgate_times_sum\{op="read"\} 0\.003$/m);
  const alone = new Metrics();
  alone.absorb(thread(1).snapshot());
  assert.equal(alone.prometheus("x"), thread(1).prometheus("x"));
});
