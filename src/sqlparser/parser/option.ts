/** Options: name = value, as tables, columns, indexes, databases and tablespaces have them. */
import type { Column, Literal } from "../ast/expression.ts";
import type { Option } from "../ast/table.ts";
import type { Parser } from "./parser.ts";

/** Does an option stand here that a storage engine of MariaDB knows? Its name is no keyword. */
export function startsEngineOption(p: Parser): boolean {
  return p.rules.mariadb && (p.token === "name" || p.token === "quoted") && p.peek() === "=";
}

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
