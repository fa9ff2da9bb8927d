/** The schema engine over real servers of both flavours: what it sees, whom it tells, and the copies in `_vt`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Connection } from "../../mysql/client.ts";
import { statement } from "../../mysql/sql.ts";
import { describeFlavours, liveEnvironment, rootOf } from "../../testing/live-tablet.ts";
import { appUser } from "../../testing/throwaway-database.ts";
import { repairSidecar } from "../sidecar/sidecar.ts";
import { sidecarTables } from "../sidecar/tables.ts";
import { SchemaEngine } from "./schema-engine.ts";
import type { SchemaChange } from "./schema-model.ts";

describeFlavours([], (live) => {
  let root: Connection;
  const engines: SchemaEngine[] = [];
  const run = async (...texts: readonly string[]) => {
    for (const text of texts) await root.query(statement(text));
  };
  const rows = async (text: string) => (await root.query(statement(text))).rows;
  const open = () => {
    const address = { path: live.database.socketPath };
    const engine = new SchemaEngine(
      liveEnvironment,
      { address, username: "root", database: "test" },
      { writer: { address, ...appUser } },
    );
    const changes: SchemaChange[] = [];
    engine.onChange = (change) => changes.push(change);
    engines.push(engine);
    return { engine, changes };
  };
  before(async () => {
    root = await rootOf(live.database);
    await repairSidecar(root, "_vt", sidecarTables);
  });
  after(async () => {
    for (const engine of engines) engine.close();
    root.close();
  });

  test("columns, keys, kinds and definitions", async () => {
    await run(
      "create table t (id bigint unsigned auto_increment primary key, name varchar(30) not null, a int, b int, unique key ab (b, a), unique key part (name(5)))",
      "create table seq (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence'",
      "create view v as select id from t where id > 5",
      "insert into t (name, a, b) values ('x', 1, 1)",
    );
    const { engine, changes } = open();
    await engine.reload();
    assert.deepEqual(changes, []);
    const { tables } = engine.snapshot;
    const t = tables.get("t");
    assert.deepEqual(
      t?.columns.map(({ name, type, isNullable }) => `${name} ${type} ${isNullable}`),
      ["id bigint unsigned false", "name varchar(30) false", "a int true", "b int true"],
    );
    assert.deepEqual([t?.primaryKey, t?.uniqueKeys], [["id"], [["b", "a"]]]);
    assert.deepEqual([...engine.sizes.keys()], ["seq", "t"]);
    assert.ok((engine.sizes.get("t")?.rowBytes ?? 0) > 0);
    assert.deepEqual(
      [...tables.values()].map(({ name, kind }) => [name, kind]),
      [
        ["seq", "sequence"],
        ["t", "normal"],
        ["v", "view"],
      ],
    );
    assert.match(tables.get("v")?.viewQuery ?? "", /where/i);
    assert.doesNotMatch(t?.create ?? "", /AUTO_INCREMENT=/);
    assert.deepEqual(Object.keys((await engine.definitions("views", [])).definitions), ["v"]);
    assert.deepEqual(Object.keys((await engine.definitions("tables", ["t", "v", "none"])).definitions), ["t"]);
    assert.deepEqual(Object.keys((await engine.definitions("all", [])).definitions), ["seq", "t", "v"]);
    await run("drop view v", "drop table t, seq");
  });

  test("each change is told once, also one within the same second, or that touches no column", async () => {
    const { engine, changes } = open();
    await engine.reload();
    const look = async (...texts: readonly string[]) => {
      await run(...texts);
      changes.length = 0;
      await engine.reload();
      return changes.map(({ tables, views }) => [...tables, ...views].join(" ")).join("; ");
    };
    assert.equal(
      await look("create table c (id int primary key, a int)", "create table p (id int primary key)"),
      "c p",
    );
    assert.equal(await look("insert into c values (1, 1)"), "");
    assert.equal(await look("alter table c add column b int"), "c");
    assert.equal(await look("alter table c add constraint positive check (a > 0)"), "c");
    assert.equal(await look("alter table c add constraint fk foreign key (b) references p (id)"), "c");
    assert.equal(await look("alter table c modify column a int not null default 7, comment 'other'"), "c");
    assert.equal(await look("create view w as select id from c"), "w");
    assert.equal(await look("create or replace view w as select a as id from c"), "w");
    assert.equal(await look("rename table p to q"), "c q p");
    assert.equal(await look("drop view w", "drop table c"), "c w");
  });

  test("a primary keeps copies, a new one tells what they miss, another tablet writes nothing", async () => {
    const copies = () =>
      rows("select table_name from _vt.tables union all select table_name from _vt.views order by 1");
    await run("create table k (id int primary key)", "create view kv as select id from k");
    const first = open();
    await first.engine.reload();
    assert.deepEqual(await copies(), []);
    first.engine.setPrimary(true);
    await first.engine.reload();
    assert.deepEqual((await copies()).flat(), ["k", "kv", "q"]);
    first.changes.length = 0;
    await run("alter table k add column n int");
    await first.engine.reload();
    assert.deepEqual(first.changes, [{ tables: ["k"], views: [], udfs: false }]);
    assert.match(
      String((await rows("select create_statement from _vt.tables where table_name = 'k'"))[0]?.[0]),
      /`n` int/,
    );
    await run("drop view kv", "create table later (id int primary key)");
    const second = open();
    second.engine.setPrimary(true);
    await second.engine.reload();
    assert.deepEqual(second.changes, [{ tables: ["later"], views: ["kv"], udfs: false }]);
    assert.deepEqual((await copies()).flat(), ["k", "later", "q"]);
  });

  test("read_only stops the copies, and neither the look nor the signal", async () => {
    const { engine, changes } = open();
    engine.setPrimary(true);
    await engine.reload();
    await run("create table fenced (id int primary key)", "revoke all privileges, grant option from 'app'@'localhost'");
    await run("grant select, insert, update, delete on *.* to 'app'@'localhost'", "set global read_only = 1");
    try {
      changes.length = 0;
      await engine.reload();
      assert.deepEqual(changes, [{ tables: ["fenced"], views: [], udfs: false }]);
      assert.deepEqual(await rows("select 1 from _vt.tables where table_name = 'fenced'"), []);
    } finally {
      await run("set global read_only = 0");
    }
    await engine.reload();
    assert.deepEqual(await rows("select 1 from _vt.tables where table_name = 'fenced'"), [["1"]]);
  });
});
