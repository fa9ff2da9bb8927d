/** Printers of statements that are lists of parts, and of Vitess's statements about VSchema and migrations. */
import type { AdministrationPart, AdministrationPiece, AdministrationStatement } from "../ast/administration.ts";
import type { AlterMigration, AlterVSchema, VitessDdlPart, VitessDdlStatement } from "../ast/vitess-ddl.ts";
import type { Printer, Printers } from "../printer.ts";
import { quoteName } from "../quote.ts";

/** Spaces between the parts, but none inside parentheses, before commas and around dots. */
function printParts(parts: readonly AdministrationPiece[], out: Printer): void {
  let isTight = true;
  for (const part of parts) {
    const startsTight = part.kind === "Words" && /^[,).:]/.test(part.text);
    if (!isTight && !startsTight) out.write(" ");
    out.node(part);
    isTight = part.kind === "Words" && /[(.]$/.test(part.text);
  }
}

function printAlterVSchema(node: AlterVSchema, out: Printer): void {
  out.write("alter vschema ");
  const onTable = node.action.endsWith("TABLE VINDEX") || node.action.endsWith("AUTO_INCREMENT");
  if (onTable) out.optional("on ", node.table, " ");
  out.write(node.action.replace("TABLE VINDEX", "VINDEX").toLowerCase());
  if (!onTable) out.optional(" ", node.table);
  out.optional(" ", node.vindex);
  if (node.action === "ADD AUTO_INCREMENT") out.write(` ${node.columns.map(quoteName).join(", ")}`);
  else out.names(" ", node.columns);
  out.optional(" using ", node.sequence);
  out.optionalName(" using ", node.type);
  out.optionalList(" with ", node.parameters);
}

function printAlterMigration(node: AlterMigration, out: Printer): void {
  out.write("alter vitess_migration");
  out.optionalString(" ", node.migration);
  out.words(node.action);
  out.optionalString(" vitess_shards ", node.shards);
  out.optionalString(" ", node.threshold);
  if (node.scope === "all") out.write(" all");
  out.optionalString(" context ", node.context);
  out.optionalString(" expire ", node.expire);
  if (node.ratio !== undefined) out.write(` ratio ${node.ratio}`);
}

export const administrationPrinters: Printers<
  AdministrationStatement | AdministrationPart | VitessDdlStatement | VitessDdlPart
> = {
  Administration: ({ parts }, out) => printParts(parts, out),
  Show: ({ parts }, out) => printParts(parts, out),
  Words: ({ text }, out) => out.write(text.toLowerCase()),
  Name: ({ name }, out) => out.name(name),
  Filter: ({ like, where }, out) => {
    out.optionalString("like ", like);
    out.optional("where ", where);
  },
  AlterVSchema: printAlterVSchema,
  AlterMigration: printAlterMigration,
  VindexParameter: ({ name, value }, out) => {
    out.name(name);
    out.optionalString(" = ", value);
  },
  Revert: ({ migration }, out) => {
    out.write("revert");
    out.optionalString(" vitess_migration ", migration);
  },
};
