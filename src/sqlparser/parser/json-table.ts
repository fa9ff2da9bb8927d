/** JSON_TABLE(document, path COLUMNS (…)) alias. */
import type { Expression } from "../ast/expression.ts";
import type { JsonColumn, JsonTable } from "../ast/query.ts";
import { powers } from "../token.ts";
import { parseDataType } from "./data-type.ts";
import type { Parser } from "./parser.ts";
import { parseJsonAnswers } from "./special-calls.ts";

export function parseJsonTable(p: Parser): JsonTable {
  p.next();
  p.deeper();
  p.expect("(");
  const document = p.grammar.expression(p);
  p.expect(",");
  const path = p.grammar.infix(p, powers.concat);
  const columns = parseColumns(p);
  p.expect(")");
  p.shallower();
  p.accept("AS");
  return { kind: "JsonTable", document, path, columns, alias: p.identifier() };
}

function parseColumns(p: Parser): readonly JsonColumn[] {
  p.expect("COLUMNS");
  return p.parenthesized((inner) => inner.list(parseJsonColumn));
}

/** A string, nothing that is known only when it runs: a normalized one's bind, but no parameter. */
function parsePath(p: Parser): Expression {
  const isParameter = p.source.charAt(p.start) === "?";
  const path = isParameter ? p.fail() : p.grammar.infix(p, powers.concat);
  return path.kind === "Literal" || path.kind === "Introduced" || path.kind === "Bind" ? path : p.fail();
}

function parseJsonColumn(p: Parser): JsonColumn {
  if (p.token === "NESTED" && (p.peek() === "PATH" || p.peek() === "string")) {
    p.deeper();
    p.next();
    if (!p.accept("PATH") && !p.rules.mariadb) p.fail(); // MariaDB alone lets it out.
    const path = parsePath(p);
    const columns = parseColumns(p);
    p.shallower();
    return { kind: "JsonNested", path, columns };
  }
  const name = p.identifier();
  if (p.accept("FOR")) {
    p.expect("ORDINALITY");
    return { kind: "JsonOrdinality", name };
  }
  const type = parseDataType(p);
  const exists = p.accept("EXISTS");
  p.expect("PATH");
  const path = parsePath(p);
  const [onEmpty, onError] = parseJsonAnswers(p);
  return { kind: "JsonPathColumn", name, type, exists, path, onEmpty, onError };
}
