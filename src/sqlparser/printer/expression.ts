/** Printers of expressions, and how tightly each binds. */
import type { Expression, Literal, When } from "../ast/expression.ts";
import type { CallExpression } from "../ast/call.ts";
import type { Printer, Printers } from "../printer.ts";
import { powers } from "../token.ts";

/** What needs no parentheses anywhere. */
const primary = 100;
/** Assignments and leading intervals take all that follows: in parentheses wherever an operator is near. */
const greedy = 1;
/** IS TRUE and its kin: MySQL takes no comparison behind them. */
const truthTest = 5.5;

const binaryPowers: Readonly<Record<string, number>> = {
  "+": powers.sum,
  "-": powers.sum,
  "*": powers.product,
  "/": powers.product,
  "%": powers.product,
  DIV: powers.product,
  "|": powers.bitOr,
  "&": powers.bitAnd,
  "^": powers.bitXor,
  "<<": powers.shift,
  ">>": powers.shift,
  "||": powers.concat,
};

/** How tightly the outermost operator of a node binds, in the scale of the parser. */
export function expressionPower(node: Expression): number {
  switch (node.kind) {
    case "Assign":
      return greedy;
    case "Or":
      return powers.or;
    case "Xor":
      return powers.xor;
    case "And":
      return powers.and;
    case "Not":
      return powers.not;
    case "Is":
      return node.test === "NULL" ? powers.comparison : truthTest;
    case "Comparison":
    case "Quantified":
      return powers.comparison;
    case "In":
    case "Between":
    case "Like":
    case "Regexp":
    case "SoundsLike":
    case "MemberOf":
      return powers.predicate;
    case "Binary":
      return node.left.kind === "Interval" ? greedy : (binaryPowers[node.operator] as number);
    case "Unary":
      return powers.unary;
    case "Collate":
      return powers.collate;
    default:
      return primary;
  }
}

/** left operator right, chained to the left. */
function infix(out: Printer, left: Expression, operator: string, right: Expression, power: number): void {
  if (left.kind === "Interval") out.node(left);
  else out.operand(left, power);
  out.write(` ${operator} `);
  if (right.kind === "Interval") out.node(right);
  else out.operand(right, power + 1);
}

function operands(out: Printer, nodes: readonly Expression[], operator: string, power: number): void {
  for (let i = 0; i < nodes.length; i++) {
    if (i > 0) out.write(operator);
    out.operand(nodes[i] as Expression, power + 1);
  }
}

/** operand NOT word */
function predicate(out: Printer, operand: Expression, negated: boolean, word: string): void {
  out.operand(operand, powers.bitOr);
  out.write(negated ? ` not ${word} ` : ` ${word} `);
}

function printLiteral({ type, text }: Literal, out: Printer): void {
  switch (type) {
    case "string":
      return out.string(text);
    case "national":
      out.write("N");
      return out.string(text);
    case "hexString":
      return out.write(`x'${text}'`);
    case "hexNumber":
      return out.write(`0x${text}`);
    case "bit":
      return out.write(`b'${text}'`);
    case "date":
    case "time":
    case "timestamp":
      out.write(`${type} `);
      return out.string(text);
    default:
      out.write(text);
  }
}

