/**
 * Parity: the same SQL to one plain server and to the gateway over one, two and four shards, text and prepared. Rows (in order, where the
 * order is total), names and types of columns must be equal; what the gateway refuses it must refuse as unsupported.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { connectGateway, exactValues } from "../testing/gateway-client.ts";
import { type LiveGateway, startLiveGateway } from "../testing/live-gateway.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { parseVSchema } from "../vschema/parse-vschema.ts";

const by = (column: string) => ({ column_vindexes: [{ column, name: "hash" }] });
const sharded = {
  sharded: true,
  vindexes: { hash: { type: "hash" } },
  tables: { person: by("id"), odd: by("id"), pet: by("person_id"), country: { type: "reference" } },
};
/** The same tables over one, two and four shards. */
const layout = { one: ["0"], two: ["-80", "80-"], four: ["-40", "40-80", "80-c0", "c0-"] };
const keyspaces = Object.keys(layout);
/** Keyspaces beside them: one server's, and one over shards of its own. */
const beside = { shop: ["0"], far: ["-80", "80-"] };
const vschema = parseVSchema({
  keyspaces: {
    ...Object.fromEntries(keyspaces.map((name) => [name, sharded])),
    shop: { tables: { offer: {}, rate: {} } },
    far: {
      sharded: true,
      vindexes: { xx: { type: "xxhash" } },
      tables: {
        visit: { column_vindexes: [{ column: "code", name: "xx" }] },
        rate: { type: "reference", source: "shop.rate" },
      },
    },
  },
});

const besideSchema = [
  "create table shop.offer (id int primary key, person_id bigint, price decimal(10,3), note text character set latin1, kind varchar(20) collate utf8mb4_bin, f float, y year, b bit(9), d double, at datetime(2), bin varbinary(20))",
  "create table shop.sort (id int primary key, e enum('z','a','m'))",
  "create table far.visit (code varchar(20) primary key, person_id int unsigned, seen date, spent time(1))",
];
const besideRows = [
  `insert into shop.offer (id, person_id, price, note, kind, f, y, b, d, at, bin) values ${Array.from(
    { length: 30 },
    (_, i) =>
      `(${i}, ${i % 4 === 0 ? "null" : (i * 7) % 60}, ${i}.125, ${i % 5 === 0 ? "null" : "'Ä" + "abAB"[i % 4] + "'"}, '${"xyXY"[i % 4]}', ${16777216 + i}, ${2000 + (i % 5)}, ${i * 9}, ${i}.5e0, '2020-01-0${1 + (i % 9)} 10:00:00.2${i % 10}', x'00${10 + i}')`,
  ).join(", ")}`,
  "insert into shop.sort (id, e) values (1, 'm'), (2, 'a'), (3, 'z'), (4, null)",
  `insert into far.visit (code, person_id, seen, spent) values ${Array.from({ length: 25 }, (_, i) => `('v${i}', ${(i * 11) % 40}, '2021-0${1 + (i % 9)}-11', '00:0${i % 10}:00.5')`).join(", ")}`,
];

/** Columns of types that no literal has. */
const oddTypes =
  "id bigint primary key, e enum('z','a','1','') character set latin1, s set('x','y','w'), f float, g float(7,3), b bit(10), y year, j json, p point, t time(2)";
const oddRows = Array.from({ length: 40 }, (_, i) => {
  const n = (k: number, value: string) => (i % k === 0 ? "null" : value);
  return `(${i + 1}, ${n(7, String(1 + (i % 4)))}, ${n(6, String(i % 8))}, ${n(9, `${16777216 + i}`)}, ${i * 1.1}, ${n(5, `b'${(i * 37).toString(2).slice(-10)}'`)}, ${n(8, String(i % 3 === 0 ? 0 : 1990 + (i % 6)))}, ${n(4, `'{"a": ${i % 5}}'`)}, ${n(3, `point(${i}, 2)`)}, '00:${10 + (i % 9)}:00.12')`;
});

const schema = [
  `create table odd (${oddTypes})`,
  "create table person (id bigint primary key, name varchar(30), nick varchar(30) collate utf8mb4_bin, age int, money decimal(12,3), ratio double, born date, seen datetime(3), lasts time, code varbinary(10), country int)",
  "create table pet (id bigint primary key, person_id bigint, name varchar(30), weight decimal(6,2))",
  "create table country (id int primary key, name varchar(30))",
];

