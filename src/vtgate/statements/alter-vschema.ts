/** ALTER VSCHEMA (inventory 4.050): changes the topology's record, for all gateways. */
import { VtError } from "../../base/errors.ts";
import type { AlterVSchema } from "../../sqlparser/ast/vitess-ddl.ts";
import { alterVSchema } from "../../vschema/alter-vschema.ts";
import type { Carrying } from "../carrying.ts";
import { checkVSchemaRights } from "../vschema-rights.ts";

export async function alterTheVSchema(statement: AlterVSchema, { run }: Carrying): Promise<void> {
  const { gateway, session } = run;
  checkVSchemaRights(gateway.options.mayChangeVSchema, session.caller);
  const keyspace = statement.table?.schema ?? statement.vindex?.schema ?? session.target.keyspace;
  if (keyspace === "") throw VtError.of("VT09005");
  if (!gateway.cluster.vschema().keyspaces.has(keyspace)) throw VtError.of("VT05003", keyspace);
  await gateway.cluster.changeVSchema(keyspace, (before) => alterVSchema(keyspace, before, statement));
  run.ok();
}
