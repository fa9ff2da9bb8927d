/** SHOW GTID_EXECUTED and VGTID_EXECUTED (inventory 4.048): where the binary logs of a keyspace's shards stand. */
import { VtError } from "../../base/errors.ts";
import type { Show } from "../../sqlparser/ast/administration.ts";
import { oneCall } from "../collect-rows.ts";
import type { StatementRun } from "../statement-run.ts";
import { partOf } from "./show-answers.ts";

const expressions = { mysql: "@@global.gtid_executed", mariadb: "@@global.gtid_current_pos" } as const;

export async function showGtids(statement: Show, run: StatementRun): Promise<void> {
  const keyspace = partOf(statement, "Name")?.name ?? run.session.target.keyspace;
  if (keyspace === "") throw VtError.of("VT09005");
  const sql = `select ${expressions[run.gateway.options.environment.flavour]}`;
  const shards = run.resolve(keyspace, { kind: "AllShards" });
  const gtids = await Promise.all(
    shards.map(async (shard) => {
      const { rows } = await run.collect(oneCall(keyspace, shard, sql));
      return { shard, gtid: rows[0]?.[0]?.toString("latin1").replaceAll("\n", "") ?? "" };
    }),
  );
  if (statement.what === "GTID_EXECUTED")
    return run.rows(
      ["db_name", "gtid_executed", "shard"],
      gtids.map(({ shard, gtid }) => [keyspace, gtid, shard]),
    );
  const text = gtids.map(({ shard, gtid }) => `shard_gtids:{keyspace:"${keyspace}" shard:"${shard}" gtid:"${gtid}"}`);
  run.rows(["db_name", "vgtid_executed"], [[keyspace, text.join(" ")]]);
}
