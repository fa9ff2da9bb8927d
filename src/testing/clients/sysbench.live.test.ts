/**
 * sysbench on a sharded keyspace of both flavours: makes its table, fills it, runs its reads and writes from several
 * connections at once, as text and prepared, plain and over TLS, and removes the table. No statement may fail.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { testProgram } from "../programs.ts";
import { runProgram } from "../run-program.ts";
import { flavours } from "../throwaway-database.ts";
import { type ShardedGateways, startShardedGateways, type Transport, transports } from "./sharded-gateways.ts";

const sysbench = testProgram("sysbench");
const scripts = ["oltp_read_write", "oltp_point_select", "oltp_read_only"];

for (const flavour of flavours)
  describe(flavour, () => {
    let gateways: ShardedGateways;
    const run = (script: string, verb: string, transport: Transport, ps: string) => {
      const options = {
        "db-driver": "mysql",
        "mysql-host": "127.0.0.1",
        "mysql-port": gateways.port(transport),
        "mysql-user": "app",
        "mysql-db": "customer",
        "mysql-ssl": transport === "TLS" ? "on" : "off",
        "db-ps-mode": ps,
        "table-size": 2000,
        "rand-type": "uniform", // Else all connections write to the same few rows, and deadlocks come by themselves.
        threads: verb === "run" ? 4 : 1,
        time: 1,
        "mysql-ignore-errors": "none",
      };
      const lua = join(sysbench.root, "usr", "share", "sysbench", `${script}.lua`);
      const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
      return runProgram(sysbench.command, [lua, ...args, verb], { cwd: gateways.certificates });
    };
    before(async () => {
      gateways = await startShardedGateways(flavour, { sbtest1: { by: "id", id: "id" } });
      await run("oltp_read_write", "prepare", "plain", "disable");
    });
    after(() => gateways?.stop());

    for (const transport of transports)
      for (const script of scripts)
        for (const ps of ["disable", "auto"])
          test(`${script}, ${transport}, --db-ps-mode=${ps}`, async () => {
            const printed = await run(script, "run", transport, ps);
            const count = (name: string) => Number(new RegExp(`${name}: +(\\d+)`).exec(printed)?.[1]);
            assert.ok(count("transactions") > 0, printed);
            assert.equal(count("ignored errors"), 0, printed);
            assert.equal(count("reconnects"), 0, printed);
          });

    test("cleanup", async () => {
      assert.match(await run("oltp_read_write", "cleanup", "TLS", "disable"), /Dropping table/);
      await assert.rejects(run("oltp_point_select", "run", "plain", "disable"), /1146|doesn't exist/);
    });
  });
