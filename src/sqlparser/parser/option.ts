/** Options: name = value, as tables, columns, indexes, databases and tablespaces have them. */
import type { Column, Literal } from "../ast/expression.ts";
import type { Option } from "../ast/table.ts";
import type { Token } from "../token.ts";
import type { Parser } from "./parser.ts";

/** Does an option stand here that a storage engine of MariaDB knows? Its name is no keyword of that server. */
export function startsEngineOption(p: Parser): boolean {
  const isName = p.token === "name" || p.token === "quoted" || mysqlOptions.has(p.token);
  return p.rules.mariadb && isName && p.peek() === "=";
}

/** Options of MySQL's grammar that MariaDB takes for an engine's. */
const mysqlOptions: ReadonlySet<Token> = new Set<Token>([
  "ALLOW_MISSING_FILES",
  "AUTO_REFRESH",
  "AUTO_REFRESH_SOURCE",
  "ENCRYPTION",
  "ENGINE_ATTRIBUTE",
  "SECONDARY_ENGINE",
  "SECONDARY_ENGINE_ATTRIBUTE",
  "STRICT_LOAD",
  "VERIFY_KEY_CONSTRAINTS",
]);

/** name = value: an option that a storage engine of MariaDB knows. */
export function parseEngineOption(p: Parser): Option {
  const name = p.identifier().toLowerCase(); // So that it is never taken for an option of the server.
  p.expect("=");
  return { kind: "Option", name, value: parseOptionValue(p) };
}

/** 'text', a number, a word; DEFAULT is a word too. */
export function parseOptionValue(p: Parser): Literal | Column {
  const { token } = p;
  if (token === "string") return { kind: "Literal", type: "string", text: p.string() };
  if (token === "integer" || token === "decimal" || token === "float" || token === "hexNumber") return parseNumber(p);
  return { kind: "Column", schema: undefined, table: undefined, name: p.word() };
}

function parseNumber(p: Parser): Literal {
  const literal: Literal = {
    kind: "Literal",
    type: p.token as "integer",
    text: p.token === "hexNumber" ? p.value : p.text,
  };
  p.next();
  return literal;
}
