/**
 * A definition that is printed is the definition that was written: tables, views, routines, triggers and events are made
 * on real servers from both texts, and SHOW CREATE (for routines and triggers, whose text servers keep: what they do) must
 * be the same. Queries must have the same EXPLAIN.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { type AskedServer, startAskedServer } from "../testing/asked-server.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { type Environment, versionNumber } from "./environment.ts";
import { parse } from "./parse.ts";
import { print } from "./printer.ts";

/** What is asked about a thing once it stands, and how it goes away. */
interface Sort {
  readonly name: RegExp;
  readonly asks: (name: string) => readonly string[];
  readonly drop: string;
}

const sorts: Readonly<Record<string, Sort>> = {
  table: {
    name: /^create (?:or replace )?(?:temporary )?table (?:if not exists )?(\w+)/i,
    asks: (name) => [`show create table ${name}`],
    drop: "table",
  },
  view: {
    name: /^create (?:or replace )?.*?\bview (\w+)/i,
    asks: (name) => [`show create view ${name}`],
    drop: "view",
  },
  procedure: {
    name: /^create procedure (\w+)/i,
    asks: (name) => [`call ${name}(3, @o)`, "select @o"],
    drop: "procedure",
  },
  function: {
    name: /^create function (\w+)/i,
    asks: (name) => [`select ${name}(0), ${name}(3), ${name}(null)`, parametersOf(name)],
    drop: "function",
  },
  trigger: {
    name: /^create trigger (\w+)/i,
    asks: () => ["delete from base", "insert into base values (1, 5, 'x'), (2, null, 'y')", "select * from base"],
    drop: "trigger",
  },
  event: {
    name: /^create event (\w+)/i,
    asks: (name) => [
      `select interval_value, interval_field, status, on_completion, event_comment from information_schema.events where event_name = '${name}'`,
    ],
    drop: "event",
  },
};

const parametersOf = (name: string) =>
  `select parameter_name, dtd_identifier, parameter_mode from information_schema.parameters where specific_name = '${name}' order by ordinal_position`;

const base = "create table base (id int primary key, n int, s varchar(20), key (n))";
const rows = "insert into base values (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'it''s')";

