/** The query service over real servers of both flavours. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../base/clock.ts";
import { silentLogger } from "../../base/log.ts";
import { Metrics } from "../../base/metrics.ts";
import { systemRandom } from "../../base/random.ts";
import { sql, statement } from "../../mysql/sql.ts";
import type { ResultReader, TabletHealth } from "../../rpc/query-service.ts";
import { everyStatement } from "../../servenv/event-log.ts";
import { integerValue, textValue } from "../../sqltypes/value.ts";
import {
  appOf,
  describeFlavours,
  liveEnvironment,
  openLiveTablet,
  rootOf,
  withLiveTablet,
} from "../../testing/live-tablet.ts";
import { ask, requestOf, rowsOf, testCaller, testOptions, testTarget } from "../../testing/query-requests.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Recorder } from "./recorder.ts";
import type { QueryServiceConfig } from "./query-config.ts";
import type { TabletQueryService } from "./tablet-query-service.ts";

describeFlavours(["--character-set-server=latin1"], (live) => {
  let service: TabletQueryService;
  const withService = (config: Partial<QueryServiceConfig>, run: (service: TabletQueryService) => Promise<void>) =>
    withLiveTablet(live.database, { config }, run);
  before(() => {
    service = openLiveTablet(live.database);
  });
  after(() => service.close());
  beforeEach(async () => {
    await rowsOf(service, "drop table if exists t");
    await rowsOf(service, "create table t (id int primary key, name varchar(30))");
  });

  test("binds become literals, in text and in prepared statements", async () => {
    const binds = {
      id: integerValue(1),
      name: textValue("it's \\ 'é'"),
      ids: { type: "TUPLE", values: [integerValue(1), integerValue(2)] },
    } as const;
    for (const format of ["text", "binary"] as const) {
      const options = { format };
      await rowsOf(service, "delete from t");
      const inserted = await ask(service, "insert into t values (:id, :name)", { binds, options });
      assert.equal(inserted.error, undefined);
      assert.equal(inserted.trailer?.affectedRows, 1);
      assert.deepEqual(
        await rowsOf(service, "select id, name from t where id in ::ids and name = :name and ':id' <> '' /* :no */", {
          binds,
          options,
        }),
        [["1", "it's \\ 'é'"]],
      );
      const missing = await ask(service, "select :nothing", { binds, options });
      assert.equal((missing.error as { code?: string }).code, "VT26008");
    }
  });

  test("a transaction: begin with the first statement, commit, rollback, isolation from others", async () => {
    const first = await ask(service, "insert into t values (1, 'a')", { begin: true });
    const { transactionId } = first.state;
    assert.ok(transactionId > 0);
    assert.deepEqual(await rowsOf(service, "select count(*) from t"), [["0"]]);
    assert.deepEqual(await rowsOf(service, "select count(*) from t", { transactionId }), [["1"]]);
    const failed = await ask(service, "insert into t values (1, 'again')", { transactionId });
    assert.equal(failed.error?.errno, 1062);
    assert.equal(failed.state.transactionId, transactionId);
    assert.deepEqual(await service.commit(testTarget, transactionId), { reservedId: 0, gtid: "" });
    assert.deepEqual(await rowsOf(service, "select count(*) from t"), [["1"]]);
    const late = await ask(service, "select 1", { transactionId });
    assert.equal((late.error as { code?: string }).code, "VT26003");
    assert.equal(late.state.transactionId, 0);
    const second = await service.begin(testTarget, { ...testOptions, readOnlyTransaction: true }, [], testCaller);
    assert.equal((await ask(service, "delete from t", { transactionId: second.transactionId })).error?.errno, 1792);
    await service.rollback(testTarget, second.transactionId);
    await assert.rejects(service.commit(testTarget, second.transactionId), { code: "VT26003" });
  });

  test("reserved connections keep their settings; pooled settings do not leak", async () => {
    const reserved = await ask(service, "select @@sql_mode", {
      reserve: true,
      settings: ["set sql_mode = 'ANSI_QUOTES'", "set @a = 5"],
    });
    const { reservedId } = reserved.state;
    assert.match(String(reserved.rows[0]?.[0]), /ANSI_QUOTES/);
    assert.deepEqual(await rowsOf(service, "select @a", { reservedId }), [["5"]]);
    const inside = await ask(service, "insert into t values (5, 'x')", { reservedId, begin: true });
    assert.deepEqual(inside.state, { transactionId: reservedId, reservedId, tabletAlias: "zone1-0000000100" });
    assert.equal(await service.rollback(testTarget, reservedId), reservedId);
    assert.deepEqual(await rowsOf(service, "select count(*) from t"), [["0"]]);
    await service.release(testTarget, 0, reservedId);
    assert.deepEqual(await rowsOf(service, "select @@sql_select_limit > 3", { options: { sqlSelectLimit: 2 } }), [
      ["0"],
    ]);
    assert.deepEqual(await rowsOf(service, "select @@sql_select_limit > 3"), [["1"]]);
    assert.deepEqual(await rowsOf(service, "select @a"), [[null]]);
  });

  test("affected rows: changed ones, or found ones where the client asks", async () => {
    await rowsOf(service, "insert into t values (1, 'a')");
    assert.equal((await ask(service, "update t set name = 'a' where id = 1")).trailer?.affectedRows, 0);
    assert.equal(
      (await ask(service, "update t set name = 'a' where id = 1", { options: { clientFoundRows: true } })).trailer
        ?.affectedRows,
      1,
    );
  });

  test("cancel and time limits stop the statement on the server; a transaction survives a cancel", async () => {
    const heavy =
      "select count(*) from information_schema.columns a, information_schema.columns b, information_schema.columns c";
    const cancelled = await ask(service, heavy, {}, (running) => void delay(100).then(() => running.cancel()));
    assert.equal((cancelled.error as { code?: string }).code, "VT26006");
    const slow = await ask(service, heavy, { options: { timeoutMs: 100 } });
    assert.equal((slow.error as { code?: string }).code, "VT26005");
    const { state } = await ask(service, "insert into t values (1, 'kept')", { begin: true });
    const stopped = await ask(
      service,
      heavy,
      { transactionId: state.transactionId },
      (running) => void delay(100).then(() => running.cancel()),
    );
    assert.equal(stopped.state.transactionId, state.transactionId);
    assert.deepEqual(await rowsOf(service, "select name from t", state), [["kept"]]);
    await service.commit(testTarget, state.transactionId);
    assert.deepEqual(await rowsOf(service, "select name from t"), [["kept"]]);
    assert.equal(service.running.size, 0);
  });

  test("a transaction over its time is rolled back, also while a statement runs", () =>
    withService({ transactionTimeoutMs: 200 }, async (strict) => {
      const idle = await ask(strict, "insert into t values (1, 'a')", { begin: true });
      await delay(450);
      const late = await ask(strict, "select 1", { transactionId: idle.state.transactionId });
      assert.match(String(late.error?.message), /exceeded timeout/);
      const busy = await ask(strict, "select sleep(5)", { begin: true });
      assert.equal(busy.state.transactionId, 0);
      assert.deepEqual(await rowsOf(strict, "select count(*) from t"), [["0"]]);
    }));

  test("a reserved connection that nobody uses goes; one in use stays", () =>
    withService({ idleTimeoutMs: 400 }, async (strict) => {
      const left = (await ask(strict, "select 1", { reserve: true })).state;
      const used = (await ask(strict, "set @a = 3", { reserve: true })).state;
      for (let turn = 0; turn < 10; turn++) {
        await delay(100);
        assert.deepEqual(await rowsOf(strict, "select @a", used), [["3"]]);
      }
      assert.match(String((await ask(strict, "select 1", left)).error?.message), /nobody used it for 400 ms/);
    }));

  test("who waits for a connection and gives up leaves the queue at once", () =>
    withService({ queryPoolMax: 1 }, async (small) => {
      const order: string[] = [];
      const note = (name: string) => (answer: Awaited<ReturnType<typeof ask>>) => {
        order.push(name);
        return answer;
      };
      const first = ask(small, "select sleep(0.4)").then(note("first"));
      const second = ask(small, "select 2", {}, (running) => void delay(50).then(() => running.cancel())).then(
        note("second"),
      );
      const third = ask(small, "select 3").then(note("third"));
      const [, left, last] = await Promise.all([first, second, third]);
      assert.equal((left.error as { code?: string }).code, "VT26006");
      assert.deepEqual(last.rows, [["3"]]);
      assert.deepEqual(order, ["second", "first", "third"]);
      assert.equal(small.pools.query.waiting, 0);
    }));

  test("what a statement did to a shared connection meets nobody else", () =>
    withService({ queryPoolMax: 1 }, async (small) => {
      await rowsOf(small, "set @x = 5, sql_mode = 'ANSI_QUOTES'");
      assert.deepEqual(await rowsOf(small, `select @x, "y"`), [[null, "y"]]);
      await rowsOf(small, "create temporary table brief (a int)");
      assert.equal((await ask(small, "select * from brief")).error?.errno, 1146);
      await rowsOf(small, "use information_schema");
      assert.deepEqual(await rowsOf(small, "select database()"), [["test"]]);
    }));

  test("a pool keeps as many idle connections as it may", () =>
    withService({ queryPoolIdleMax: 2 }, async (small) => {
      await Promise.all(Array.from({ length: 5 }, () => rowsOf(small, "select sleep(0.2)")));
      assert.equal(small.pools.query.freeCount, 2);
      assert.equal(small.pools.query.size, 2);
    }));

  test("what ends is counted and logged: statements, transactions, kills, rows", async () => {
    const metrics = new Metrics();
    const env = { clock: systemClock, log: silentLogger, random: systemRandom };
    const filter = { ...everyStatement, format: "json" as const };
    const recorder = new Recorder({ ...env, metrics, filter, warnRows: () => 1 });
    await withLiveTablet(live.database, { recorder }, async (counted) => {
      const [statements, transactions]: [Record<string, unknown>[], Record<string, unknown>[]] = [[], []];
      recorder.statements.listen((line) => statements.push(JSON.parse(line)));
      recorder.transactions.listen((line) => transactions.push(JSON.parse(line)));
      const { state } = await ask(counted, "insert into t values (1, 'a'), (2, :b)", {
        begin: true,
        binds: { b: textValue("bind") },
      });
      await rowsOf(counted, "select * from t", state);
      await counted.commit(testTarget, state.transactionId);
      const slow = await ask(
        counted,
        "select sleep(5)",
        { begin: true },
        (one) => void delay(80).then(() => one.cancel()),
      );
      await counted.rollback(testTarget, slow.state.transactionId);
      assert.notEqual((await ask(counted, "select nothing from nowhere")).error, undefined);
      const reserved = await ask(counted, "select 1", { reserve: true });
      const now = metrics.vars() as Record<string, Record<string, unknown>>;
      assert.deepEqual(now["UserActiveReservedCount"], { tester: 1 });
      await counted.release(testTarget, 0, reserved.state.reservedId);
      const [first, second, , failed] = statements;
      assert.deepEqual([first?.["planType"], first?.["rowsAffected"], first?.["binds"]], ["Insert", 2, "b: bind"]);
      assert.deepEqual([second?.["sql"], second?.["rows"], second?.["username"]], ["select * from t", 2, "tester"]);
      assert.match(String(failed?.["error"]), /nowhere/);
      assert.deepEqual(
        transactions.map(({ conclusion, queries }) => [conclusion, queries]),
        [
          ["commit", ["insert into t values (1, 'a'), (2, :b)", "select * from t"]],
          ["rollback", ["select sleep(5)"]],
        ],
      );
      const vars = metrics.vars() as Record<string, Record<string, unknown>>;
      const histogram = (name: string) => (vars[name]?.["Histograms"] ?? {}) as Record<string, { Count: number }>;
      assert.equal(vars["Kills"]?.["Queries"], 1);
      assert.equal(vars["Warnings"]?.["ResultsExceeded"], 1);
      assert.deepEqual(vars["UserReservedCount"], { tester: 1 });
      assert.deepEqual(vars["UserActiveReservedCount"], { tester: 0 });
      assert.deepEqual(vars["UserTransactionCount"], { "tester.commit": 1, "tester.rollback": 1 });
      assert.equal(histogram("Queries")["Insert"]?.Count, 1);
      assert.equal(histogram("Mysql")["Exec"]?.Count, 5);
      assert.deepEqual([vars["Errors"]?.["NOT_FOUND"], vars["Errors"]?.["CANCELED"]], [1, 1]);
    });
  });

  test("a full pool makes callers wait, then refuses; nothing is lost after", () =>
    withService({ queryPoolMax: 2, queryPoolTimeoutMs: 150, poolWaitersMax: 5 }, async (small) => {
      const all = await Promise.all(Array.from({ length: 12 }, () => ask(small, "select sleep(0.4)")));
      const codes = all.map(({ error }) => (error as { code?: string } | undefined)?.code ?? "ok");
      assert.equal(codes.filter((code) => code === "ok").length, 2);
      assert.equal(codes.filter((code) => code === "VT26004").length, 10);
      assert.deepEqual(await rowsOf(small, "select 1"), [["1"]]);
      assert.ok(small.pools.query.size <= 2);
    }));

  test("a full pool gives connections of another shape, as good as new; its size changes while it works", () =>
    withService({ queryPoolMax: 1 }, async (small) => {
      const session =
        "select connection_id(), @@character_set_client, @@collation_connection, @@character_set_results, database(), @@autocommit, @@sql_mode, @@sql_select_limit, @@time_zone, @@wait_timeout, @x";
      const fresh = await rowsOf(small, session);
      const shaped = await rowsOf(small, session, {
        settings: ["set @x = 1, sql_mode = 'ANSI_QUOTES'", "set names latin1"],
      });
      assert.equal(shaped[0]?.[0], fresh[0]?.[0]);
      assert.equal(shaped[0]?.[1], "latin1");
      assert.deepEqual(await rowsOf(small, session), fresh);
      assert.equal(small.pools.query.counts.reset, 2);
      const found = await rowsOf(small, "select connection_id()", { options: { clientFoundRows: true } });
      assert.notEqual(found[0]?.[0], fresh[0]?.[0]);
      const sleeps = Array.from({ length: 3 }, () => rowsOf(small, "select sleep(0.3)"));
      await delay(50);
      assert.deepEqual([small.pools.query.size, small.pools.query.waiting], [1, 2]);
      small.pools.query.setLimits({ sizeMax: 3 });
      await delay(50);
      assert.deepEqual([small.pools.query.size, small.pools.query.waiting], [3, 0]);
      small.pools.query.setLimits({ sizeMax: 2 });
      await Promise.all(sleeps);
      assert.equal(small.pools.query.size, 2);
      assert.ok(small.pools.query.counts.waitMs > 50);
    }));

  test("a slow reader: a small result frees its connection, a large one is read no further, in bounded memory", () =>
    withService({ queryPoolMax: 1, streamPoolMax: 1 }, async (small) => {
      const sizes: number[] = [];
      let done: (() => void) | undefined;
      const ended = new Promise<void>((resolve) => {
        done = resolve;
      });
      const stalled: ResultReader = {
        columns: () => {},
        rows: (chunk) => {
          sizes.push(chunk.length);
          return false;
        },
        end: () => done?.(),
        fail: (error) => assert.fail(error),
      };
      const running = small.execute(
        requestOf(
          "with recursive n as (select 1 as i union all select i + 1 from n where i < 900) select repeat('x', 900) from n",
        ),
        stalled,
      );
      assert.deepEqual(await rowsOf(small, "select 'free'"), [["free"]]);
      assert.equal(sizes.length, 1);
      const timer = setInterval(() => running.resume(), 1);
      await ended;
      clearInterval(timer);
      assert.ok(sizes.reduce((sum, size) => sum + size) > 900 * 900);
      const before = process.memoryUsage().rss;
      let seen = 0;
      const huge = small.execute(
        requestOf(
          "select a.table_name, repeat('y', 1000) from information_schema.columns a, information_schema.columns b limit 500000",
          { options: { workload: "OLAP" } },
        ),
        { columns: () => {}, rows: (chunk) => (seen += chunk.length) < 0, end: () => {}, fail: () => {} },
      );
      await delay(300);
      assert.ok(seen < 200_000 && process.memoryUsage().rss - before < 60 * 1024 * 1024, `${seen} bytes came`);
      huge.cancel();
    }));

  test("result cap, sidecar, wrong target, not serving, drain", () =>
    withService({ resultRowsMax: 2 }, async (own) => {
      const codeOf = async (text: string, wanted = {}) =>
        ((await ask(own, text, wanted)).error as { code?: string } | undefined)?.code;
      await rowsOf(own, "insert into t values (1, 'a'), (2, 'b'), (3, 'c')");
      assert.equal(await codeOf("select * from t"), "VT26007");
      assert.equal(await codeOf("select * from t limit 2"), undefined);
      assert.equal(await codeOf("select * from t", { options: { workload: "OLAP" } }), undefined);
      assert.equal(await codeOf("select * from `_vt`.heartbeat"), "VT26010");
      assert.equal(await codeOf("select '_vt.' as _vt"), undefined);
      assert.equal(await codeOf("select 1", { target: { ...testTarget, shard: "-80" } }), "VT26002");
      const { state } = await ask(own, "delete from t", { begin: true });
      own.setServing(testTarget, false, "reparenting");
      assert.equal(await codeOf("select 1"), "VT26001");
      assert.equal(await codeOf("select 1", state), undefined);
      await own.drain(50);
      assert.equal(await codeOf("select 1", state), "VT26003");
      own.setServing(testTarget, true, "");
      assert.deepEqual(await rowsOf(own, "select count(*) from t"), [["3"]]);
    }));

  test("equal reads share one call, also when one gives up; who wrote sees it", async () => {
    const { consolidator } = service;
    const few = Array.from({ length: 90 }, (_, i) => `(${i}, 'x')`).join(",");
    await rowsOf(service, `insert into t values ${few}`);
    const slow = "select count(*) from t a join t b join t c where a.id + b.id >= c.id - :n";
    const read = (n: number, wanted: Parameters<typeof ask>[2] = {}, meanwhile?: Parameters<typeof ask>[3]) =>
      ask(service, slow, { binds: { n: integerValue(n) }, ...wanted }, meanwhile);
    const alone = await read(0);
    const before = consolidator.waits;
    const same = await Promise.all(Array.from({ length: 8 }, () => read(0)));
    assert.equal(consolidator.waits - before, 7);
    assert.ok(same.every(({ rows }) => rows[0]?.[0] === alone.rows[0]?.[0]));
    const mixed = consolidator.waits;
    const binary = { options: { format: "binary" as const } };
    await Promise.all([
      read(1),
      read(2),
      read(1, binary),
      read(1, { begin: true }).then(({ state }) => service.rollback(testTarget, state.transactionId)),
    ]);
    await Promise.all([read(1), read(1, { options: { consolidator: "disabled" } })]);
    assert.equal(consolidator.waits, mixed);
    const stopping = [
      read(3, {}, (running) => void delay(30).then(() => running.cancel())),
      read(3),
      read(3, {}, (running) => void delay(10).then(() => running.cancel())),
    ];
    const [leader, follower, left] = await Promise.all(stopping);
    assert.deepEqual(
      [leader, left].map((answer) => (answer?.error as { code?: string } | undefined)?.code),
      ["VT26006", "VT26006"],
    );
    assert.equal(follower?.error, undefined);
    const early = read(4);
    await rowsOf(service, "insert into t values (1000, 'new')");
    const written = consolidator.waits;
    const late = await read(4);
    assert.equal(consolidator.waits, written);
    assert.ok(Number(late.rows[0]?.[0]) > Number((await early).rows[0]?.[0]) - 1);
    assert.equal(late.rows[0]?.[0], (await read(4)).rows[0]?.[0]);
  });

  test("sequences hand out every value once, in blocks", async () => {
    await rowsOf(
      service,
      "create table if not exists seq (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence'",
    );
    await rowsOf(service, "replace into seq values (0, 100, 10)");
    const n = (count: number) => ({ binds: { n: integerValue(count) } });
    const taken = await Promise.all(
      Array.from({ length: 30 }, () => rowsOf(service, "select next :n values from seq", n(1))),
    );
    assert.deepEqual(
      taken.map((rows) => Number(rows[0]?.[0])).sort((a, b) => a - b),
      Array.from({ length: 30 }, (_, i) => 100 + i),
    );
    assert.deepEqual(
      await rowsOf(service, "select next :n values from seq", { ...n(25), options: { format: "binary" } }),
      [["130"]],
    );
    assert.deepEqual(await rowsOf(service, "select next value from seq"), [["155"]]);
    assert.equal(
      ((await ask(service, "select next value from t")).error as { errno?: number }).errno !== undefined,
      true,
    );
  });

  test("gateways are told of health and of changed tables", async () => {
    const seen: TabletHealth[] = [];
    const stop = new AbortController();
    const streamed = service.streamHealth((health) => seen.push(health), stop.signal);
    assert.equal(seen[0]?.isServing, true);
    const { definitions } = await service.getSchema(testTarget, "tables", ["t"]);
    assert.match(definitions["t"] ?? "", /create table/i);
    await rowsOf(service, "alter table t add column extra int");
    for (let i = 0; i < 100 && !seen.some(({ tableSchemaChanged }) => tableSchemaChanged.includes("t")); i++)
      await delay(20);
    assert.ok(seen.some(({ tableSchemaChanged }) => tableSchemaChanged.includes("t")));
    assert.match((await service.getSchema(testTarget, "all", [])).definitions["t"] ?? "", /extra/);
    stop.abort();
    await streamed;
  });

  test("heartbeats are written, and read as lag", async () => {
    const admin = await rootOf(live.database);
    await admin.query(sql`create database if not exists _vt`);
    await admin.query(
      sql`create table _vt.heartbeat (keyspaceShard varbinary(256) primary key, tabletUid int unsigned, ts bigint unsigned)`,
    );
    const ports = {
      env: liveEnvironment,
      options: appOf(live.database),
      keyspace: "ks",
      shard: "0",
      tabletUid: 100,
      intervalMs: 60_000,
    };
    const heartbeat = new Heartbeat(ports);
    const lags: (number | undefined)[] = [];
    heartbeat.onLag = (lag) => lags.push(lag);
    heartbeat.setMode("read");
    await heartbeat.beat();
    heartbeat.setMode("write");
    await heartbeat.beat();
    await admin.query(sql`update _vt.heartbeat set ts = ts - 5000000000`);
    heartbeat.setMode("read");
    await heartbeat.beat();
    assert.equal(lags[0], undefined);
    const last = lags.at(-1) ?? 0;
    assert.ok(last >= 5 && last < 60, `${last} s`);
    heartbeat.close();
    admin.close();
  });

  test("connections that the server closed are replaced; a lost transaction says so", async () => {
    const { state } = await ask(service, "insert into t values (9, 'gone')", { begin: true });
    const admin = await rootOf(live.database);
    const listed = await admin.query(sql`select id from information_schema.processlist where user = 'app'`);
    for (const [id] of listed.rows) await admin.query(statement(`kill ${id}`)).catch(() => undefined);
    admin.close();
    await delay(50);
    assert.deepEqual(await rowsOf(service, "select count(*) from t"), [["0"]]);
    const lost = await ask(service, "select 1", state);
    assert.equal((lost.error as { code?: string }).code, "VT26003");
    assert.match(String(lost.error?.message), /connection to the database was lost/);
  });
});
