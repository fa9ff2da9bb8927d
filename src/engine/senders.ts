/** The calls that a sender makes: one line for each kind. */
import type { Calls, Primitive, Run, Sender } from "./primitive.ts";
import { insertCalls } from "./execute/insert.ts";
import { insertSelectCalls } from "./execute/insert-select.ts";
import { routeCalls } from "./execute/route.ts";

export function isSender(node: Primitive): node is Sender {
  return node.kind === "Route" || node.kind === "Insert" || node.kind === "InsertSelect";
}

export async function callsOf(node: Sender, run: Run): Promise<Calls> {
  switch (node.kind) {
    case "Route":
      return routeCalls(node, run);
    case "Insert":
      return insertCalls(node, run);
    default:
      return insertSelectCalls(node, run);
  }
}