const definitions: readonly string[] = [
  "create view v1 as select id, n + 1 * 2 as m, concat(s, '\\n', 'x') c from base where not n = 3 and (id = 1 or n > 2)",
  "create algorithm = merge sql security invoker view v2 (a, b) as select id, n from base where n > 1 with cascaded check option",
  "create view v3 as with recursive r (i) as (select 1 union all select i + 1 from r where i < 5) select * from r",
  "create view v4 as select id, sum(n) over (partition by s order by n desc rows between 1 preceding and current row) k from base",
  "create view v5 as select b.id from base b left join (base c join base d on c.id = d.id) on b.id = c.id where exists (select 1 from base e where e.id = b.id)",
  "create view v6 as (select id from base order by n limit 2) union all (select n from base limit 1) order by 1",
  "create view v7 as select case n when 1 then 'a' else null end a, cast(n as decimal(10, 2)) b, n between 1 and 3 c, s like 'a|%' escape '|' d, -(-n) e, n in (1, 2) f from base",
  "create view v8 as select j.a from base, json_table('[{\"a\": 1}]', '$[*]' columns (a int path '$.a' default '7' on empty null on error)) j",
  "create view v9 as select id from base except select n from base intersect select 1 from base",
  "create view v10 as select group_concat(distinct s order by n desc separator '; ') g, count(*) c from base group by n with rollup",
  "create view v11 as select date_add('2024-01-31', interval 1 month) a, extract(year from '2024-01-01') b, trim(leading 'x' from s) c, substring(s, 2) d, s collate utf8mb4_bin e from base",
  "create table t1 (id bigint unsigned not null auto_increment, a varchar(10) character set latin1 collate latin1_bin default 'it''s' comment 'a\\\\b', b decimal(10,2) default (1 + 2), c int generated always as (b + 1) stored, primary key (id), unique key u (a(5) desc), check (b > 0)) engine = innodb default charset = utf8mb4 comment = 'x' row_format = dynamic",
  "create table t2 (a int not null, b timestamp(3) not null default current_timestamp(3) on update current_timestamp(3), c enum('a', 'b,c', 'd''e'), d set('x', 'y'), e bit(3) default b'101', f year, key k (a, c) using btree) partition by range (a) (partition p0 values less than (10), partition p1 values less than maxvalue comment = 'last')",
  "create table t3 (a int, b int, constraint fk foreign key (b) references base (id) on delete set null on update cascade, fulltext key ft (c), c text)",
  "create table t4 (a int not null, b date not null) partition by hash (a * 2) partitions 3",
  "create table t5 (a int, b varchar(10)) partition by list columns (b) (partition p values in ('x', null), partition q values in ('y'))",
  "create table t6 (a int not null, b date not null) partition by range (to_days(b)) subpartition by hash (a) subpartitions 2 (partition p0 values less than (to_days('2024-01-01')), partition p1 values less than maxvalue)",
  "create table t7 (a int not null, g geometry not null, j json, spatial key (g), key (a) comment 'k')",
  "create table t8 select id, n + 1 as m, s from base where n > 10",
  "create table t9 like base",
  "create procedure p1(in a int, out o int) begin declare i int default 0; declare continue handler for sqlexception, not found set o = -1; l: loop set i = i + 1; if i >= a then leave l; elseif i = 1 then iterate l; else set i = i; end if; end loop l; set o = i * 2; select o, a; end",
  "create procedure p2(a int, inout o int) begin declare done int default 0; declare x int; declare c cursor for select n from base order by id; declare continue handler for not found set done = 1; set o = 0; open c; r: repeat fetch c into x; if not done then set o = o + x; end if; until done end repeat r; close c; end",
  "create procedure p3(a int, out o int) begin declare e condition for sqlstate '45000'; declare exit handler for e begin get diagnostics condition 1 @m = message_text; set o = 7; end; while a > 0 do set a = a - 1; end while; signal e set message_text = 'no', mysql_errno = 5000; end",
  "create function f1(a int) returns varchar(20) charset utf8mb4 deterministic no sql comment 'x' return case when a is null then 'null' when a > 1 then concat('>', a) else 'small' end",
  "create function f2(a int) returns int reads sql data begin declare x int; case a when 0 then return 5; else select n into x from base where id = a; end case; return x; end",
  "create trigger g1 before insert on base for each row set new.n = coalesce(new.n, 0) + 1, new.s = concat(new.s, '!')",
  "create trigger g2 before insert on base for each row begin if new.n is null then set new.n = 9; end if; end",
  "create event e1 on schedule every 2 hour starts '2037-01-01 00:00:00' on completion preserve disable comment 'x' do delete from base where id = 0",
  "create event e2 on schedule every '1:30' hour_minute do begin delete from base where id = 0; end",
];
const ofFlavour: Readonly<Record<Environment["flavour"], readonly string[]>> = {
  mysql: [
    "create table y1 (a int, b int invisible, key k ((a + b)) invisible, key l (b desc), check (a > 1) not enforced)",
    "create table y2 (a vector(3), b int default (rand() * 10), c varchar(5) default (concat('a', 'b')))",
    "create view y3 as select t.a from base, lateral (select base.n as a limit 1) t",
    "create view y4 as values row(1, 'a'), row(2, 'b')",
  ],
  mariadb: [
    "create table m1 (a int, s timestamp(6) generated always as row start, e timestamp(6) generated always as row end, period for system_time (s, e)) with system versioning",
    "create table m2 (a int without system versioning, b uuid, c inet6) with system versioning partition by system_time limit 100 (partition h history, partition c current)",
    "create table m3 (a int, s date, e date, period for p (s, e), unique (a, p without overlaps))",
    "create table m4 (a int, b int as (a + 1) virtual, c int as (a) persistent, index (a) ignored)",
    "create or replace table m5 (a varchar(5) compressed, b json check (json_valid(b)), c int check (c > 0), constraint k check (c < 9))",
    "create view m6 as select nextval(s1) n, lastval(s1) l",
    "create table m7 (a int default nextval(s1), b int default (uuid_short()))",
  ],
};
const queries: readonly string[] = [
  "select * from base b straight_join base c on b.id = c.n where b.n > 1 order by c.n desc limit 1, 2",
  "select /*+ NO_INDEX_MERGE(b) */ id from base b use index (n) where n in (select id from base) or s = 'x' for update",
  "select id from base force index for order by (n) order by n",
  "select n, count(*) from base where (id, n) in ((1, 2), (3, 4)) group by n having count(*) > 1",
  "with x as (select n from base where id > 1) select * from x a join x b using (n)",
  "update base b join base c on b.id = c.id set b.n = c.n + 1 where c.s is not null",
  "delete b from base b left join base c on c.id = b.n where c.id is null",
  "insert into base select id + 10, n, s from base where id < 3 on duplicate key update n = values(n)",
  "replace into base (id, n) values (1, default), (2, 3)",
];

