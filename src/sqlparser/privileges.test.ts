/** What statements need, case by case; and that every statement of the test data has an answer. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { parse } from "./parse.ts";
import { privilegesOf } from "./privileges.ts";

const mysql = { ...mysqlEnvironment, version: 90700 };
const mariadb = { ...mariadbEnvironment, version: 110800 };

/** "t:SELECT d.t:INSERT *:SUPER" */
function needs(sql: string, environment = mysql): string {
  const found = privilegesOf(parse(sql, environment));
  if (found === "unknown") return found;
  return found
    .map(({ database, table, privilege }) => {
      const where = [database, table].filter((part) => part !== undefined).join(".");
      return `${where}${where === "" || table === undefined ? (database === undefined ? "(here)" : "") : ""}:${privilege}`;
    })
    .toSorted()
    .join(" ");
}

const cases: readonly (readonly [sql: string, needs: string])[] = [
  ["select 1", ""],
  ["select a from t join d.u using (x) where a in (select b from v)", "d.u:SELECT t:SELECT v:SELECT"],
  ["select * from t for update", "t:SELECT t:UPDATE"],
  ["select * from t into outfile 'x'", "*:FILE t:SELECT"],
  ["table t", "t:SELECT"],
  ["with a as (select * from t) select * from a, d.a", "d.a:SELECT t:SELECT"],
  ["with a as (select * from a) select * from a", "a:SELECT"],
  ["with recursive a as (select 1 union select * from a) select * from a", ""],
  ["with recursive a as (select * from b), b as (select 1) select * from b", "b:SELECT"],
  ["with a as (select 1) select * from (select * from a) x union select * from A", "A:SELECT"],
  ["with a as (select * from t) table a", "t:SELECT"],
  ["select * from x, lateral (with x as (select 1) select * from x) y", "x:SELECT"],
  ["insert into t values (1)", "t:INSERT"],
  ["insert into t select * from u on duplicate key update a = 1", "t:INSERT t:SELECT t:UPDATE u:SELECT"],
  ["replace into d.t values ((select max(a) from u))", "d.t:DELETE d.t:INSERT u:SELECT"],
  ["update t set a = 1", "t:UPDATE"],
  ["update t set a = a + 1", "t:SELECT t:UPDATE"],
  ["with c as (select * from u) update t set a = 1", "t:UPDATE u:SELECT"],
  ["update t x join u y on x.a = y.a set x.b = 1", "t:SELECT t:UPDATE u:SELECT"],
  ["update t x join u y on x.a = y.a set b = 1", "t:SELECT t:UPDATE u:SELECT u:UPDATE"],
  ["delete from t", "t:DELETE"],
  ["delete from t where a = 1", "t:DELETE t:SELECT"],
  ["delete x from t x join u on x.a = u.a", "t:DELETE t:SELECT u:SELECT"],
  ["load data local infile 'x' replace into table t", "t:DELETE t:INSERT"],
  ["call d.p((select 1 from t))", "d.p:EXECUTE t:SELECT"],
  ["set @a = (select a from t)", "t:SELECT"],
  ["set global a = 1", "*:SYSTEM_VARIABLES_ADMIN"],
  ["prepare s from @a", "unknown"],
  ["explain delete from t", "t:DELETE"],
  ["lock tables a read", "a:LOCK TABLES a:SELECT"],
  [
    "create table t (a int references o(b), foreign key (a) references d.p (x)) select * from u",
    "d.p:REFERENCES o:REFERENCES t:CREATE t:INSERT u:SELECT",
  ],
  ["create temporary table t (a int)", "(here):CREATE TEMPORARY TABLES"],
  ["create table t like d.u", "d.u:SELECT t:CREATE"],
  ["alter table t rename to u", "t:ALTER t:CREATE t:DROP t:INSERT u:CREATE u:INSERT"],
  ["drop table a, d.b", "a:DROP d.b:DROP"],
  ["truncate t", "t:DROP"],
  ["create database d", "d:CREATE"],
  ["create or replace view v as select * from t", "t:SELECT v:CREATE VIEW v:DROP"],
  [
    "create definer = root@localhost trigger x before insert on t for each row insert into u values (1)",
    "*:SET_USER_ID t:TRIGGER u:INSERT",
  ],
  ["create procedure p() begin if (select 1 from a) then delete from b; end if; prepare s from @x; end", "unknown"],
  ["create procedure p() begin declare c cursor for select * from t; end", "(here):CREATE ROUTINE t:SELECT"],
  ["grant all on *.* to a", "*:CREATE USER *:GRANT OPTION"],
  ["analyze table a, d.b", "a:INSERT a:SELECT d.b:INSERT d.b:SELECT"],
  ["show tables", ""],
  ["show columns from t from d", "d.t:SELECT"],
  ["show engine innodb status", "*:SUPER"],
  ["alter vschema add table t", "*:VITESS_ADMIN"],
];

test("what statements need", () => {
  for (const [sql, expected] of cases) assert.equal(needs(sql), expected, sql);
  assert.equal(needs("select next value for d.s", mariadb), "d.s:INSERT d.s:SELECT");
  assert.equal(needs("begin not atomic delete from t; end", mariadb), "t:DELETE");
});

test("every statement has an answer", () => {
  for (const file of ["ddl-both", "ddl-vitess", "ddl-mysql", "ddl-mariadb", "ddl-mariadb-11"])
    for (const sql of readFileSync(`${import.meta.dirname}/testdata/${file}.sql`, "utf8").split("\n")) {
      if (sql.trim() === "") continue;
      const found = privilegesOf(parse(sql, file.includes("mariadb") ? mariadb : mysql));
      assert.ok(found === "unknown" || Array.isArray(found), sql);
    }
});
