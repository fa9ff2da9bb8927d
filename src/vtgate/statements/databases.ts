/**
 * CREATE and DROP DATABASE by --dbddl-plugin: "fail" refuses them; "noop" leaves the making to others (a tool that adds a
 * keyspace) and answers when the gateway sees what came of it.
 */
import { sleep } from "../../base/clock.ts";
import { ServerError, VtError } from "../../base/errors.ts";
import type { CreateDatabase, DropDatabase } from "../../sqlparser/ast/schema.ts";
import type { Carrying } from "../carrying.ts";
import type { Gateway } from "../gateway.ts";

const seenMsMax = 30_000;
const lookMs = 50;

const isKnown = ({ cluster }: Gateway, name: string) =>
  cluster.vschema().keyspaces.has(name) || cluster.keyspaces().includes(name);

export async function createDatabase({ name, ifNotExists }: CreateDatabase, { run }: Carrying): Promise<void> {
  const { gateway } = run;
  if (isKnown(gateway, name)) {
    if (ifNotExists) return run.ok({ affectedRows: 1 });
    throw new ServerError(1007, "HY000", `Can't create database '${name}'; database exists`);
  }
  refuse(gateway, "CREATE DATABASE");
  await seen(gateway, () => isKnown(gateway, name), `CREATE DATABASE ${name}`);
  run.ok({ affectedRows: 1 });
}

export async function dropDatabase({ name, ifExists }: DropDatabase, { run }: Carrying): Promise<void> {
  const { gateway, session } = run;
  if (!isKnown(gateway, name)) {
    if (ifExists) return run.ok();
    throw new ServerError(1008, "HY000", `Can't drop database '${name}'; database doesn't exist`);
  }
  refuse(gateway, "DROP DATABASE");
  await seen(gateway, () => !isKnown(gateway, name), `DROP DATABASE ${name}`);
  if (session.target.keyspace === name) session.target = gateway.targetOf("");
  run.ok();
}

function refuse({ options }: Gateway, what: string): void {
  if (options.databaseDdl === "fail") throw VtError.of("VT12001", `${what} (dbddl-plugin is "fail")`);
}

async function seen({ env }: Gateway, isThere: () => boolean, what: string): Promise<void> {
  const until = env.clock.monotonicMs() + seenMsMax;
  while (!isThere()) {
    if (env.clock.monotonicMs() >= until) throw VtError.of("VT20021", what, seenMsMax);
    await sleep(env.clock, lookMs);
  }
}
