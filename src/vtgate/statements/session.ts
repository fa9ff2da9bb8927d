/** USE and KILL. */
import { VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import { evaluate } from "../../evalengine/value-expression.ts";
import type { Kill, Use } from "../../sqlparser/ast/session.ts";
import type { Carrying } from "../carrying.ts";
import { killOne } from "../kill.ts";

export function useKeyspace({ database }: Use, { run }: Carrying): void {
  run.session.target = run.gateway.targetOf(database);
  run.ok();
}

export async function kill({ what, connection }: Kill, { run }: Carrying): Promise<void> {
  if (what !== undefined && what !== "CONNECTION" && what !== "QUERY") throw VtError.of("VT12001", `KILL ${what}`);
  const value = connection === undefined ? undefined : compileValue(connection);
  const id = value === undefined ? Number.NaN : Number(evaluate(value, run.binds).bytes?.toString("latin1"));
  const { gateway, session } = run;
  await killOne(gateway, session.caller, id, what ?? "CONNECTION");
  run.ok();
}