const names = [
  "Ann",
  "ann",
  "Bob",
  "bob ",
  "Émile",
  "emile",
  "Zoë",
  "zoe",
  "",
  "O'Hara",
  "李雷",
  "ß",
  "ss",
  "a\\b",
  "x_y",
];
const rows = [
  `insert into odd (id, e, s, f, g, b, y, j, p, t) values ${oddRows.join(", ")}`,
  `insert into country (id, name) values ${["Austria", "Brazil", "Chile"].map((n, i) => `(${i + 1}, '${n}')`).join(", ")}`,
  `insert into person (id, name, nick, age, money, ratio, born, seen, lasts, code, country) values ${Array.from(
    { length: 60 },
    (_, i) =>
      `(${i + 1}, ${i % 11 === 0 ? "null" : `'${(names[i % names.length] ?? "").replaceAll("\\", "\\\\").replaceAll("'", "''")}'`}, '${"abcXYZ"[i % 6]}${i % 4}', ${i % 7 === 0 ? "null" : 18 + ((i * 7) % 40) - 30}, ${((i * 37) % 100) - 50}.${String((i * 7) % 1000).padStart(3, "0")}, ${i / 8}, '${1970 + i}-0${1 + (i % 9)}-11', '2020-01-01 00:00:${String(i % 60).padStart(2, "0")}.${String(
        i * 13,
      )
        .padStart(3, "0")
        .slice(
          0,
          3,
        )}', '${i % 2 === 0 ? "-" : ""}${i % 30}:10:00', x'${(i * 5).toString(16).padStart(4, "0")}', ${1 + (i % 3)})`,
  ).join(", ")}`,
  `insert into pet (id, person_id, name, weight) values ${Array.from({ length: 90 }, (_, i) => `(${i + 1}, ${1 + ((i * 17) % 60)}, '${names[(i * 3) % names.length]?.replaceAll("\\", "").replaceAll("'", "") ?? ""}', ${i % 13 === 0 ? "null" : `${i}.25`})`).join(", ")}`,
];

/** ordered: the statement's order is total. */
const cases: readonly { readonly sql: string; readonly ordered?: true; readonly values?: readonly unknown[] }[] = [
  { sql: "select * from person" },
  { sql: "select * from person where id = 7" },
  { sql: "select id, NAME, Upper( name ), 1+1 from person where id in (3, 5, 7, 900)" },
  { sql: "select * from person where id = '7'" },
  { sql: "select * from person where id = 7.0" },
  { sql: "select * from person where id = '7.0'" },
  { sql: "select id from person where id = ' 7'" },
  { sql: "select id from person where id = 007 or id = +8" },
  { sql: "select id from person where id = 0x07" },
  { sql: "select id from person where id = null" },
  { sql: "select id from person where id is null or id = 4" },
  { sql: "select id from person where id in (null, 4)" },
  { sql: "select id from person where (id, name) in ((2, 'ann'), (3, 'Bob'))" },
  { sql: "select id from person where not (id = 4)" },
  { sql: "select id from person order by id", ordered: true },
  { sql: "select id from person order by id desc", ordered: true },
  { sql: "select name, id from person order by name, id", ordered: true },
  { sql: "select name, id from person order by name desc, id desc", ordered: true },
  { sql: "select nick, id from person order by nick, id", ordered: true },
  { sql: "select id from person order by age, id", ordered: true },
  { sql: "select id from person order by money desc, id", ordered: true },
  { sql: "select id from person order by ratio, id limit 5", ordered: true },
  { sql: "select id from person order by born desc limit 3, 4", ordered: true },
  { sql: "select id from person order by seen, id limit 10 offset 5", ordered: true },
  { sql: "select id from person order by lasts, id", ordered: true },
  { sql: "select id from person order by code desc, id", ordered: true },
  { sql: "select id, age + 1 as older from person order by older desc, 1", ordered: true },
  { sql: "select upper(name) as name, id from person order by name, id", ordered: true },
  { sql: "select id from person order by length(name), id", ordered: true },
  { sql: "select * from person order by name, id", ordered: true },
  { sql: "select id from person where id > ? order by name, id limit 7", ordered: true, values: [10] },
  {
    sql: "select name, money, ratio, born, seen, lasts, code, age from person where id > ? order by id",
    ordered: true,
    values: [3],
  },
  { sql: "select count(*) from person" },
  { sql: "select count(*), count(name), sum(age), sum(money), min(money), max(age), min(born), max(seen) from person" },
  { sql: "select sum(age), count(*) from person where id < 0" },
  { sql: "select min(lasts), max(ratio) from person" },
  { sql: "select count(*) from person where age > ?", values: [10] },
  { sql: "select country, count(*) from person group by country" },
  {
    sql: "select country, count(*) as n, sum(money) from person group by country order by country desc",
    ordered: true,
  },
  { sql: "select age, count(*) from person group by age order by age", ordered: true },
  {
    sql: "select nick, country, max(age) from person group by nick, country order by nick, country limit 5",
    ordered: true,
  },
  { sql: "select count(*) from person group by name" },
  { sql: "select born, count(*) from person group by 1 order by 1 limit 4", ordered: true },
  { sql: "select p.name, c.name from person p join country c on c.id = p.country" },
  { sql: "select p.id, t.name from person p join pet t on t.person_id = p.id order by t.id", ordered: true },
  { sql: "select p.id, t.name from person p left join pet t on t.person_id = p.id and t.weight > 20" },
  {
    sql: "select c.name, count(*) from person p join country c on c.id = p.country group by c.name order by c.name",
    ordered: true,
  },
  { sql: "select id, (select count(*) from pet where person_id = person.id) from person" },
  { sql: "select id from person where exists (select 1 from pet where person_id = person.id and weight > 30)" },
  {
    sql: "select id from person p where id in (select person_id from pet where weight < 10) order by id",
    ordered: true,
  },
  { sql: "select person_id, sum(weight), avg(weight) from pet group by person_id" },
  {
    sql: "select person_id, count(*) as c from pet group by person_id having c > 1 order by c desc, person_id",
    ordered: true,
  },
  { sql: "select distinct person_id, name from pet" },
  { sql: "select id from person union all select person_id from pet" },
  {
    sql: "with t as (select id, name from person where age > 0) select t.id, pet.name from t join pet on pet.person_id = t.id",
  },
  { sql: "select d.id from (select id from person where age > 10) d" },
  { sql: "select count(*) from person p join pet t on t.person_id = p.id where p.id = 5" },
  { sql: "select * from country order by id", ordered: true },
  { sql: "select name as `select`, 'it''s', \"quoted\", -5, null from person where id = 3" },
  { sql: "select 1, 'a', now() > '2000-01-01'" },
  {
    sql: "select case when age > 10 then 'old' else 'young' end, concat(name, '!'), date_add(born, interval 1 day) from person where id = ?",
    values: [9],
  },
];

const finished: typeof cases = [
  { sql: "select distinct upper(nick), country from person" },
  { sql: "select distinct country, age from person order by age, country", ordered: true },
  { sql: "select distinct nick from person order by 1 limit 3", ordered: true },
  { sql: "select avg(age) from person" },
  { sql: "select country, avg(money), avg(ratio), avg(age) + 1 from person group by country" },
  {
    sql: "select count(distinct name), count(distinct country, age), sum(distinct age), count(*), min(nick) from person",
  },
  {
    sql: "select country, count(distinct age) as n, sum(money) from person group by country having n > 1 order by n, 1",
    ordered: true,
  },
  { sql: "select sum(ratio) from person" },
  { sql: "select max(upper(name)), min(nick), max(code) from person" },
  { sql: "select nick from person union select name from country" },
  { sql: "select name, id from person union all select name, id from pet order by id, name limit 7" },
  {
    sql: "(select id from person order by id limit 3) union (select id from pet order by id desc limit 2) order by 1",
    ordered: true,
  },
  { sql: "select * from person p join pet t on t.id = p.id" },
  { sql: "select p.id, t.id, t.name from person p left join pet t on t.id = p.age order by p.id, t.id", ordered: true },
  { sql: "select p.id, t.id from person p right join pet t on t.name = p.name and p.age > 0" },
  { sql: "select * from pet natural join country" },
  { sql: "select id, p.name, c.name from person p join pet c using (id) where c.weight > 20" },
  { sql: "select p.country, count(*), sum(t.weight) from person p join pet t on t.id = p.id group by p.country" },
  { sql: "select country, count(*) as n from person group by country order by n, country", ordered: true },
  { sql: "select row_number() over (order by id), id from person" },
  { sql: "select id from (select id from person order by id limit 3) t" },
  { sql: "select id from person where id not in (select person_id from pet where weight > 40)" },
  { sql: "select id from person where age in (select id from pet where pet.weight > 40)" },
  { sql: "select id, (select max(t.id) from pet t where t.name = person.name) from person" },
  { sql: "select id from person where age > (select avg(age) from person)" },
  { sql: "select id from person where not exists (select 1 from pet where pet.id > 1000)" },
  { sql: "select c.id, c.name, p.id from country c left join person p on p.age = c.id" },
  {
    sql: "with t as (select country, count(*) as n from person group by country) select t.n, c.name from t join country c on c.id = t.country",
  },
  {
    sql: "with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n, p.id from r join person p on p.age = r.n",
  },
  {
    sql: "select case when count(*) > 10 then 'many' else 'few' end, max(born), coalesce(sum(age), 0) / count(*) from person where id > 3",
  },
  { sql: "select nick, max(nick), sum(ratio) from person group by nick order by nick limit 3, 2", ordered: true },
  { sql: "select group_concat(id order by id) from person" },
  { sql: "select country, count(*) from person group by country with rollup" },
  {
    sql: "select age + 1 as a, count(*) from person group by a having max(id) > ? order by a",
    ordered: true,
    values: [20],
  },
  {
    sql: "select p.id, t.id from person p join pet t on t.id = p.id where p.id > ? and t.name <> ?",
    values: [4, "ann"],
  },
];

const odd: typeof cases = [
  { sql: "select o.* from odd o join pet t on t.id = o.id where t.weight > 3 or t.weight is null" },
  {
    sql: "select o.e, o.e + 0, q.s, q.s + 0 from odd o join odd q on q.id = o.id + 1 order by o.e, q.s, o.id",
    ordered: true,
  },
  {
    sql: "select o.f, o.f * 3, o.g, q.y from odd o join odd q on q.y = o.y and q.f > o.f order by o.id, q.id",
    ordered: true,
  },
  { sql: "select o.id, q.id from odd o join odd q on q.e = o.e and q.s = o.s and o.b <> q.b" },
  {
    sql: "select e, s, count(*), min(y), sum(f) from odd group by e, s having count(*) > 1 order by e desc, s",
    ordered: true,
  },
  { sql: "select distinct e, y from odd order by e, y", ordered: true },
  { sql: "select distinct y, s, f from odd" },
  { sql: "select e, id from odd order by e, id", ordered: true },
  { sql: "select id, s from odd order by s desc, id limit 7", ordered: true },
  { sql: "select e, count(*) from odd group by e order by e", ordered: true },
  { sql: "select b, count(*) from odd group by b order by b limit 5", ordered: true },
  { sql: "select id from odd where e in (select e from odd where id < 3) and f > (select min(f) from odd)" },
  { sql: "select o.id, o.f, row_number() over (partition by o.e order by o.f, o.id) from odd o" },
  { sql: "select id, e from odd where e = 'a' union select id, s from odd where s > 3" },
  { sql: "(select id, f from odd order by id limit 5) union all (select id, g from odd order by id desc limit 3)" },
  { sql: "select e from odd union select e from odd order by 1" },
  { sql: "select st_astext(o.p), o.j, o.t from odd o join pet t on t.id = o.id where o.p is not null" },
  { sql: "select t.id, o.e, o.y from pet t left join odd o on o.e = t.name or o.y = 1990 + t.id" },
  { sql: "select o.id from odd o join pet t on t.id = o.e where o.e > 'a'" },
];

const ofSeveralKeyspaces: typeof cases = [
  { sql: "select p.id, p.name, o.* from person p join shop.offer o on o.person_id = p.id" },
  {
    sql: "select o.id, p.nick from shop.offer o left join person p on p.id = o.person_id and p.age > 0 order by o.id",
    ordered: true,
  },
  {
    sql: "select p.id, v.code, v.spent from person p left join far.visit v on v.person_id = p.id order by p.id, v.code limit 9",
    ordered: true,
  },
  {
    sql: "select v.seen, count(*), sum(o.price), max(o.note) from far.visit v join shop.offer o on o.person_id = v.person_id group by v.seen order by v.seen",
    ordered: true,
  },
  { sql: "select id, name from person where id in (select person_id from shop.offer where price > 10)" },
  {
    sql: "select id from shop.offer where person_id not in (select id from person where age > 0) or exists (select 1 from far.visit where visit.person_id = offer.person_id)",
  },
  { sql: "select code from far.visit union select kind from shop.offer union select nick from person where id < 9" },
  { sql: "select o.note, p.name, o.note = p.name from shop.offer o join person p on p.name > o.note and p.id < 20" },
  {
    sql: "select o.kind, q.n from shop.offer o join (select country, count(*) as n from person group by country) q on q.country = o.id",
  },
  { sql: "select distinct o.y, o.b, o.f * 2, o.d, o.at, o.bin from shop.offer o join pet t on t.id = o.id" },
  {
    sql: "select o.kind, o.note, p.id from shop.offer o, person p where p.id = o.id order by o.kind, o.note, p.id",
    ordered: true,
  },
  { sql: "select * from shop.offer o join country c on c.id = o.id" },
  { sql: "select s.e, s.e + 0, p.id from shop.sort s join person p on p.id = s.id order by s.e", ordered: true },
  { sql: "select p.id from person p join shop.offer o on o.person_id = p.id where o.id > ?", values: [7] },
];

const joinedByKeys: typeof cases = [
  { sql: "select (select count(*)) from person" },
  { sql: "select p.id, t.name, t.weight from person p join pet t on t.id = p.age where t.weight > 3" },
  {
    sql: "select p.name, t.id from person p left join pet t on t.id = p.age and t.weight > 3 order by p.id",
    ordered: true,
  },
  {
    sql: "select p.id, t.id from person p left join pet t on t.id = p.age order by p.money desc, p.id limit 4, 9",
    ordered: true,
  },
  { sql: "select p.id, t.id from person p join pet t on t.id = p.age order by p.id limit 3", ordered: true },
  {
    sql: "select t.id, upper(p.name), p.ratio + 1 from pet t join person p on p.age = t.id and p.country = t.person_id",
  },
  {
    sql: "select p.id, t.name, o.price, v.seen from person p join pet t on t.person_id = p.id left join shop.offer o on o.id = p.age left join far.visit v on v.person_id = o.person_id",
  },
  { sql: "select p.born, q.id from person p join person q on q.born = p.born where p.id < 30" },
  { sql: "select p.id, t.id from person p join pet t on t.name = p.nick" },
  { sql: "select p.id, t.id from person p, pet t where t.id = p.age and p.id > ?", values: [5] },
  { sql: "select o.f, o.g from odd o join person p on p.age = o.id order by o.id", ordered: true },
  { sql: "select o.e, p.age from odd o join person p on p.age = o.id order by o.e, o.id", ordered: true },
  { sql: "select p.id, t.id from person p join pet t on t.id = p.age where p.id < 0" },
  { sql: "select p.id, t.id, t.name from person p left join pet t on t.id = p.age + 0 and t.person_id = p.country" },
  {
    sql: "select a.id, b.id, c.id from pet a join pet b on b.id = a.person_id join pet c on c.id = b.person_id where a.weight > 9 order by a.id",
    ordered: true,
  },
];

/** Queries whose rows are stored in another table. */
const stored = [
  "select id + 1000, id, name from person where id > 50",
  "select 1001 + max(id), 7, max(nick) from person",
  "select p.id + 2000, t.id, t.name from person p join pet t on t.id = p.id where t.id < 30 on duplicate key update name = 'x'",
  "select id + 1000, id, name from person where id < 0",
];

const refused = ["select p.id from person p join pet t on t.id = p.id into outfile '/tmp/none'"];

for (const flavour of flavours)
  describe(flavour, () => {
    let live: LiveGateway;
    const ours = new Map<string, mysql.Connection>();
    let plain: mysql.Connection;
    before(async () => {
      live = await startLiveGateway(flavour, vschema, { ...layout, ...beside });
      const options = { ...exactValues, jsonStrings: true };
      for (const database of keyspaces) {
        const { port } = live.server;
        ours.set(database, await connectGateway(port, { database, ...options }));
      }
      plain = await mysql.createConnection({
        socketPath: live.databases[0]?.socketPath ?? "",
        user: "root",
        ...options,
      });
      await plain.query("create database plain");
      await plain.query("use plain");
      for (const name of Object.keys(beside)) await plain.query(`create database ${name}`);
      for (const sql of [...besideSchema, ...besideRows])
        for (const connection of [plain, ours.get("one") ?? plain]) await connection.query(sql);
      for (const sql of [...schema, ...rows]) {
        await plain.query(sql);
        for (const connection of ours.values()) await connection.query(sql);
      }
    });
    after(async () => {
      for (const connection of ours.values()) await connection.end();
      await plain.end();
      await live.stop();
    });

    const ask = async (db: mysql.Connection, sql: string, values: readonly unknown[] | undefined) => {
      const [found, fields] = values === undefined ? await db.query(sql) : await db.execute(sql, values as never[]);
      const shown = (found as unknown[][]).map((row) =>
        row.map((cell) =>
          Buffer.isBuffer(cell)
            ? `0x${cell.toString("hex")}`
            : cell === null
              ? null
              : typeof cell === "object"
                ? JSON.stringify(cell)
                : `${cell as string}`,
        ),
      );
      const columns = fields.map(({ name, columnType, characterSet, decimals }) => ({
        name,
        columnType,
        characterSet,
        decimals,
      }));
      return { rows: shown, columns };
    };
    const sorted = (list: readonly (readonly (string | null)[])[]) => list.map((row) => JSON.stringify(row)).sort();

    for (const { sql, ordered, values } of [...cases, ...finished, ...odd, ...ofSeveralKeyspaces, ...joinedByKeys])
      for (const how of values === undefined ? (["text", "prepared"] as const) : (["prepared"] as const))
        test(`${how}: ${sql}`, async () => {
          const given = how === "text" ? undefined : (values ?? []);
          const wanted = await ask(plain, sql, given);
          for (const [keyspace, connection] of ours) {
            const found = await ask(connection, sql, given);
            if (ordered === true) assert.deepEqual(found.rows, wanted.rows, keyspace);
            else assert.deepEqual(sorted(found.rows), sorted(wanted.rows), keyspace);
            assert.deepEqual(found.columns, wanted.columns, keyspace);
          }
        });

    test("what one server finishes, within a transaction", async () => {
      const connection = ours.get("four") ?? plain;
      for (const { sql, values } of [...finished, ...odd, ...ofSeveralKeyspaces, ...joinedByKeys]) {
        await connection.query("begin");
        const found = await ask(connection, sql, values);
        await connection.query("rollback");
        assert.deepEqual(sorted(found.rows), sorted((await ask(plain, sql, values)).rows), sql);
      }
    });

    for (const query of stored)
      test(`INSERT … ${query}`, async () => {
        const written = `insert into pet (id, person_id, name) ${query}`;
        const stored = "select id, person_id, name from pet where id > 1000";
        const affected = async (db: mysql.Connection, sql: string) =>
          ((await db.query(sql))[0] as mysql.ResultSetHeader).affectedRows;
        const count = await affected(plain, written);
        const wanted = await ask(plain, stored, undefined);
        await plain.query("delete from pet where id > 1000");
        for (const [keyspace, connection] of ours) {
          assert.equal(await affected(connection, written), count, keyspace);
          const found = await ask(connection, stored, undefined);
          assert.deepEqual(sorted(found.rows), sorted(wanted.rows), keyspace);
          await connection.query("delete from pet where id > 1000");
        }
      });

    for (const sql of refused)
      test(`refused: ${sql}`, async () => {
        for (const keyspace of ["two", "four"])
          await assert.rejects(ask(ours.get(keyspace) ?? plain, sql, undefined), /VT12001: unsupported/, keyspace);
      });
  });
