/** my.cnf of both flavours: what must be in it, what wins, and where everything lies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { disk } from "../base/disk.ts";
import { mariadbProgram } from "./flavours/mariadb-program.ts";
import { mysqlProgram } from "./flavours/mysql-program.ts";
import { layoutOf } from "./layout.ts";
import { mysqldDefaults, printConfig, readExtraConfig } from "./mysqld-config.ts";

function linesOf(flavour: typeof mysqlProgram, root: string, isRoot: boolean, extra = ""): string[] {
  const config = { ...mysqldDefaults, flavour: flavour.name, dataRoot: "/vt", uid: 4_000_000_000, port: 17_100 };
  const program = { name: flavour.server, command: `/bin/${flavour.server}`, root };
  return printConfig({ config, layout: layoutOf("/vt", config.uid), program, flavour, isRoot, extra }).split("\n");
}

test("folders are Vitess's, with ten digits", () => {
  const layout = layoutOf("/vt", 101);
  assert.equal(layout.socket, "/vt/vt_0000000101/mysql.sock");
  assert.equal(layout.binLog, "/vt/vt_0000000101/bin-logs/vt-0000000101-bin");
  assert.equal(layoutOf("/vt", 4_000_000_000).folder, "/vt/vt_4000000000");
});

test("what durability, replication and the fence rest on is in it", () => {
  const both = [
    "server-id=4000000000",
    "port=17100",
    "sync-binlog=1",
    "innodb-flush-log-at-trx-commit=1",
    "binlog-row-image=full",
  ];
  const needed = {
    mariadb: [
      ...both,
      "log-slave-updates=1",
      "gtid-strict-mode=1",
      "read-only=1",
      "rpl-semi-sync-master-wait-point=AFTER_SYNC",
    ],
    mysql: [...both, "gtid-mode=ON", "enforce-gtid-consistency=ON", "super-read-only=1", "skip-replica-start=1"],
  };
  for (const flavour of [mariadbProgram, mysqlProgram]) {
    const lines = linesOf(flavour, "/", false);
    for (const line of needed[flavour.name]) assert.ok(lines.includes(line), `${flavour.name}: ${line}`);
    assert.ok(
      !lines.some((line) => /^(user|basedir|plugin-dir)=/.test(line)),
      "the machine's own program knows its places",
    );
  }
});

test("an unpacked program is told where its files are; root runs as root", () => {
  for (const flavour of [mariadbProgram, mysqlProgram]) {
    const lines = linesOf(flavour, "/tree", true);
    for (const line of ["basedir=/tree/usr", "plugin-dir=/tree/usr/lib/mysql/plugin", "user=root"])
      assert.ok(lines.includes(line));
  }
});

test("EXTRA_MY_CNF comes last, in its order", () => {
  const texts: Record<string, string> = { "/a.cnf": "max-connections=7\n", "/b.cnf": "max-connections=8" };
  const reading = { ...disk, readFileSync: (path: string) => texts[path] ?? "" } as unknown as typeof disk;
  const extra = readExtraConfig({ EXTRA_MY_CNF: "/a.cnf::/b.cnf" }, reading);
  const settings = linesOf(mysqlProgram, "/", false, extra).filter((line) => line.startsWith("max-connections"));
  assert.deepEqual(settings, ["max-connections=500", "max-connections=7", "max-connections=8"]);
  assert.equal(readExtraConfig({}, reading), "");
});
