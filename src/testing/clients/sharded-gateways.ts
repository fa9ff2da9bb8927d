/**
 * What programs and drivers are tried on: keyspace `customer` over two shards, ids from sequences in the unsharded keyspace
 * `commerce`, and two gateways before it: one knows no TLS, the other takes nothing else.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { noAuthentication } from "../../mysql/authentication.ts";
import type { Flavour } from "../../mysql/client.ts";
import { testAuthority } from "../certificate.ts";
import { startLiveVtgate } from "../live-vtgate.ts";

/** The ways to a gateway. */
export const transports = ["plain", "TLS"] as const;
export type Transport = (typeof transports)[number];

export interface ShardedGateways {
  port(transport: Transport): number;
  /** The authority that signed the gateway's certificate, in PEM. */
  readonly ca: string;
  /** `ca`, and a client's certificate and key, by the names that sysbench looks for: cacert, client-cert, client-key. */
  readonly certificates: string;
  stop(): Promise<void>;
}

export interface ShardedTable {
  /** The column that chooses the shard. */
  readonly by: string;
  /** The column whose values come from a sequence. */
  readonly id: string;
}

/** The tables themselves are the client's to make. */
export async function startShardedGateways(
  flavour: Flavour,
  tables: Readonly<Record<string, ShardedTable>>,
): Promise<ShardedGateways> {
  const { ca, server, client } = testAuthority();
  const certificates = mkdtempSync(join(tmpdir(), "vt-client-certs-"));
  for (const [name, pem] of Object.entries({ cacert: ca, "client-cert": client.cert, "client-key": client.key }))
    writeFileSync(join(certificates, `${name}.pem`), pem);
  const face = { address: { host: "127.0.0.1", port: 0 }, authentication: noAuthentication };
  const live = await startLiveVtgate(flavour, { mysql: face });
  const secure = await live.open({ mysql: { ...face, tls: { ...server, verifyPeer: false }, requireTls: true } });
  const port = (transport: Transport) => (transport === "TLS" ? secure : live.vtgate).mysqlPort;
  const sequence = (table: string) => `${table}_seq`;
  const list = Object.entries(tables);
  await live.applyVSchema("commerce", {
    tables: Object.fromEntries(list.map(([table]) => [sequence(table), { type: "sequence" }])),
  });
  await live.applyVSchema("customer", {
    sharded: true,
    vindexes: { xxhash: { type: "xxhash" } },
    tables: Object.fromEntries(
      list.map(([table, { by, id }]) => [
        table,
        {
          columnVindexes: [{ column: by, name: "xxhash" }],
          autoIncrement: { column: id, sequence: `commerce.${sequence(table)}` },
        },
      ]),
    ),
  });
  const connection = await mysql.createConnection({ host: "127.0.0.1", port: port("plain"), database: "commerce" });
  for (const [table] of list) {
    await connection.query(
      `create table ${sequence(table)} (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence'`,
    );
    await connection.query(`insert into ${sequence(table)} values (0, 1, 100)`);
  }
  await connection.end();
  const stop = async () => {
    await live.stop();
    rmSync(certificates, { recursive: true, force: true });
  };
  return { port, ca, certificates, stop };
}
