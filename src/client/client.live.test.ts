/**
 * The gateway as a library, on a sharded keyspace of both flavours: values both ways, transactions, prepared statements,
 * streams, aborts, limits; and the README's example from a packed install, in a process of its own.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type LiveVtgate, startLiveVtgate } from "../testing/live-vtgate.ts";
import { installPacked, runPacked } from "../testing/packed.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { type Gateway, openGateway, type SqlValue } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "vt-client-"));
let packed: Promise<string> | undefined;
const project = () => (packed ??= installPacked({ folder, entry: "src/client/client.ts", hasDependencies: true }));
after(() => rmSync(folder, { recursive: true, force: true }));

const people = ["alice", "bob", "charlie", "dan", "eve"];
const columns = `t tinyint, i int, b bigint, u bigint unsigned, f float, d double, n decimal(20, 5), y year, da date,
  dt datetime(3), ti time, c char(3), te text, e enum('x', 'y'), s set('p', 'q'), j json, bi binary(2), bl blob, bt bit(4)`;
const written: readonly (string | number | bigint | Uint8Array | null)[] = [
  -5,
  2147483647,
  -9007199254740993n,
  18446744073709551615n,
  1.5,
  0.1,
  "123456789012345.67891",
  2024,
  "2024-02-29",
  "2024-02-29 13:14:15.678",
  "-100:00:01",
  "né",
  "💡",
  "y",
  "p,q",
  '{"a": 1}',
  Uint8Array.of(0, 255),
  Uint8Array.of(1, 2, 3),
  null,
];

for (const flavour of flavours)
  describe(flavour, () => {
    const topoFile = join(folder, `${flavour}.sqlite`);
    let live: LiveVtgate;
    let gateway: Gateway;
    before(async () => {
      live = await startLiveVtgate(flavour, {}, topoFile);
      await live.applyVSchema("customer", {
        sharded: true,
        vindexes: { hash: { type: "hash" } },
        tables: {
          customer: { column_vindexes: [{ column: "customer_id", name: "hash" }] },
          thing: { column_vindexes: [{ column: "id", name: "hash" }] },
        },
      });
      const place = { topoImplementation: "sqlite", topoGlobalServerAddress: topoFile };
      gateway = await openGateway({ cell: "zone1", ...place, session: { target: "customer", user: "app" } });
      await gateway.execute("create table customer (customer_id bigint primary key, email varchar(128) not null)");
      await gateway.execute(`create table thing (id bigint primary key, ${columns})`);
      for (const [i, name] of people.entries())
        await gateway.execute("insert into customer (customer_id, email) values (?, ?)", [i + 1, `${name}@domain.com`]);
    });
    after(async () => {
      await gateway?.close();
      await live?.stop();
    });

    test("values go there and come back the same, with parameters and without", async () => {
      const marks = written.map(() => "?").join(", ");
      await gateway.execute(`insert into thing values (?, ${marks})`, [1, ...written]);
      const text = await gateway.executeArrays("select * from thing where id = 1");
      const binary = await gateway.executeArrays("select * from thing where id = ?", [1]);
      const expected: readonly SqlValue[] = [1, ...written];
      assert.deepEqual(text.rows, [expected]);
      assert.deepEqual(binary.rows, [expected]);
      assert.equal(text.columns[3]?.name, "b");
      const named = await gateway.execute("select :a as a, :b as b, null as c", { a: true, b: "x'y" });
      assert.deepEqual(named.rows, [{ a: 1, b: "x'y", c: null }]);
      const many = await gateway.execute("select count(*) as n from customer where customer_id in ::ids", {
        ids: [1, 2, 9],
      });
      assert.deepEqual(many.rows, [{ n: 2 }]);
    });

    test("what is no value, or not enough of them, is refused", async () => {
      const select = (parameters: unknown[]) => gateway.execute("select ? from customer", parameters as never);
      for (const wrong of [undefined, Number.NaN, new Date(0), {}, 2n ** 64n])
        await assert.rejects(select([wrong]), { code: "VT26008" });
      await assert.rejects(select([1, 2]), { code: "VT26008" });
      await assert.rejects(gateway.execute("select ? from customer"), { code: "VT26008" });
      await assert.rejects(gateway.execute("select 1 from nowhere.x"), { code: "VT05003" });
      await assert.rejects(gateway.execute("insert into customer values (1, 'again')"), {
        errno: 1062,
        sqlState: "23000",
      });
      await assert.rejects(
        openGateway({ cell: "zone1", topoGlobalServerAdress: "x" } as never),
        /topoGlobalServerAdress/,
      );
    });

    test("transactions commit, roll back, and see what they wrote", async () => {
      const count = async () => (await gateway.execute("select count(*) as n from customer")).rows[0]?.["n"];
      const affected = await gateway.transaction(async (session) => {
        await session.execute("insert into customer values (?, ?), (?, ?)", [11, "x", 12, "y"]);
        assert.equal(session.inTransaction, true);
        assert.equal(await count(), people.length);
        return (await session.execute("update customer set email = 'z' where customer_id > 10")).affectedRows;
      });
      assert.equal(affected, 2);
      assert.equal(await count(), people.length + 2);
      const undone = gateway.transaction(async (session) => {
        await session.execute("delete from customer");
        throw new Error("back");
      });
      await assert.rejects(undone, /back/);
      assert.equal((await gateway.execute("delete from customer where customer_id > 10")).affectedRows, 2);
    });

    test("a session keeps what is set; its statements take turns; prepared ones say what they take", async () => {
      await using session = await gateway.session();
      await session.execute("set @a = 5");
      const [first, second] = await Promise.all([
        session.execute("select @a as a"),
        session.execute("select @a + 1 as b"),
      ]);
      assert.deepEqual([first.rows, second.rows], [[{ a: 5 }], [{ b: 6 }]]);
      const byId = await session.prepare("select email from customer where customer_id = ?");
      assert.equal(byId.parameterCount, 1);
      assert.deepEqual(
        byId.columns.map(({ name }) => name),
        ["email"],
      );
      for (const [i, name] of people.entries())
        assert.deepEqual((await byId.execute([i + 1])).rows, [{ email: `${name}@domain.com` }]);
      await session.use("customer:-80");
      const part = (await session.execute("select count(*) as n from customer")).rows[0]?.["n"];
      assert.ok(Number(part) < people.length);
      await session.close();
      await assert.rejects(session.execute("select 1"), { code: "VT14001" });
    });

    test("streams: all rows, an early end, and a limit of whole answers", async () => {
      const many = `select a.email from ${["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `customer ${name}`).join()}`;
      await using session = await gateway.session({ target: "customer:-80" });
      const { rows } = await session.execute("select count(*) as n from customer");
      const wanted = Number(rows[0]?.["n"]) ** 8;
      let seen = 0;
      for await (const [email] of session.streamArrays(many)) if (typeof email === "string") seen++;
      assert.equal(seen, wanted);
      for await (const _row of session.stream(many)) break;
      await assert.rejects(session.execute(many, [], { rowsMax: 1 }), { code: "VT21001" });
      assert.deepEqual((await session.execute("select 1 as one")).rows, [{ one: 1 }]);
    });

    test("a signal or a time limit stops a statement on its shards, and the session goes on", async () => {
      await using session = await gateway.session();
      const stop = new AbortController();
      const slept = session.execute("select sleep(30) from customer where customer_id = 1", [], {
        signal: stop.signal,
      });
      const behind = session.execute("select 2 as two");
      const impatient = session.execute("select 3", [], { signal: AbortSignal.timeout(1) });
      await assert.rejects(impatient, { name: "TimeoutError" });
      stop.abort(new Error("enough"));
      await assert.rejects(slept, /enough/);
      assert.deepEqual((await behind).rows, [{ two: 2 }]);
      const late = gateway.execute("select sleep(30) from customer where customer_id = 1", [], { timeoutMs: 50 });
      await assert.rejects(late, { name: "TimeoutError" });
      const { rows } = await gateway.execute("show processlist");
      assert.ok(!rows.some(({ Info }) => /sleep/.test(String(Info))));
    });

    test("the README's example runs in a packed install", async () => {
      const readme = readFileSync(`${import.meta.dirname}/README.md`, "utf8");
      const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
      const printed = await runPacked(await project(), example.replace("vtdataroot/topo.sqlite", topoFile));
      const emails = ["al", "bob", "charlie", "dan", "eve", "al"].map((name) => `${name}@domain.com`);
      assert.equal(printed, ["[ { email: 'alice@domain.com' } ]", ...emails, ""].join("\n"));
    });
  });
