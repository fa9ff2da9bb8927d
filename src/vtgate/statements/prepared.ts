/** PREPARE, EXECUTE and DEALLOCATE as SQL (inventory 4.039): texts kept by the session under a name. */
import { ServerError, VtError } from "../../base/errors.ts";
import { compileValue } from "../../evalengine/compile.ts";
import { evaluate } from "../../evalengine/value-expression.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Deallocate, Execute, Prepare } from "../../sqlparser/ast/session.ts";
import { nullValue, type Value } from "../../sqltypes/value.ts";
import type { Carrying } from "../carrying.ts";
import { runPlanned } from "./planned.ts";

const preparedMax = 1000;
const refused: ReadonlySet<string> = new Set(["Prepare", "Execute", "Deallocate"]);

export function prepare({ name, source }: Prepare, { run }: Carrying): void {
  const text = valueOf(source, run).bytes?.toString("utf8");
  if (text === undefined) throw new ServerError(1064, "42000", "PREPARE of NULL");
  const { prepared } = run.session;
  if (prepared.size >= preparedMax && !prepared.has(name))
    throw VtError.of("VT21001", `${preparedMax} statements`, "preparedMax");
  prepared.delete(name);
  const { statement } = run.gateway.understand(text, run.session, true);
  if (refused.has(statement.kind))
    throw new ServerError(1295, "HY000", "This command is not supported in the prepared statement protocol yet");
  prepared.set(name, text);
  run.ok({ info: "Statement prepared" });
}

export async function execute({ name, using }: Execute, { run, client, carryOut }: Carrying): Promise<void> {
  const text = run.session.prepared.get(name);
  if (text === undefined) throw unknown(name, "EXECUTE");
  run.binds = Object.fromEntries(using.map((expression, i) => [`v${i + 1}`, valueOf(expression, run)]));
  const understood = run.gateway.understand(text, run.session, true);
  if (understood.kind === "plan") return runPlanned(understood, run);
  const { statement, rowTarget } = understood;
  return carryOut(statement, { run, text, hasParameters: true, client, rowTarget, carryOut });
}

export function deallocate({ name }: Deallocate, { run }: Carrying): void {
  if (!run.session.prepared.delete(name)) throw unknown(name, "DEALLOCATE PREPARE");
  run.ok();
}

const unknown = (name: string, where: string) =>
  new ServerError(1243, "HY000", `Unknown prepared statement handler (${name}) given to ${where}`);

function valueOf(expression: Expression, run: Carrying["run"]): Value {
  if (expression.kind === "UserVariable") return run.session.variables.get(expression.name.toLowerCase()) ?? nullValue;
  const value = compileValue(expression);
  if (value === undefined) throw VtError.of("VT12001", "an expression as a parameter of EXECUTE");
  return evaluate(value, run.binds);
}
