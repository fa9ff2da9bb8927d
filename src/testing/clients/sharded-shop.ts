/**
 * What ORMs are tried on: a cluster in this process with keyspace `shop` over two shards, its ids from sequences in the
 * unsharded keyspace `main`. An ORM brings the tables itself.
 */
import { fromJson } from "@bufbuild/protobuf";
import mysql from "mysql2/promise";
import type { Flavour } from "../../mysql/client.ts";
import { KeyspaceSchema } from "../../proto/generated/vschema_pb.js";
import { TestCombined } from "../combined.ts";

const sequences = ["customer_seq", "purchase_seq"];

const main = fromJson(KeyspaceSchema, {
  tables: Object.fromEntries(sequences.map((name) => [name, { type: "sequence" }])),
});
const shop = fromJson(KeyspaceSchema, {
  sharded: true,
  vindexes: { hash: { type: "hash" } },
  tables: {
    customer: {
      columnVindexes: [{ column: "id", name: "hash" }],
      autoIncrement: { column: "id", sequence: "main.customer_seq" },
    },
    purchase: {
      columnVindexes: [{ column: "customer_id", name: "hash" }],
      autoIncrement: { column: "id", sequence: "main.purchase_seq" },
    },
  },
});

export async function startShop(flavour: Flavour): Promise<TestCombined> {
  const keyspaces = [
    { name: "main", shards: ["0"] },
    { name: "shop", shards: ["-80", "80-"] },
  ];
  const cluster = await TestCombined.start({ flavour, keyspaces });
  const { vtctld } = cluster.running;
  for (const name of sequences) {
    const sql = [
      `create table ${name} (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence'`,
      `insert into ${name} (id, next_id, cache) values (0, 1, 100)`,
    ];
    await vtctld.applySchema({ keyspace: "main", sql, ddlStrategy: "direct" });
  }
  await vtctld.applyVSchema({ keyspace: "main", vSchema: main });
  await vtctld.applyVSchema({ keyspace: "shop", vSchema: shop });
  return cluster;
}

/** Tables of an ORM before go, so that the next one makes its own. */
export async function clearShop(cluster: TestCombined): Promise<void> {
  const connection = await mysql.createConnection({ host: "127.0.0.1", port: cluster.port, user: "root" });
  await connection.query("use shop");
  for (const table of ["purchase", "customer"]) await connection.query(`drop table if exists ${table}`);
  await connection.end();
}
