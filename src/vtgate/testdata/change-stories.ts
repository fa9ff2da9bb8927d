/** Statements that change rows, and the tables that they change, for parity with one plain server. */

export const tables: readonly { readonly name: string; readonly definition: string; readonly rows: string }[] = [
  {
    name: "person",
    definition:
      "create table person (id bigint primary key, name varchar(30), age int, city int, seen datetime(3), unique key (id, name))",
    rows: `insert into person (id, name, age, city, seen) values ${Array.from({ length: 24 }, (_, i) => `(${i + 1}, '${"abcdefg"[i % 7]}${i}', ${(i * 7) % 20}, ${i % 4}, '2020-01-0${1 + (i % 9)} 00:00:00.${100 + i}')`).join(", ")}`,
  },
  {
    name: "pet",
    definition:
      "create table pet (id int primary key, owner bigint not null, name varchar(20), weight decimal(6,2), loud int generated always as (owner + 1) virtual)",
    rows: `insert into pet (id, owner, name, weight) values ${Array.from({ length: 30 }, (_, i) => `(${i + 1}, ${1 + ((i * 5) % 26)}, 'p${i % 5}', ${i}.25)`).join(", ")}`,
  },
  {
    name: "word",
    definition: "create table word (word varchar(20) primary key, n int)",
    rows: "insert into word (word, n) values ('one', 1), ('two', 2), ('Three', 3), ('it''s', 4), ('a\\\\b', 5), ('éé', 6)",
  },
  {
    name: "city",
    definition: "create table city (id int primary key, name varchar(20), size int)",
    rows: "insert into city (id, name, size) values (0, 'Rome', 10), (1, 'Oslo', 20), (2, 'Lima', 30), (3, 'Nome', 30)",
  },
  {
    name: "spot",
    definition: "create table spot (id bigint not null default 7, n int not null, unique key (id, n))",
    rows: "insert into spot (id, n) values (1, 1), (2, 2)",
  },
  {
    name: "nokey",
    definition: "create table nokey (id bigint, n int)",
    rows: "insert into nokey (id, n) values (1, 1), (2, 2), (3, 3)",
  },
];

export interface ChangeStory {
  readonly sql: string;
  /** It is prepared, with these. */
  readonly values?: readonly unknown[];
  readonly flavour?: "mysql" | "mariadb";
  /** Over several shards, or anywhere in a sharded keyspace. */
  readonly refused?: "over several shards" | "anywhere";
  /** Which rows change is up to the server. */
  readonly anyRows?: true;
}

const keysFirst: readonly ChangeStory[] = [
  { sql: "update person set name = 'x' order by id limit 5" },
  { sql: "update person set name = 'x', age = age + 1 order by age desc, id limit 7" },
  { sql: "update person set name = ? where age > ? order by name, id limit 4", values: ["y", 3] },
  { sql: "update person set age = age order by id limit 3" },
  { sql: "update person set name = 'none' where id > 1000 order by id limit 3" },
  { sql: "update person set nosuch = 1 order by id limit 3" },
  { sql: "update person set name = 'z' limit 3", anyRows: true },
  { sql: "update person set age = 5 order by id" },
  { sql: "delete from person order by name desc limit 6" },
  { sql: "delete from person where age < 10 order by id limit ?", values: [3] },
  { sql: "delete from pet limit 10", anyRows: true },
  { sql: "delete from word where n > 1 order by n limit 4" },
  { sql: "update word set n = n + 10 order by n limit 5" },
  { sql: "delete from nokey order by id limit 1", refused: "anywhere" },
  { sql: "delete from city order by size, id limit 2" },
  { sql: "update city set name = 'big' order by size desc, id limit 1" },
  { sql: "update pet set id = id + 1 order by id desc limit 30" },
  {
    sql: "delete from pet where id < 9 order by id limit 3 returning id, name",
    flavour: "mariadb",
    refused: "anywhere",
  },
  {
    sql: "delete from pet where owner in (select id from person where age > 5) returning id, owner",
    flavour: "mariadb",
  },
];

const joined: readonly ChangeStory[] = [
  { sql: "update person p join pet t on t.owner = p.id set p.name = t.name where t.id = 3" },
  { sql: "update person p join pet t on t.owner = p.id set p.age = 1, t.weight = 2 where p.age > 10" },
  { sql: "delete p from person p where p.id < 4" },
  { sql: "delete p, t from person p join pet t on t.owner = p.id where t.weight > 10" },
  { sql: "delete person, pet from person left join pet on pet.owner = person.id where person.id in (1, 2, 3, 4)" },
  { sql: "update person p join pet t on t.id = p.id set p.name = t.name, p.age = p.age + 1" },
  {
    sql: "update person p join pet t on t.id = p.id set p.name = concat(t.name, '!'), t.name = 'taken' where p.age < 12",
    refused: "anywhere",
  },
  { sql: "update person p join pet t on t.id = p.id set p.name = 'q', t.weight = 1 where p.age < 12" },
  { sql: "update person p left join pet t on t.id = p.age set p.age = coalesce(t.weight, -1)" },
  { sql: "update person p, city c set p.name = c.name where c.id = p.city" },
  { sql: "update person p join city c on c.id = p.city set c.size = 99 where p.id = 7" },
  {
    sql: "update person p join city c on c.id = p.city set p.age = c.size, c.size = 5 where p.id = 7",
    refused: "anywhere",
  },
  { sql: "delete c from city c join person p on p.city = c.id where p.id = 2" },
  { sql: "delete t from pet t join person p on p.id = t.id where p.age > ?", values: [8] },
  { sql: "delete p, t from person p left join pet t on t.id = p.id where p.age > 8" },
  { sql: "delete from pet using pet join city on city.id = pet.id" },
  { sql: "update pet t join (select max(age) as m from person) x set t.name = 'old' where t.id = x.m" },
  { sql: "update word w join pet t on t.id = w.n set w.n = t.weight" },
];

