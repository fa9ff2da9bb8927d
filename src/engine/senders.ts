/** The calls that a sender makes: one line for each kind. */
import type { Calls, Primitive, Run, Sender } from "./primitive.ts";
import { insertCalls } from "./execute/insert.ts";
import { routeCalls } from "./execute/route.ts";

export function isSender(node: Primitive): node is Sender {
  return node.kind === "Route" || node.kind === "Insert";
}

export async function callsOf(node: Sender, run: Run): Promise<Calls> {
  return node.kind === "Route" ? routeCalls(node, run) : await insertCalls(node, run);
}
