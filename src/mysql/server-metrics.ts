/** What a MySQL server of ours counts, under Vitess's names (inventory 4.072). */
import { Counter, Gauge, Labelled, type Metrics, Timing } from "../base/metrics.ts";

export interface ServerMetrics {
  readonly connections: Gauge;
  readonly accepted: Counter;
  readonly refused: Counter;
  /** Logins that took longer than was asked for. */
  readonly slow: Counter;
  readonly perUser: Labelled<Gauge>;
  readonly perTlsVersion: Labelled<Gauge>;
  readonly connectTiming: Timing;
  readonly queryTiming: Timing;
}

export function serverMetrics(metrics: Metrics): ServerMetrics {
  const timings = metrics.timings("MysqlServerTimings", "Time of logins and commands of MySQL clients.", ["operation"]);
  return {
    connections: metrics.gauge("MysqlServerConnCount", "MySQL clients connected."),
    accepted: metrics.counter("MysqlServerConnAccepted", "Connections of MySQL clients accepted."),
    refused: metrics.counter("MysqlServerConnRefused", "Connections of MySQL clients refused."),
    slow: metrics.counter("MysqlServerConnSlow", "Logins that took longer than mysql-slow-connect-warn-threshold."),
    perUser: metrics.gauges("MysqlServerConnCountPerUser", "MySQL clients connected, by user.", ["count"]),
    perTlsVersion: metrics.gauges("MysqlServerConnCountByTLSVer", "MySQL clients connected, by version of TLS.", [
      "tls",
    ]),
    connectTiming: timings.bind("Connect"),
    queryTiming: timings.bind("Query"),
  };
}

/** Counts a client that logged in; the answer undoes it. */
export function countClient(metrics: ServerMetrics, user: string, tlsVersion: string): () => void {
  const gauges = [metrics.connections, metrics.perUser.bind(user), metrics.perTlsVersion.bind(tlsVersion || "None")];
  for (const gauge of gauges) gauge.add(1);
  return () => {
    for (const gauge of gauges) gauge.add(-1);
  };
}

/** For servers that nobody watches. */
export function uncountedMetrics(): ServerMetrics {
  return {
    connections: new Gauge(),
    accepted: new Counter(),
    refused: new Counter(),
    slow: new Counter(),
    perUser: new Labelled(["count"], () => new Gauge()),
    perTlsVersion: new Labelled(["tls"], () => new Gauge()),
    connectTiming: new Timing(),
    queryTiming: new Timing(),
  };
}