const nested: readonly ChangeStory[] = [
  { sql: "delete from pet where owner in (select id from person where age > 10)" },
  { sql: "delete from pet where id in (select id from person where age > 10)" },
  { sql: "delete from person where not exists (select 1 from pet where pet.id = person.age)" },
  { sql: "update person set age = (select max(id) from pet)" },
  { sql: "update person set age = (select count(*) from pet where pet.id > person.id) where id < 9" },
  { sql: "update person set name = 'old' where age > (select avg(weight) from pet)" },
  { sql: "update city set size = (select count(*) from person)" },
  { sql: "delete from city where id in (select city from person where id = 3)" },
  { sql: "delete from person where id in (select age from person)", flavour: "mariadb" },
  { sql: "delete from person where id in (select age from person)", flavour: "mysql", refused: "anywhere" },
];

const inserts: readonly ChangeStory[] = [
  { sql: "insert into person (id, name) values (100 + 1, 'e'), (abs(-102), 'f')" },
  { sql: "insert into person (id, name, age) values (103, 'x', (select max(id) from pet)), (104, 'y', 2)" },
  { sql: "insert into person (id, name) values ((select max(id) + 400 from pet), 'q')" },
  { sql: "insert into person (id, age) values (105, (select max(age) from person))", refused: "anywhere" },
  { sql: "insert into person (id, age) values (106, (select id from pet))" },
  { sql: "replace into person (id, name, age) values (1, 'new', 5), (200, 'n', 1), (2, 'b1', 7)" },
  { sql: "replace into pet (id, owner, name) values (1, 1, 'n')", refused: "anywhere" },
  { sql: "replace into word (word, n) values ('one', 9)", refused: "anywhere" },
  { sql: "replace into person (id, name) select id, 'r' from pet where id < 4" },
  { sql: "insert ignore into person (id, name) values (1, 'dup'), (300, 'new'), (2, 'dup')" },
  {
    sql: "insert into person (id, name) values (1, 'dup'), (301, 'x') on duplicate key update name = concat(name, values(name))",
    flavour: "mariadb",
  },
  {
    sql: "insert into person (id, name) values (1, 'dup'), (302, 'x') as new on duplicate key update name = new.name",
    flavour: "mysql",
  },
  {
    sql: "insert into person (id, name) values (1, 'dup') as new(a, b) on duplicate key update id = a, name = b",
    flavour: "mysql",
  },
  { sql: "insert into person (id, name) values (1, 'd') on duplicate key update id = id, age = 77" },
  { sql: "insert into person (id, name) values (1, 'd') on duplicate key update id = 5", refused: "anywhere" },
  { sql: "insert into person (id, name) values (303, 'r'), (304, 's') returning id, name", flavour: "mariadb" },
  { sql: "replace into person (id, name) values (1, 'r'), (304, 's') returning id, name", flavour: "mariadb" },
  { sql: "insert into pet (id, owner, name, loud) values (400, 5, 'g', default)" },
  { sql: "insert into person values (401, 'n', 1, 2, default), (402, 'm', 1, 2, null)" },
  { sql: "insert into person set id = 402 + 1, name = 'set'" },
  { sql: "insert into person (id, name) values (?, ?), (? + 1, upper(?))", values: [500, "a", 501, "b"] },
  { sql: "insert into city (id, name) select id, name from pet where id between 20 and 25" },
  { sql: "insert into city (id, name, size) values (50, 'n', (select count(*) from person))" },
  { sql: "replace into city (id, name) values (1, 'z'), (60, 'y')" },
  {
    sql: "insert into person (id, name) select id + 500, name from pet where id < 5 on duplicate key update name = 'x'",
  },
  { sql: "insert into person (id, name) select 1000, 'one'" },
  { sql: "insert into person (id, name) select id, name from pet where id < 0" },
  { sql: "insert into person (id, name, seen) select id + 600, name, seen from person where id < 9" },
  { sql: "insert into spot (n) values (1), (2)" },
  { sql: "insert into spot (id, n) values (default, 3), (8, 4)" },
];

const moves: readonly ChangeStory[] = [
  { sql: "update person set id = 700 where id = 3" },
  { sql: "update person set name = 'moved', id = 701, age = age + 1 where name = 'c2'" },
  { sql: "update person set id = 4 where id = 3" },
  { sql: "update person set id = id, age = 1 where id = 3" },
  { sql: "update person set id = 3, age = 2 where id = 3" },
  { sql: "update person set id = ?, age = 3 where id = ?", values: [702, 3] },
  { sql: "update person set id = ?, age = 4 where id = ?", values: [3, 3] },
  { sql: "update person set id = 703 where id = 99999" },
  { sql: "update person set id = 704" },
  { sql: "update spot set id = 9 where n = 1" },
  { sql: "update pet set owner = 12, weight = weight + 1 where weight > 20" },
  { sql: "update word set word = 'x' where n = 1", refused: "anywhere" },
  { sql: "update person set id = id + 1000", refused: "anywhere" },
];

export const changeStories: readonly ChangeStory[] = [...keysFirst, ...joined, ...nested, ...inserts, ...moves];
