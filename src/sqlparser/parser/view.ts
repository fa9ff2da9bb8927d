/** CREATE VIEW, ALTER VIEW, DROP VIEW. */
import type { Bare } from "../ast/commented.ts";
import type { Account, CreateView, DropView } from "../ast/schema.ts";
import { acceptIfExists, acceptIfNotExists, parseNames, parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";

/** What was read before the word VIEW. */
export interface ViewHead {
  readonly alter: boolean;
  readonly replace: boolean;
  readonly materialized: boolean;
  readonly algorithm: CreateView["algorithm"];
  readonly definer: Account | undefined;
  readonly security: CreateView["security"];
}

/** Stands at VIEW, or at JSON of JSON RELATIONAL DUALITY VIEW. */
export function parseView(p: Parser, head: ViewHead): Bare<CreateView> {
  const duality = !p.rules.mariadb && p.accept("JSON");
  if (duality) {
    p.accept("RELATIONAL");
    p.expect("DUALITY");
  }
  p.expect("VIEW");
  const mayExist = !head.alter && (p.rules.mariadb || !head.replace);
  const ifNotExists = mayExist && acceptIfNotExists(p);
  const view = parseTableName(p);
  const columns = p.token === "(" ? parseNames(p) : [];
  p.expect("AS");
  const query = p.grammar.query(p);
  return { kind: "CreateView", ...head, duality, ifNotExists, view, columns, query, checkOption: acceptCheckOption(p) };
}

/** WITH LOCAL CHECK OPTION, or nothing. */
function acceptCheckOption(p: Parser): CreateView["checkOption"] {
  if (!p.accept("WITH")) return undefined;
  const scope = p.acceptOneOf("CASCADED", "LOCAL");
  p.expect("CHECK");
  p.expect("OPTION");
  return scope ?? "";
}

/** Behind DROP. */
export function parseDropView(p: Parser): Bare<DropView> {
  p.next();
  const ifExists = acceptIfExists(p);
  const views = p.list(parseTableName);
  return { kind: "DropView", ifExists, views, behaviour: p.acceptOneOf("RESTRICT", "CASCADE") };
}