export const expressionPrinters: Printers<Exclude<Expression, CallExpression> | When> = {
  Literal: printLiteral,
  Null: (_, out) => out.write("null"),
  Introduced: ({ charset, literal }, out) => {
    out.write(`_${charset} `);
    out.node(literal);
  },
  Bind: ({ name }, out) => out.write(`:${name}`),
  ListBind: ({ name }, out) => out.write(`::${name}`),
  Column: ({ schema, table, name }, out) => {
    if (schema !== undefined) out.name(schema);
    if (schema !== undefined) out.write(".");
    if (table !== undefined) out.name(table);
    if (table !== undefined) out.write(".");
    out.name(name);
  },
  UserVariable: ({ name }, out) =>
    out.write(/^[A-Za-z0-9_$.]+$/.test(name) ? `@${name}` : `@\`${name.replaceAll("`", "``")}\``),
  SystemVariable: ({ scope, component, name }, out) => {
    out.write("@@");
    if (scope !== undefined) out.write(`${scope.toLowerCase()}.`);
    if (component !== undefined) out.name(component);
    if (component !== undefined) out.write(".");
    out.name(name);
  },
  Assign: ({ variable, value }, out) => {
    out.node(variable);
    out.write(" := ");
    out.operand(value, greedy);
  },
  Unary: ({ operator, operand }, out) => {
    // Two minus signs would begin a comment.
    const isSigned =
      (operand.kind === "Unary" && operand.operator !== "~") ||
      (operand.kind === "Literal" && operand.text.startsWith("-"));
    out.write(operator === "BINARY" ? "binary " : isSigned ? `${operator} ` : operator);
    out.operand(operand, powers.unary);
  },
  Not: ({ operand }, out) => {
    out.write("not ");
    out.operand(operand, out.rules.highNot ? powers.bang : powers.not);
  },
  Binary: (node, out) => {
    const power = binaryPowers[node.operator] as number;
    if (node.left.kind !== "Interval") return infix(out, node.left, node.operator.toLowerCase(), node.right, power);
    out.node(node.left);
    out.write(` ${node.operator} `);
    out.operand(node.right, powers.comparison);
  },
  Comparison: ({ operator, left, right }, out) => {
    out.operand(left, powers.comparison);
    out.write(operator === "<>" ? " != " : ` ${operator} `);
    out.operand(right, powers.predicate);
  },
  Quantified: ({ operator, quantifier, left, query }, out) => {
    out.operand(left, powers.comparison);
    out.write(` ${operator === "<>" ? "!=" : operator} ${quantifier.toLowerCase()} (`);
    out.node(query);
    out.write(")");
  },
  And: (node, out) => operands(out, node.operands, " and ", powers.and),
  Or: (node, out) => operands(out, node.operands, " or ", powers.or),
  Xor: ({ left, right }, out) => infix(out, left, "xor", right, powers.xor),
  Is: ({ operand, negated, test }, out) => {
    out.operand(operand, powers.comparison);
    out.write(` is ${negated ? "not " : ""}${test.toLowerCase()}`);
  },
  In: ({ operand, negated, list }, out) => {
    predicate(out, operand, negated, "in");
    out.node(list);
  },
  Between: ({ operand, negated, low, high }, out) => {
    predicate(out, operand, negated, "between");
    out.operand(low, powers.bitOr);
    out.write(" and ");
    out.operand(high, powers.predicate);
  },
  Like: ({ operand, negated, pattern, escape }, out) => {
    predicate(out, operand, negated, "like");
    out.operand(pattern, powers.concat);
    if (escape === undefined) return;
    out.write(" escape ");
    out.operand(escape, powers.concat);
  },
  Regexp: ({ operand, negated, pattern }, out) => {
    predicate(out, operand, negated, "regexp");
    out.operand(pattern, powers.bitOr);
  },
  SoundsLike: ({ left, right }, out) => {
    predicate(out, left, false, "sounds like");
    out.operand(right, powers.bitOr);
  },
  MemberOf: ({ value, array }, out) => {
    out.operand(value, powers.bitOr);
    out.write(" member of (");
    out.operand(array, powers.concat);
    out.write(")");
  },
  JsonExtract: ({ operator, left, path }, out) => {
    out.node(left);
    out.write(` ${operator} `);
    out.node(path);
  },
  Collate: ({ operand, collation }, out) => {
    out.operand(operand, powers.collate);
    out.write(" collate ");
    out.name(collation);
  },
  Case: ({ operand, whens, otherwise }, out) => {
    out.write("case");
    out.optional(" ", operand);
    for (const when of whens) out.node(when);
    out.optional(" else ", otherwise);
    out.write(" end");
  },
  When: ({ condition, result }, out) => {
    out.write(" when ");
    out.node(condition);
    out.write(" then ");
    out.node(result);
  },
  Row: ({ items }, out) => {
    out.write("(");
    out.list(items);
    out.write(")");
  },
  Subquery: ({ query }, out) => {
    out.write("(");
    out.node(query);
    out.write(")");
  },
  Exists: ({ query }, out) => {
    out.write("exists (");
    out.node(query);
    out.write(")");
  },
  Interval: ({ amount, unit }, out) => {
    out.write("interval ");
    const { length } = out.text;
    out.node(amount);
    // Behind INTERVAL a parenthesis that holds a part of the amount would begin the function's arguments.
    if (amount.kind !== "Subquery" && out.text.charCodeAt(length) === 40)
      out.text = `${out.text.slice(0, length)}(${out.text.slice(length)})`;
    out.write(` ${unit.toLowerCase()}`);
  },
};
