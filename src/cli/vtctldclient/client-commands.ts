/** All commands of vtctldclient. To add one: in its family's file; a new family is a line here. */
import { cellCommands } from "./cells.ts";
import type { ClientCommand } from "./client-command.ts";
import { fetchCommands } from "./fetch.ts";
import { keyspaceCommands } from "./keyspaces.ts";
import { reparentCommands } from "./reparent.ts";
import { schemaCommands } from "./schema.ts";
import { shardCommands } from "./shards.ts";
import { tabletCommands } from "./tablets.ts";
import { validateCommands } from "./validate.ts";
import { vschemaCommands } from "./vschema.ts";

export const clientCommands: readonly ClientCommand[] = [
  ...cellCommands,
  ...keyspaceCommands,
  ...shardCommands,
  ...tabletCommands,
  ...fetchCommands,
  ...reparentCommands,
  ...schemaCommands,
  ...vschemaCommands,
  ...validateCommands,
].toSorted((a, b) => (a.name < b.name ? -1 : 1));
