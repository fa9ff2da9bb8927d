/**
 * The sample that `npm start` brings: products in one place, customers and their orders split over shards. Applying it
 * again changes nothing; rows are added once.
 */
import { fromJsonString } from "@bufbuild/protobuf";
import { type Clock, sleep } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Network } from "../base/network.ts";
import { connect, type Connection } from "../mysql/client.ts";
import { sql, statement } from "../mysql/sql.ts";
import { KeyspaceSchema } from "../proto/generated/vschema_pb.js";
import { splitScript } from "../sqlparser/split.ts";
import type { Control } from "./bring-up.ts";

export const sampleKeyspaces = ["commerce", "customer"] as const;

export interface SampleEffects {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
}

const folder = `${import.meta.dirname}/sample`;
const schemaTimeoutMs = 60_000;
/** How long the gateway may take to see the new schema and all shards. */
const seenTimeoutMs = 30_000;
const pollMs = 50;

/** Brings schema, VSchema and rows to a cluster that serves; `mysqlPort` is its gateway's. */
export async function applySample(vtctld: Control, mysqlPort: number, effects: SampleEffects): Promise<void> {
  const read = (file: string) => effects.disk.readFileSync(`${folder}/${file}`, "utf8");
  const statements = (file: string) => [...splitScript(read(file))].map(({ text }) => text);
  for (const keyspace of sampleKeyspaces)
    await vtctld.applySchema(
      { keyspace, sql: statements(`${keyspace}-schema.sql`), ddlStrategy: "direct" },
      { timeoutMs: schemaTimeoutMs },
    );
  for (const keyspace of sampleKeyspaces)
    await vtctld.applyVSchema({
      keyspace,
      vSchema: fromJsonString(KeyspaceSchema, read(`${keyspace}-vschema.json`)),
    });
  const connection = await connect(effects, { address: { host: "127.0.0.1", port: mysqlPort }, username: "root" });
  try {
    await untilSeen(connection, effects.clock);
    const present = await connection.query(sql`select count(*) from commerce.product`);
    if (present.scalar !== "0") return;
    for (const text of statements("rows.sql")) await connection.query(statement(text));
  } finally {
    connection.close();
  }
}

/** The gateway learns of a VSchema by watching; until then it refuses tables by name. */
async function untilSeen(connection: Connection, clock: Clock): Promise<void> {
  const until = clock.monotonicMs() + seenTimeoutMs;
  for (;;) {
    try {
      await connection.query(sql`select count(*) from commerce.product`);
      await connection.query(sql`select customer_id from customer.corder`);
      return;
    } catch (error) {
      if (connection.isClosed || clock.monotonicMs() > until) throw error;
      await sleep(clock, pollMs);
    }
  }
}
