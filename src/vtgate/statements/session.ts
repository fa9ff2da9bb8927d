/** USE and KILL. */
import { ServerError, VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import { evaluate } from "../../evalengine/value-expression.ts";
import type { Kill, Use } from "../../sqlparser/ast/session.ts";
import type { Carrying } from "../carrying.ts";

export function useKeyspace({ database }: Use, { run }: Carrying): void {
  run.session.target = run.gateway.targetOf(database);
  run.ok();
}

export function kill({ what, connection }: Kill, { run }: Carrying): void {
  if (what !== undefined && what !== "CONNECTION" && what !== "QUERY") throw VtError.of("VT12001", `KILL ${what}`);
  const value = connection === undefined ? undefined : compileValue(connection);
  const id = value === undefined ? Number.NaN : Number(evaluate(value, run.binds).bytes?.toString("latin1"));
  const session = run.gateway.sessions.get(id);
  if (session === undefined) throw new ServerError(1094, "HY000", `Unknown thread id: ${id}`);
  if (session.state.caller.immediate.username !== run.session.caller.immediate.username)
    throw new ServerError(1095, "HY000", `You are not owner of thread ${id}`);
  run.ok();
  if (what === "QUERY") session.interrupt();
  else run.gateway.clients.get(id)?.destroy();
}
