/** Statements are counted by sort: without their values, never more sorts than the limit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { systemRandom } from "../base/random.ts";
import { mysqlEnvironment } from "../sqlparser/environment.ts";
import { parse } from "../sqlparser/parse.ts";
import { Insights, sortsMax, StatementMetrics } from "./insights.ts";
import { insightOf } from "./pages.ts";
import { defaultQueryLogOptions, QueryLog, type QueryEvent } from "./query-log.ts";

const where = { keyspace: "commerce", tabletType: "PRIMARY" };

function countsOf(insights: Insights, sql: string) {
  return insights.of(parse(sql, mysqlEnvironment), undefined, where, mysqlEnvironment);
}

test("statements that differ in values are one sort; times fall into buckets", () => {
  const metrics = new Metrics();
  const insights = new Insights(new StatementMetrics(metrics));
  const one = countsOf(insights, "select a from t where id = 5 and name = 'secret'");
  assert.equal(countsOf(insights, "select a from t where id = 77 and name = 'other'"), one);
  assert.notEqual(countsOf(insights, "select b from t where id = 5"), one);
  one.record(0.01, 1, 0, 1, false);
  one.record(3, 2, 0, 2, false);
  one.record(1e9, 0, 0, 1, true);
  const { query, count, errors, rowsReturned, shards, maxMs, histogram } = insightOf(one);
  assert.doesNotMatch(query, /secret|5/);
  assert.deepEqual([count, errors, rowsReturned, shards, maxMs], [3, 1, 3, 4, 1e9]);
  assert.deepEqual(histogram, [
    { belowMs: 0.0625, calls: 1 },
    { belowMs: 4, calls: 1 },
    { belowMs: null, calls: 1 },
  ]);
  const vars = metrics.vars() as Record<string, Record<string, number>>;
  assert.deepEqual(vars["QueryExecutions"], { "SELECT.Other.primary": 3 });
  assert.deepEqual(vars["VtgateApiRowsReturned"], { "Execute.commerce.primary": 3 });
});

test("statements that are not planned show their kind alone", () => {
  const insights = new Insights(new StatementMetrics(new Metrics()));
  assert.equal(countsOf(insights, "set @password = 'secret'").sort.query, "Set");
});

test("sorts beyond the limit share one", () => {
  const insights = new Insights(new StatementMetrics(new Metrics()));
  for (let i = 0; i <= sortsMax + 2; i++) countsOf(insights, `select c${i} from t`).record(1, 0, 0, 1, false);
  assert.equal(insights.all.length, sortsMax + 1);
  assert.equal(insights.all.at(-1)?.count, 3);
});

const event: QueryEvent = {
  method: "Execute",
  remoteAddress: "10.0.0.1",
  username: "app",
  startMs: 0,
  totalMs: 20,
  statementType: "SELECT",
  sql: "select 1 /* tag */",
  keyspace: "commerce",
  tabletType: "primary",
  shardQueries: 1,
  rows: 1,
  error: "",
  sessionId: "s",
};

function linesOf(options: Partial<typeof defaultQueryLogOptions>, events: readonly QueryEvent[]): readonly string[] {
  const log = new QueryLog({ ...defaultQueryLogOptions, ...options }, systemRandom, silentLogger);
  const lines: string[] = [];
  log.listen((line) => lines.push(line));
  for (const one of events) log.add(one);
  return lines;
}

test("the query log passes on what its filters let through", () => {
  const failed = { ...event, error: "no" };
  assert.equal(linesOf({}, [event, failed]).length, 2);
  assert.equal(linesOf({ mode: "error" }, [event, failed]).length, 1);
  assert.equal(linesOf({ filterTag: "tag" }, [event, { ...event, sql: "select 2" }]).length, 1);
  assert.equal(linesOf({ rowsMin: 2 }, [event, { ...event, rows: 2 }]).length, 1);
  assert.equal(linesOf({ timeMsMin: 30 }, [event, { ...event, totalMs: 31 }]).length, 1);
  assert.equal(linesOf({ timeMsMin: 30, sampleRate: 1 }, [event]).length, 1);
  assert.deepEqual(JSON.parse(linesOf({ format: "json" }, [event])[0] ?? ""), event);
  assert.match(
    linesOf({}, [event])[0] ?? "",
    /^Execute\t10\.0\.0\.1\tapp\t1970-01-01T00:00:00\.000Z\t0\.020000\tSELECT\t/,
  );
});

test("nothing is made while nobody listens, but for slow statements", () => {
  const log = new QueryLog({ ...defaultQueryLogOptions, slowMsMin: 100 }, systemRandom, silentLogger);
  assert.equal(log.wants(99), false);
  assert.equal(log.wants(100), true);
  const stop = log.listen(() => {});
  assert.equal(log.wants(1), true);
  stop?.();
  assert.equal(log.wants(1), false);
});
