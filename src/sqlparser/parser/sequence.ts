/** MariaDB's sequences. https://mariadb.com/kb/en/create-sequence/ */
import type { Bare } from "../ast/commented.ts";
import type { AlterSequence, CreateSequence, DropSequence } from "../ast/schema.ts";
import type { DataType, Option } from "../ast/table.ts";
import type { Expression } from "../ast/expression.ts";
import { parseDataType } from "./data-type.ts";
import { acceptLockWait } from "./index-definition.ts";
import { acceptIfExists, acceptIfNotExists, parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";
import { parseTableOptions } from "./table-options.ts";

/** Stands at SEQUENCE. */
export function parseCreateSequence(p: Parser, replace: boolean, temporary: boolean): Bare<CreateSequence> {
  p.next();
  const ifNotExists = acceptIfNotExists(p);
  const sequence = parseTableName(p);
  const { type, options } = parseOptions(p, false);
  const tableOptions = parseTableOptions(p);
  return { kind: "CreateSequence", replace, temporary, ifNotExists, sequence, type, options, tableOptions };
}

export function parseAlterSequence(p: Parser): Bare<AlterSequence> {
  p.next();
  const ifExists = acceptIfExists(p);
  const sequence = parseTableName(p);
  const { type, options } = parseOptions(p, true);
  if (options.length === 0 && type === undefined) p.fail();
  return { kind: "AlterSequence", ifExists, sequence, type, options };
}

/** Behind DROP. */
export function parseDropSequence(p: Parser, temporary: boolean): Bare<DropSequence> {
  p.next();
  const ifExists = acceptIfExists(p);
  const sequences = p.list(parseTableName);
  return { kind: "DropSequence", temporary, ifExists, sequences, wait: acceptLockWait(p) };
}

function parseOptions(p: Parser, isAlter: boolean): { type: DataType | undefined; options: readonly Option[] } {
  let type: DataType | undefined;
  const options: Option[] = [];
  for (;;) {
    if (type === undefined && p.accept("AS")) type = parseDataType(p);
    else {
      const option = acceptOption(p, isAlter);
      if (option === undefined) return { type, options };
      options.push(option);
    }
  }
}

function acceptOption(p: Parser, isAlter: boolean): Option | undefined {
  const name = p.token;
  switch (name) {
    case "NOCACHE":
    case "NOCYCLE":
    case "CYCLE":
    case "NOMINVALUE":
    case "NOMAXVALUE":
      p.next();
      return { kind: "Option", name, value: undefined };
    case "NO":
      p.next();
      return { kind: "Option", name: `NO${p.expectOneOf("MINVALUE", "MAXVALUE")}`, value: undefined };
    case "START":
      p.next();
      if (!p.accept("WITH")) p.accept("=");
      return { kind: "Option", name, value: parseSigned(p) };
    case "INCREMENT":
      p.next();
      if (!p.accept("BY")) p.accept("=");
      return { kind: "Option", name, value: parseSigned(p) };
    case "RESTART": {
      if (!isAlter) return undefined;
      p.next();
      const isMust = p.accept("WITH") || p.accept("=");
      const hasNumber = isMust || p.is("integer") || p.is("-") || p.is("+");
      return { kind: "Option", name, value: hasNumber ? parseSigned(p) : undefined };
    }
    case "MINVALUE":
    case "MAXVALUE":
    case "CACHE":
      p.next();
      p.accept("=");
      return { kind: "Option", name, value: parseSigned(p) };
    default:
      return undefined;
  }
}

/** A whole number with its sign. */
function parseSigned(p: Parser): Expression {
  const negative = p.accept("-");
  if (!negative) p.accept("+");
  const operand: Expression = { kind: "Literal", type: "integer", text: p.integer() };
  return negative ? { kind: "Unary", operator: "-", operand } : operand;
}
