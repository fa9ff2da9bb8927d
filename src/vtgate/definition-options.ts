/** What the flags of a gateway say of definitions: tables, databases, the VSchema. */
import type { VSchemaRights } from "./vschema-rights.ts";

export interface DefinitionOptions {
  /** For sessions that set none of their own. */
  readonly ddlStrategy: string;
  readonly enableDirectDdl: boolean;
  /** CREATE and DROP DATABASE: refused, or left to others. */
  readonly databaseDdl: "fail" | "noop";
  readonly mayChangeVSchema: VSchemaRights;
}

export const defaultDefinitionOptions: DefinitionOptions = {
  ddlStrategy: "direct",
  enableDirectDdl: true,
  databaseDdl: "fail",
  mayChangeVSchema: () => false,
};
