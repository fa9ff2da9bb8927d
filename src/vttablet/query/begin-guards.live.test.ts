/** Guards of transactions, ACLs and annotation over real servers of both flavours. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { statement } from "../../mysql/sql.ts";
import { integerValue } from "../../sqltypes/value.ts";
import { describeFlavours, openLiveTablet, rootOf } from "../../testing/live-tablet.ts";
import { ask, rowsOf, testTarget } from "../../testing/query-requests.ts";
import { Authorizer } from "./authorizer.ts";
import { Plans } from "./plans.ts";
import { parseQueryRules } from "./query-rules.ts";
import { parseTableAcl } from "./table-acl.ts";
import type { TabletQueryService } from "./tablet-query-service.ts";

describeFlavours([], (live) => {
  let service: TabletQueryService;
  const plans = new Plans(100_000);
  const authorizer = new Authorizer(
    { database: "test", isStrict: true, isDryRun: false, exemptGroup: "" },
    plans,
    () => undefined,
  );
  const codeOf = (answer: Awaited<ReturnType<typeof ask>>) => (answer.error as { code?: string } | undefined)?.code;
  before(async () => {
    service = openLiveTablet(live.database, {
      plans,
      authorizer,
      config: {
        transactionPoolMax: 10,
        transactionLimit: { isDryRun: false, share: 0.5, by: ["username"] },
        hotRows: { isDryRun: false, concurrentMax: 1, queueMax: 3, globalQueueMax: 100 },
        isAnnotated: true,
      },
    });
    await rowsOf(service, "create table t (id int primary key, n int)");
    await rowsOf(service, "insert into t values (1, 0), (2, 0)");
  });
  after(() => service.close());

  test("transactions on the same row wait in a short queue; none is lost, cancelled ones leave it", async () => {
    const write = (id: number, meanwhile?: Parameters<typeof ask>[3]) =>
      ask(
        service,
        "update t set n = n + 1 where id = :id",
        { begin: true, binds: { id: integerValue(id) } },
        meanwhile,
      );
    const first = await write(1);
    const second = write(1); // Runs, and waits for the first one's lock.
    await delay(30);
    const third = write(1);
    const fourth = write(1, (running) => void delay(20).then(() => running.cancel()));
    assert.equal(codeOf(await write(1)), "VT26017");
    await delay(40); // The fourth is cancelled while it waits.
    const other = await write(2);
    assert.equal(other.error, undefined);
    await service.commit(testTarget, other.state.transactionId);
    await service.commit(testTarget, first.state.transactionId);
    await service.commit(testTarget, (await second).state.transactionId);
    await service.commit(testTarget, (await third).state.transactionId);
    const cancelled = await fourth; // Its transaction began all the same.
    assert.equal(codeOf(cancelled), "VT26006");
    await service.rollback(testTarget, cancelled.state.transactionId);
    assert.deepEqual(await rowsOf(service, "select n from t where id = 1"), [["3"]]);
    assert.deepEqual(service.hotRows?.now, []);
  });

  test("one caller gets its share of the transactions", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => ask(service, "select 1", { begin: true })));
    assert.equal(codeOf(await ask(service, "select 1", { begin: true })), "VT26016");
    const caller = {
      immediate: { username: "other", groups: [] },
      effective: { principal: "", component: "", subcomponent: "" },
    };
    const others = await ask(service, "select 1", { begin: true, caller });
    for (const { state } of [...all, others]) await service.rollback(testTarget, state.transactionId);
    assert.equal(service.held.size, 0);
  });

  test("a comment says who asked, in text and in prepared statements", async () => {
    for (const format of ["text", "binary"] as const) {
      const [[shown]] = (await rowsOf(
        service,
        "select info from information_schema.processlist where info like '%marker%'",
        {
          options: { format },
        },
      )) as [[string]];
      assert.match(shown, /^\/\* tester@PRIMARY \*\/ select info/);
    }
  });

  test("the server's sql_mode says how texts are read, also when it changes", async () => {
    const root = await rootOf(live.database);
    const ansi = ["set sql_mode = 'ANSI_QUOTES'"];
    await rowsOf(service, "create table if not exists other (id int)");
    authorizer.acl = parseTableAcl(
      '{"table_groups":[{"name":"g","table_names_or_prefixes":["t"],"readers":["tester"]}]}',
    );
    try {
      assert.deepEqual(await rowsOf(service, 'select "id" from t where id = 1'), [["id"]]);
      assert.deepEqual(await rowsOf(service, 'select "id" from "t" where id = 1', { settings: ansi }), [["1"]]);
      assert.equal(codeOf(await ask(service, 'select 1 from "other"', { settings: ansi })), "VT26013");
      await root.query(statement("set global sql_mode = 'ANSI_QUOTES'"));
      service.pools.query.retire(); // As if they were old: the next one is opened under the new mode.
      await rowsOf(service, "select 1");
      assert.deepEqual(await rowsOf(service, 'select "id" from "t" where id = 1'), [["1"]]);
      assert.equal(codeOf(await ask(service, 'select 1 from "other"')), "VT26013");
      const plain = ["set sql_mode = ''"];
      assert.deepEqual(await rowsOf(service, 'select "id" from t where id = 1', { settings: plain }), [["id"]]);
      authorizer.acl = undefined;
      const { state } = await ask(service, "select 1", { reserve: true, settings: plain });
      assert.equal((await ask(service, "set sql_mode = 'ANSI_QUOTES'", state)).error, undefined);
      assert.deepEqual(await rowsOf(service, 'select "id" from "t" where id = 2', state), [["2"]]);
      authorizer.setDeniedTables(["other"]);
      assert.equal(codeOf(await ask(service, 'select 1 from "other"', state)), "VT26015");
      await service.release(testTarget, 0, state.reservedId);
    } finally {
      authorizer.acl = undefined;
      authorizer.setDeniedTables([]);
      await root.query(statement("set global sql_mode = default"));
      root.close();
    }
  });

  test("a rule holds statements back until it goes, also in transactions; those that gave up hear so", async () => {
    const buffer = (table: string) =>
      authorizer.setRules("file", parseQueryRules(`[{"Name":"cut-over","TableNames":["${table}"],"Action":"BUFFER"}]`));
    const { state } = await ask(service, "insert into other values (1)", { begin: true });
    buffer("t");
    const ended: string[] = [];
    const held = [
      ask(service, "select count(*) from t").then((answer) => {
        ended.push("read");
        return answer;
      }),
      ask(service, "update t set n = n where id = 1", state),
      ask(service, "select 2 from t", {}, (running) => running.cancel()),
    ];
    assert.deepEqual(await rowsOf(service, "select count(*) from other"), [["0"]]);
    buffer("t"); // The rules changed, and still hold them.
    assert.deepEqual(await rowsOf(service, "select 1"), [["1"]]);
    assert.deepEqual(ended, []);
    authorizer.setRules("file", []);
    const [read, written, left] = await Promise.all(held);
    assert.deepEqual(read?.rows, [["2"]]);
    assert.equal(written?.error, undefined);
    assert.equal(left?.error !== undefined && codeOf(left), "VT26006");
    await service.rollback(testTarget, state.transactionId);
  });

  test("table ACLs deny before anything reaches the server", async () => {
    authorizer.acl = parseTableAcl(
      '{"table_groups":[{"name":"g","table_names_or_prefixes":["t"],"readers":["tester"]}]}',
    );
    try {
      assert.deepEqual(await rowsOf(service, "select count(*) from t"), [["2"]]);
      assert.equal(codeOf(await ask(service, "delete from t")), "VT26013");
      assert.equal(codeOf(await ask(service, "select 1", { begin: true, savepoints: ["delete from t"] })), "VT26013");
      assert.equal(codeOf(await ask(service, "select 1", { settings: ["set names gbk"] })), "VT12001");
      assert.deepEqual(await rowsOf(service, "select count(*) from t"), [["2"]]);
      assert.equal(service.held.size, 0);
    } finally {
      authorizer.acl = undefined;
    }
  });
});
