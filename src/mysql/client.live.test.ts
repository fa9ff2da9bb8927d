/** Our client against real servers of both flavours: logins, results, prepared statements, kills, broken connections. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ServerError } from "../base/errors.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { integerValue, textValue, type Value } from "../sqltypes/value.ts";
import { binaryText } from "../sqltypes/binary-row.ts";
import {
  appUser,
  flavours,
  startDatabase,
  testEnvironment,
  type ThrowawayDatabase,
} from "../testing/throwaway-database.ts";
import { type ConnectOptions, connect, type Connection } from "./client.ts";
import type { PreparedStatement } from "./packets/prepared.ts";
import { decodeSessionState } from "./packets/session-state.ts";
import { sql, statement, value } from "./sql.ts";

for (const flavour of flavours)
  describe(flavour, () => {
    let database: ThrowawayDatabase;
    before(async () => {
      database = await startDatabase(flavour);
    });
    after(() => database.stop());

    const options = (): ConnectOptions => ({ address: { path: database.socketPath }, ...appUser, database: "test" });
    const overTcp = (): ConnectOptions => ({ ...options(), address: { host: "127.0.0.1", port: database.port } });
    async function withConnection(run: (connection: Connection) => Promise<void>, wanted = options()) {
      const connection = await connect(testEnvironment, wanted);
      try {
        await run(connection);
      } finally {
        connection.close();
      }
    }

    test("logs in over socket, TCP and TLS; twice, for the server caches what it checked", async () => {
      for (const wanted of [options(), overTcp(), overTcp(), { ...overTcp(), tls: { verifyPeer: false } }]) {
        if (flavour === "mariadb" && "tls" in wanted) continue; // This server has no certificate: see the next test.
        await withConnection(async (connection) => {
          assert.equal(connection.flavour, flavour);
          assert.equal((await connection.query(sql`select ${value("é'\\\n")}`)).scalar, "é'\\\n");
        }, wanted);
      }
    });

    test("refusals are the server's own, or say what is missing", async () => {
      const refused = async (wanted: ConnectOptions, errno: number) =>
        assert.rejects(
          connect(testEnvironment, wanted),
          (error) => error instanceof ServerError && error.errno === errno,
        );
      await refused({ ...options(), password: "wrong" }, 1045);
      await refused({ ...overTcp(), password: "wrong" }, 1045);
      await refused({ ...options(), database: "nowhere" }, 1049);
      await refused({ ...options(), address: { path: `${database.folder}/none` } }, 2003);
      if (flavour === "mariadb") await refused({ ...overTcp(), tls: { verifyPeer: false } }, 2026);
    });

    test("answers, errors, warnings, several results, session state", () =>
      withConnection(async (connection) => {
        await connection.query(sql`create table t (id int primary key auto_increment, name varchar(20))`);
        const inserted = await connection.query(sql`insert into t (name) values ('a'), ('b'), (null)`);
        assert.equal(inserted.trailer.affectedRows, 3);
        assert.equal(inserted.trailer.lastInsertId, 1);
        assert.deepEqual((await connection.query(sql`select * from t order by id`)).objects, [
          { id: "1", name: "a" },
          { id: "2", name: "b" },
          { id: "3", name: null },
        ]);
        await assert.rejects(connection.query(statement("selec 1")), { errno: 1064, sqlState: "42000" });
        assert.equal((await connection.query(sql`select 1/0`)).trailer.warnings > 0, true);
        await connection.query(statement("create procedure p() begin select 1 as a; select 2 as b; end"));
        const all = await connection.queryAll(sql`call p()`);
        assert.deepEqual(
          all.map((rows) => rows.scalar),
          ["1", "2", undefined],
        );
        await connection.query(sql`set session_track_schema = 1`);
        const used = await connection.query(sql`use mysql`);
        assert.deepEqual(decodeSessionState(used.trailer.sessionState), [{ kind: "database", name: "mysql" }]);
        await assert.rejects(connection.query(sql`select 1; select 2`), { errno: 1064 });
        await assert.rejects(connection.query(sql`load data local infile '/etc/passwd' into table test.t`));
        assert.equal((await connection.query(sql`select 7`)).scalar, "7");
      }));

    test("prepared statements give the same cells as text", () =>
      withConnection(async (connection) => {
        await connection.query(statement(everyType));
        await connection.query(statement(everyRow));
        const text = (await connection.query(sql`select * from every order by id`)).rows;
        const prepared = await connection.prepare("select * from every where id > ? and ? <> 'x' order by id");
        const binary = await execute(connection, prepared, [integerValue(0), textValue("y")]);
        assert.deepEqual(binary, text);
        connection.closeStatement(prepared);
        const long = await connection.prepare("select length(?), sha2(?, 256)");
        const big = Buffer.alloc(5_000_000, "x");
        const [row] = await execute(connection, long, [
          { type: "VARBINARY", bytes: big },
          { type: "VARBINARY", bytes: big },
        ]);
        assert.equal(row?.[0], "5000000");
        await assert.rejects(connection.prepare("selec ?"), { errno: 1064 });
      }));

    test("a kill stops a statement, not the connection; a timeout ends both", () =>
      withConnection(async (connection) => {
        const slept = assert.rejects(connection.query(sql`select sleep(30) from (select 1 union select 2) two`), {
          errno: 1317,
        });
        await connection.killQuery();
        await slept.catch(() => undefined);
        assert.equal(connection.isClosed, false);
        await connection.reset();
        await assert.rejects(connection.query(sql`select sleep(30)`, { timeoutMs: 50 }), { errno: 2013 });
        assert.equal(connection.isClosed, true);
        await assert.rejects(connection.query(sql`select 1`), { errno: 2013 });
      }));

    test("results beyond a limit are refused, and the connection stays usable", () =>
      withConnection(async (connection) => {
        const many = statement(
          "with recursive n as (select 1 as i union all select i + 1 from n where i < 900) select * from n",
        );
        await assert.rejects(connection.query(many, { rowsMax: 100 }), { code: "VT21001" });
        assert.equal((await connection.query(many)).cells.length, 900);
      }));

    test("rows of 17 MiB come whole", () =>
      withConnection(async (connection) => {
        const admin = await connect(testEnvironment, { address: { path: database.socketPath }, username: "root" });
        await admin.query(sql`set global max_allowed_packet = 67108864`);
        admin.close();
        await withConnection(async (large) => {
          const rows = await large.query(sql`select repeat('x', 17825792) as a, 'end' as b union all select 'y', 'z'`);
          assert.equal(rows.cells[0]?.[0]?.length, 17_825_792);
          assert.equal(rows.rows[1]?.join(), "y,z");
          assert.equal(rows.rows[0]?.[1], "end");
        });
        assert.equal((await connection.query(sql`select 1`)).scalar, "1");
      }));
  });

function execute(connection: Connection, prepared: PreparedStatement, values: readonly Value[]) {
  return new Promise<(string | null)[][]>((resolve, reject) => {
    let collector: RowCollector | undefined;
    connection.execute(prepared, values, {
      columns: (columns) => {
        collector = new RowCollector(columns, "binary");
      },
      rows: (chunk) => {
        collector?.push(chunk);
        return true;
      },
      end: () => resolve(collector === undefined ? [] : binaryText(collector.take())),
      fail: reject,
    });
  });
}

const everyType = `create table every (id int primary key, t tinyint, tu tinyint unsigned, s smallint, m mediumint, b bigint,
  bu bigint unsigned, f float, d double, n decimal(20,5), y year, da date, dt datetime(3), ts timestamp null, ti time(6),
  c char(5), v varchar(50), tx text, bl blob, e enum('x','y'), st set('p','q'), bi bit(12))`;
const everyRow = `insert into every values
  (1, -128, 255, -32768, -8388608, -9223372036854775808, 18446744073709551615, 1.5, -2.25e100, 12345.678, 2024,
   '2024-02-29', '2024-02-29 13:14:15.123', '2024-02-29 13:14:15', '-838:59:58.123456', 'abc', 'wörld', repeat('t', 300),
   x'00ff', 'y', 'p,q', b'101010101010'),
  (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
  (3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1999, '1000-01-01', '1000-01-01 00:00:00', null, '00:00:00', '', '', '', '', 'x', '', b'0')`;
