/** CREATE, ALTER and DROP DATABASE. */
import type { Bare } from "../ast/commented.ts";
import type { AlterDatabase, CreateDatabase, DropDatabase } from "../ast/schema.ts";
import type { Option } from "../ast/table.ts";
import type { CreateHead } from "./create-table.ts";
import { acceptIfExists, acceptIfNotExists } from "./names.ts";
import type { Parser } from "./parser.ts";
import { acceptDatabaseOption, acceptReadOnly } from "./table-options.ts";

/** Stands at DATABASE or SCHEMA. */
export function parseCreateDatabase(p: Parser, head: CreateHead): Bare<CreateDatabase> {
  p.next();
  const ifNotExists = acceptIfNotExists(p);
  const name = p.identifier();
  return { kind: "CreateDatabase", ...head, ifNotExists, name, options: parseOptions(p, false) };
}

export function parseAlterDatabase(p: Parser): Bare<AlterDatabase> {
  p.next();
  const isCurrent = startsOption(p) && !isOnlyName(p);
  const name = isCurrent ? undefined : p.identifier();
  if (p.rules.mariadb && name !== undefined && p.acceptPair("UPGRADE", "DATA")) {
    p.expect("DIRECTORY");
    p.expect("NAME");
    return { kind: "AlterDatabase", name, upgrade: true, options: [] };
  }
  const options = parseOptions(p, true);
  if (options.length === 0) p.fail();
  return { kind: "AlterDatabase", name, upgrade: false, options };
}

function startsOption(p: Parser): boolean {
  switch (p.token) {
    case "DEFAULT":
    case "CHARACTER":
    case "CHAR":
    case "CHARSET":
    case "COLLATE":
    case "ENCRYPTION":
    case "READ":
    case "COMMENT":
      return true;
    default:
      return false;
  }
}

/** CHARSET, ENCRYPTION and COMMENT may be names of databases: then another option follows them. */
function isOnlyName(p: Parser): boolean {
  if (p.token !== "CHARSET" && p.token !== "ENCRYPTION" && p.token !== "COMMENT") return false;
  if (p.token === "ENCRYPTION" && p.rules.mariadb) return true;
  if (p.token === "COMMENT" && !p.rules.mariadb) return true;
  const next = p.peek();
  return next === "DEFAULT" || next === "CHARACTER" || next === "COLLATE" || next === "READ";
}

function parseOptions(p: Parser, isAlter: boolean): readonly Option[] {
  const options: Option[] = [];
  for (;;) {
    const option = (isAlter ? acceptReadOnly(p) : undefined) ?? acceptDatabaseOption(p);
    if (option === undefined) return options;
    options.push(option);
  }
}

/** Behind DROP. */
export function parseDropDatabase(p: Parser): Bare<DropDatabase> {
  p.next();
  const ifExists = acceptIfExists(p);
  return { kind: "DropDatabase", ifExists, name: p.identifier() };
}