/** The lines that others test for reading alone; those a plain server makes are compared too. */
const lines = (name: string) => readFileSync(`${import.meta.dirname}/testdata/${name}.sql`, "utf8").split("\n");

async function answers(server: AskedServer, sql: string, sort: Sort, name: string): Promise<readonly string[]> {
  const made = await server.ask(sql);
  if (made.startsWith("error")) return [made];
  const found: string[] = [];
  for (const question of sort.asks(name)) found.push(await server.ask(question));
  await server.ask(`drop ${sort.drop} ${name}`);
  return found;
}

for (const flavour of flavours)
  test(`printed definitions and queries mean the same on ${flavour}`, async () => {
    const server = await startAskedServer(flavour);
    after(() => server.stop());
    const environment: Environment = {
      flavour,
      version: versionNumber(server.version),
      sqlMode: "",
      collation: "utf8mb4_bin",
    };
    await server.ask("create database defined");
    for (const sql of ["use defined", "set sql_mode = ''", "set names utf8mb4", base, rows]) await server.ask(sql);
    if (flavour === "mariadb") await server.ask("create sequence s1");

    const own = [...definitions, ...ofFlavour[flavour]];
    let compared = 0;
    const wrong: string[] = [];
    for (const sql of [...own, ...lines("ddl-both"), ...lines(`ddl-${flavour}`)]) {
      const sort = Object.values(sorts).find(({ name }) => name.test(sql));
      const name = sort?.name.exec(sql)?.[1];
      if (sort === undefined || name === undefined || name === "base") continue;
      const wanted = await answers(server, sql, sort, name);
      if (wanted[0]?.startsWith("error") && own.includes(sql)) wrong.push(`not valid: ${wanted[0]}\n  ${sql}`);
      const printed = print(parse(sql, environment), environment);
      const got = await answers(server, printed, sort, name);
      if (JSON.stringify(got) !== JSON.stringify(wanted))
        wrong.push(`${sql}\n  ${printed}\n  ${wanted.join()}\n  ${got.join()}`);
      if (!wanted[0]?.startsWith("error")) compared++;
    }
    for (const sql of queries) {
      const printed = print(parse(sql, environment), environment);
      const wanted = await server.ask(`explain ${sql}`);
      const got = await server.ask(`explain ${printed}`);
      if (wanted.startsWith("error") || got !== wanted) wrong.push(`${sql}\n  ${printed}\n  ${wanted}\n  ${got}`);
    }
    assert.equal(wrong.length, 0, wrong.join("\n\n"));
    assert.ok(compared >= own.length, `${compared} definitions were compared`);
  });
