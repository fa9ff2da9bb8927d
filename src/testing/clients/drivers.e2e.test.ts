/**
 * Drivers of other languages, from Debian's packages, on a sharded keyspace of both flavours: each writes, reads by key and
 * over shards, runs transactions and meets an error, as text and prepared, plain and over TLS. What they do stands in
 * scripts/, a program a language. `npm run test:e2e -- --long` alone: the languages are 100 MB.
 */
import assert from "node:assert/strict";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { testProgram } from "../programs.ts";
import { runProgram } from "../run-program.ts";
import { flavours } from "../throwaway-database.ts";
import { type ShardedGateways, startShardedGateways, transports } from "./sharded-gateways.ts";

interface Driver {
  readonly name: string;
  /** The program and its arguments before host, port and authority. */
  readonly command: () => readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), "vt-drivers-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const script = (name: string) => `${import.meta.dirname}/scripts/${name}`;
const driversRoot = () => testProgram("python3-with-drivers").root;
const python = (module: string) => () =>
  [testProgram("python3-with-drivers").command, script("pymysql_client.py"), module] as const;

const drivers: readonly Driver[] = [
  { name: "PyMySQL", command: python("pymysql") },
  { name: "mysqlclient", command: python("MySQLdb") },
  {
    name: "DBD::mysql",
    command: () => {
      const { command, root } = testProgram("perl-with-drivers");
      const folders = globSync("usr/{share,lib/*}/perl{,5,-base}{,/5.*}", { cwd: root });
      return [command, ...folders.map((folder) => `-I${join(root, folder)}`), script("dbd_client.pl")];
    },
  },
  {
    name: "PHP mysqlnd",
    command: () => {
      const { command, root } = testProgram("php-with-drivers");
      const [folder = ""] = globSync("usr/lib/php/2*", { cwd: root });
      const extensions = ["mysqlnd", "mysqli", "pdo", "pdo_mysql"].flatMap((name) => ["-d", `extension=${name}`]);
      return [command, "-n", "-d", `extension_dir=${join(root, folder)}`, ...extensions, script("mysqlnd_client.php")];
    },
  },
  {
    name: "MariaDB Connector/J",
    command: () => [
      testProgram("java").command,
      "-cp",
      join(driversRoot(), "usr/share/java/mariadb-java-client.jar"),
      script("connector_client.java"),
    ],
  },
  {
    name: "Go's driver",
    command: () => [testProgram("go-with-driver").command, "run", script("go_client.go")],
    environment: { GOCACHE: join(folder, "go-cache") },
  },
];

if (process.env["VT_TEST_LONG"] === "1")
  for (const flavour of flavours)
    describe(flavour, () => {
      let gateways: ShardedGateways;
      let connection: mysql.Connection;
      before(async () => {
        gateways = await startShardedGateways(flavour, { thing: { by: "id", id: "id" } });
        connection = await mysql.createConnection({
          host: "127.0.0.1",
          port: gateways.port("plain"),
          database: "customer",
        });
        await connection.query("create table thing (id bigint primary key, name varchar(20), price decimal(10, 2))");
      });
      beforeEach(() => connection.query("delete from thing"));
      after(async () => {
        await connection?.end();
        await gateways?.stop();
      });

      for (const { name, command, environment } of drivers)
        for (const transport of transports)
          test(`${name}, ${transport}`, async () => {
            const [program, ...args] = command();
            const ca = transport === "TLS" ? join(gateways.certificates, "cacert.pem") : "";
            const place = ["127.0.0.1", String(gateways.port(transport)), ca];
            const options = { cwd: folder, environment: environment ?? {} };
            assert.match(await runProgram(program, [...args, ...place], options), /^ok\n$/);
          });
    });
