/**
 * Expressions of the AST to expressions that the gateway evaluates: literals, binds, signs. Undefined: a server must do it.
 */
import type { Expression, ListBind, Literal, Row, Subquery } from "../sqlparser/ast/expression.ts";
import type { SqlType } from "../sqltypes/types.ts";
import { nullValue, type Value } from "../sqltypes/value.ts";
import type { ListExpression, ValueExpression } from "./value-expression.ts";

export function compileValue(expression: Expression): ValueExpression | undefined {
  switch (expression.kind) {
    case "Null":
      return { kind: "Constant", value: nullValue };
    case "Bind":
      return { kind: "Bind", name: expression.name };
    case "Literal":
      return constant(literalValue(expression));
    case "Introduced":
      return expression.charset === "utf8mb4" || expression.charset === "binary"
        ? constant(literalValue(expression.literal))
        : undefined;
    case "Unary":
      return compileSigned(expression.operator, expression.operand);
    default:
      return undefined;
  }
}

const constant = (value: Value | undefined): ValueExpression | undefined =>
  value === undefined ? undefined : { kind: "Constant", value };

export function compileList(list: Row | Subquery | ListBind): ListExpression | undefined {
  if (list.kind === "ListBind") return { kind: "ListBind", name: list.name };
  if (list.kind !== "Row") return undefined;
  const items = list.items.map(compileValue);
  return items.every((item) => item !== undefined) ? { kind: "List", items } : undefined;
}

const int64Max = 0x7fff_ffff_ffff_ffffn;
const uint64Max = 0xffff_ffff_ffff_ffffn;

function compileSigned(operator: string, operand: Expression): ValueExpression | undefined {
  if (operand.kind !== "Literal" || (operator !== "-" && operator !== "+")) return undefined;
  if (operand.type !== "integer" && operand.type !== "decimal" && operand.type !== "float") return undefined;
  if (operator === "+") return constant(literalValue(operand));
  if (operand.type !== "integer") {
    const value = literalValue(operand);
    return constant(value && { ...value, bytes: Buffer.from(`-${operand.text}`) });
  }
  const n = -BigInt(operand.text);
  return constant({ type: n < -int64Max - 1n ? "DECIMAL" : "INT64", bytes: Buffer.from(n.toString()) });
}

const plainTypes: Readonly<Partial<Record<Literal["type"], SqlType>>> = {
  decimal: "DECIMAL",
  float: "FLOAT64",
  date: "DATE",
  time: "TIME",
  timestamp: "DATETIME",
};

function literalValue({ type, text }: Literal): Value | undefined {
  switch (type) {
    case "string":
    case "national":
      return { type: "VARCHAR", bytes: literalBytes(text) };
    case "integer": {
      const n = BigInt(text);
      return {
        type: n <= int64Max ? "INT64" : n <= uint64Max ? "UINT64" : "DECIMAL",
        bytes: Buffer.from(n.toString()),
      };
    }
    case "hexString":
      return { type: "HEXVAL", bytes: Buffer.from(`x'${text}'`) };
    case "hexNumber":
      return { type: "HEXNUM", bytes: Buffer.from(`0x${text}`) };
    case "boolean":
      return { type: "INT64", bytes: Buffer.from(text === "true" ? "1" : "0") };
    case "bit":
      return undefined;
    default:
      return { type: plainTypes[type] ?? "VARCHAR", bytes: Buffer.from(text) };
  }
}

/** The characters U+DC80 to U+DCFF stand for bytes that were not valid in the source. */
function literalBytes(text: string): Buffer {
  if (!/[\udc80-\udcff]/.test(text)) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff])/).map((part, i, all) => {
    const code = part.charCodeAt(0);
    const isByte = part.length === 1 && code >= 0xdc80 && code <= 0xdcff && isAlone(all, i);
    return isByte ? Buffer.from([code - 0xdc00]) : Buffer.from(part);
  });
  return Buffer.concat(parts);
}

/** Not the second half of a surrogate pair. */
function isAlone(parts: readonly string[], i: number): boolean {
  const before = parts[i - 1]?.charCodeAt((parts[i - 1]?.length ?? 0) - 1) ?? 0;
  return before < 0xd800 || before > 0xdbff;
}
