/** Who may change the VSchema through a gateway (--vschema-ddl-authorized-users): nobody, everybody (%), or users by name. */
import { VtError } from "../base/errors.ts";
import type { Caller } from "../rpc/query-service.ts";

export type VSchemaRights = (caller: Caller) => boolean;

export function vschemaRights(users: readonly string[]): VSchemaRights {
  const allowed = new Set(users.map((user) => user.trim()).filter((user) => user !== ""));
  return ({ immediate }) => allowed.has("%") || allowed.has(immediate.username);
}

export function checkVSchemaRights(mayChange: VSchemaRights, caller: Caller): void {
  if (!mayChange(caller)) throw VtError.of("VT20018", caller.immediate.username);
}
