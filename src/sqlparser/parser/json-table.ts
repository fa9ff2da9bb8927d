/** JSON_TABLE(document, path COLUMNS (…)) alias. */
import type { Expression } from "../ast/expression.ts";
import type { JsonColumn, JsonTable } from "../ast/query.ts";
import type { Token } from "../token.ts";
import { parseDataType } from "./data-type.ts";
import type { Parser } from "./parser.ts";
import { parseJsonAnswers } from "./special-calls.ts";

export function parseJsonTable(p: Parser): JsonTable {
  p.next();
  p.deeper();
  p.expect("(");
  const document = p.grammar.expression(p);
  p.expect(",");
  const path = parsePath(p);
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

/** A string, nothing that is known only when it runs; a bind with a name is one that a normalizer put there. */
function parsePath(p: Parser): Expression {
  const isParameter = p.token === "bind" && p.source.charAt(p.start) === "?";
  if (isParameter || !pathTokens.has(p.token)) p.fail();
  if (p.rules.mariadb && p.token === "string") return { kind: "Literal", type: "string", text: p.string() };
  const { start } = p;
  const path = p.grammar.infix(p, operandOnly);
  return path.kind === "Introduced" && path.literal.type !== "string" ? p.failAt(start) : path;
}

const pathTokens: ReadonlySet<Token> = new Set<Token>(["string", "national", "introducer", "bind"]);
/** Above every operator: only the operand itself is read. */
const operandOnly = 100;

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
