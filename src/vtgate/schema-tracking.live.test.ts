/** Definitions through the gateway, what it learns of them, and ALTER VSCHEMA: on real servers of both flavours. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { connectGateway } from "../testing/gateway-client.ts";
import { type LiveVtgate, startLiveVtgate } from "../testing/live-vtgate.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { defaultDefinitionOptions } from "./definition-options.ts";
import type { Vtgate } from "./open-vtgate.ts";
import { vschemaRights } from "./vschema-rights.ts";

const definitions = { ...defaultDefinitionOptions, mayChangeVSchema: vschemaRights(["app"]) };

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveVtgate;
    let db: mysql.Connection;
    const connect = (vtgate: Vtgate, database: string, user = "app") =>
      connectGateway(vtgate.mysqlPort, { user, database });
    const rows = async (sql: string, on = db) =>
      ((await on.query(sql))[0] as unknown[][]).map((row) => row.map(String));
    const until = async (what: string, isSo: () => boolean | Promise<boolean>) => {
      for (let i = 0; i < 500; i++) {
        if (await isSo()) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.fail(`never: ${what}`);
    };
    before(async () => {
      live = await startLiveVtgate(flavour, { definitions });
      await live.applyVSchema("customer", {
        sharded: true,
        vindexes: { hash: { type: "hash" } },
        tables: { customer: { column_vindexes: [{ column: "id", name: "hash" }] } },
      });
      await until(
        "the VSchema came",
        () => live.vtgate.cluster.vschema().keyspaces.get("customer")?.isSharded === true,
      );
      db = await connect(live.vtgate, "customer");
      const name = flavour === "mysql" ? /^9/ : /MariaDB/;
      await until("the version is known", async () => name.test((await rows("select @@version"))[0]?.[0] ?? ""));
    });
    after(async () => {
      await db.end();
      await live.stop();
    });

    test("the very next statement is planned by a definition", async () => {
      await db.query(
        "create table customer (id bigint primary key, name varchar(20), city varchar(20) default 'here')",
      );
      await db.query("insert into customer values (1, 'Ada', 'A'), (2, 'Bob', 'B'), (3, 'Cleo', 'C'), (4, 'Dan', 'D')");
      assert.deepEqual((await rows("select * from customer")).map((row) => row.join("|")).toSorted(), [
        "1|Ada|A",
        "2|Bob|B",
        "3|Cleo|C",
        "4|Dan|D",
      ]);
      await db.query("alter table customer add column age int first");
      await db.query("insert into customer values (50, 5, 'Eve', 'E')");
      assert.deepEqual(await rows("select * from customer where id = 5"), [["50", "5", "Eve", "E"]]);
      await db.query("alter table customer drop column age, drop column city");
      await db.query("insert into customer values (6, 'Finn')");
      await assert.rejects(db.query("insert into customer values (7, 'Gil', 'G')"), /VT03006/);
      assert.deepEqual(await rows("select * from customer where id = 6"), [["6", "Finn"]]);
    });

    test("a definition that another gateway let through is seen", async () => {
      const other = await live.open({ definitions });
      const there = await connect(other, "customer");
      await there.query("alter table customer add column note varchar(10)");
      await until("the column is known here", async () => {
        const { keyspaces } = live.vtgate.cluster.vschema();
        return keyspaces.get("customer")?.tables.get("customer")?.columns.length === 3;
      });
      await db.query("insert into customer values (8, 'Hal', 'n')");
      assert.deepEqual(await rows("select note from customer where id = 8", there), [["n"]]);
      await there.end();
    });

    test("tables of an unsharded keyspace are found by their bare names", async () => {
      await db.query("create table commerce.product (id int primary key, name varchar(20))");
      const nowhere = await connect(live.vtgate, "");
      await nowhere.query("insert into product values (1, 'pen')");
      assert.deepEqual(await rows("select name from product", nowhere), [["pen"]]);
      assert.deepEqual(await rows("select name from customer where id = 1", nowhere), [["Ada"]]);
      await nowhere.query("drop table product");
      await assert.rejects(nowhere.query("select name from product"), /VT05004/);
      await nowhere.end();
    });

    test("a definition that fails on one shard says so; on the first, nothing is done", async () => {
      await db.query("use `customer:80-`");
      await db.query("create table half (id int primary key)");
      await db.query("use customer");
      await assert.rejects(
        db.query("create table half (id int primary key)"),
        /VT20020: the definition failed on shards 80- of keyspace customer, and is in force on -80: .*exists/,
      );
      await assert.rejects(db.query("create table half (id int primary key)"), { errno: 1050 });
      await db.query("drop table half");
      await assert.rejects(db.query("drop table half"), { errno: 1051 });
    });

    test("a definition commits what is open, and goes where it may", async () => {
      await db.beginTransaction();
      await db.query("insert into customer values (20, 'Tea', 'n')");
      await db.query("create index by_name on customer (name)");
      await db.rollback();
      assert.deepEqual(await rows("select name from customer where id = 20"), [["Tea"]]);
      await db.query("set @@ddl_strategy = 'online'");
      await assert.rejects(db.query("drop index by_name on customer"), /VT12001: unsupported: ddl_strategy online/);
      await db.query("set @@ddl_strategy = 'direct'");
      await db.query("drop index by_name on customer");
      await assert.rejects(db.query("create database another"), /VT12001.*CREATE DATABASE/);
      await assert.rejects(db.query("create database customer"), { errno: 1007 });
      await db.query("create database if not exists customer");
      await assert.rejects(db.query("drop database nowhere"), { errno: 1008 });
      await assert.rejects(db.query("drop database customer"), /VT12001.*DROP DATABASE/);
    });

    test("views, routines and triggers are on every shard", async () => {
      await db.query("create view named as select id, name from customer");
      await db.query("create view initials as select left(name, 1) as initial, count(*) as n from named group by 1");
      const all = await rows("select id, name from customer order by id");
      assert.deepEqual(await rows("select * from named order by id"), all);
      assert.deepEqual(await rows("select n.name from named n where n.id = 5"), [["Eve"]]);
      const joined = "select i.n, v.name from initials i join customer.named v on left(v.name, 1) = i.initial";
      assert.deepEqual(await rows(`${joined} where v.id = 5`), [["1", "Eve"]]);
      assert.deepEqual(await rows("select sum(n) from initials"), [[String(all.length)]]);
      await db.query("create procedure noted() select 1");
      await db.query("create trigger upper_note before insert on customer for each row set new.note = upper(new.note)");
      await db.query("insert into customer values (30, 'Una', 'abc'), (31, 'Vic', 'def'), (32, 'Wim', 'ghi')");
      assert.deepEqual((await rows("select note from customer where id in (30, 31, 32)")).flat().toSorted(), [
        "ABC",
        "DEF",
        "GHI",
      ]);
      for (const shard of ["-80", "80-"]) {
        await db.query(`use \`customer:${shard}\``);
        assert.ok((await rows("select name from named")).length > 0);
        await db.query("call noted()");
      }
      await db.query("use customer");
      await db.query("drop trigger upper_note");
      await db.query("drop procedure noted");
      await db.query("drop view initials, named");
    });

    test("ALTER VSCHEMA changes it for all gateways, for those who may", async () => {
      const other = await live.open({ definitions });
      const there = await connect(other, "customer");
      await db.query("create table city (id bigint primary key, name varchar(20))");
      await assert.rejects(db.query("insert into city values (1, 'Rome')"), /VT05005/);
      await db.query("alter vschema on customer.city add vindex hash (id)");
      await db.query("insert into city values (1, 'Rome'), (2, 'Oslo'), (3, 'Lima')");
      assert.equal((await rows("select * from city")).length, 3);
      await until("the other gateway has the table", async () =>
        (await rows("show vschema tables", there)).flat().includes("city"),
      );
      assert.equal((await rows("select * from city", there)).length, 3);
      await db.query(
        "create table commerce.ids (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence'",
      );
      await db.query("insert into commerce.ids values (0, 500, 10)");
      await db.query("alter vschema add sequence commerce.ids");
      await db.query("alter vschema on city add auto_increment id using commerce.ids");
      const [made] = await db.query("insert into city (name) values ('Nome')");
      assert.equal((made as mysql.ResultSetHeader).insertId, 500);
      await db.query("alter vschema on city drop auto_increment");
      await db.query("alter vschema create vindex customer.other using xxhash");
      assert.ok((await rows("show vschema vindexes")).some((row) => row.includes("other")));
      await assert.rejects(db.query("alter vschema create vindex bad using no_such_type"), /VT20006/);
      await db.query("alter vschema drop vindex other");
      await db.query("alter vschema on city drop vindex hash");
      await assert.rejects(db.query("select * from city"), /VT05005/);
      await db.query("alter vschema drop sequence commerce.ids");
      await assert.rejects(db.query("alter vschema drop table commerce.ids"), /VT23013.*no table ids/);
      const stranger = await connect(live.vtgate, "customer", "stranger");
      await assert.rejects(stranger.query("alter vschema add table commerce.x"), /VT20018.*stranger/);
      await stranger.end();
      await there.end();
    });
  });
