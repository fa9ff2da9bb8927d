/** The type of a variable, parameter or result of a stored program. */
import type { DataType } from "../ast/table.ts";
import { parseColumnDefinition } from "./column-definition.ts";
import { parseDataType, plainType } from "./data-type.ts";
import { parseCollationName } from "./names.ts";
import type { Parser } from "./parser.ts";

/** A type with its collation; also MariaDB's TYPE OF t.c, ROW TYPE OF t and ROW (a INT, …). */
export function parseProgramType(p: Parser): DataType {
  if (!p.rules.mariadb || (p.token !== "TYPE" && p.token !== "ROW")) {
    if (p.rules.mariadb && p.token === "SERIAL") p.fail();
    const type = parseDataType(p);
    return p.accept("COLLATE") ? { ...type, collation: parseCollationName(p) } : type;
  }
  const isRow = p.accept("ROW");
  if (isRow && p.is("("))
    return {
      ...plainType,
      name: "ROW",
      fields: p.parenthesized((inside) => inside.list((each) => parseColumnDefinition(each))),
    };
  p.expect("TYPE");
  p.expect("OF");
  const of = [p.identifier()];
  while (of.length < 3 && p.accept(".")) of.push(p.word());
  return { ...plainType, name: isRow ? "ROW TYPE OF" : "TYPE OF", of };
}
