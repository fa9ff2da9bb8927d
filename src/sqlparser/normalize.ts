/**
 * Literals become bind variables, so that statements which differ in their values share one plan: `a = 5` is `a = :v1`,
 * `a in (1, 2)` is `a in ::v1`. Within a query, equal literals share a name (GROUP BY a + 1 must still equal SELECT
 * a + 1); among the rows of INSERT and the values of UPDATE each has its own.
 *
 * What must stay, stays: positions in ORDER BY and GROUP BY, items of a select list that name a column by their text, and
 * literals where the servers take no parameter (fractions of NOW(), paths of JSON, offsets of windows and frames).
 */
import { type BindValue, integerValue, type Value } from "../sqltypes/value.ts";
import type { Node, Statement } from "./ast.ts";
import type { Bind, Expression, In, Literal, Unary } from "./ast/expression.ts";
import { rewriteChildren } from "./rewrite.ts";
import { encodeText } from "./source.ts";
import { walk } from "./walk.ts";

export interface Normalized<S extends Statement> {
  readonly statement: S;
  /** The values of the new binds; those that the statement had already are not among them. */
  readonly binds: Readonly<Record<string, BindValue>>;
}

/** The statement with binds for its literals. Statements other than queries and changes of rows stay as they are. */
export function normalize<S extends Statement>(statement: S): Normalized<S> {
  if (!normalized.has(statement.kind)) return { statement, binds: {} };
  const normalizer = new Normalizer(statement);
  return { statement: normalizer.rewrite(statement) as S, binds: normalizer.binds };
}

const normalized: ReadonlySet<string> = new Set([
  "Select",
  "SetOperation",
  "ValuesQuery",
  "TableQuery",
  "Wrapped",
  "Insert",
  "Update",
  "Delete",
]);

const queries: ReadonlySet<string> = new Set(["Select", "SetOperation", "ValuesQuery", "Wrapped"]);

/** Functions whose argument is part of their type. */
const fixedCalls: ReadonlySet<string> = new Set([
  "now",
  "current_timestamp",
  "current_time",
  "curtime",
  "localtime",
  "localtimestamp",
  "sysdate",
  "utc_time",
  "utc_timestamp",
]);

class Normalizer {
  readonly binds: Record<string, BindValue> = {};
  readonly #taken = new Set<string>();
  /** The names of literals within queries, by type and text. */
  readonly #known = new Map<string, string>();
  #inQuery = false;
  #count = 0;

  constructor(statement: Statement) {
    walk(statement, (node) => {
      if (node.kind === "Bind" || node.kind === "ListBind") this.#taken.add(node.name);
    });
  }

  readonly rewrite = (node: Node): Node => {
    switch (node.kind) {
      case "Literal":
      case "Unary": {
        const value = valueOf(node);
        return value === undefined ? rewriteChildren(node, this.rewrite) : this.#bind(value);
      }
      case "In":
        return this.#list(node) ?? rewriteChildren(node, this.rewrite);
      case "SelectItem":
        return node.alias === undefined && !isWithoutLiterals(node.expression)
          ? node
          : rewriteChildren(node, this.rewrite);
      case "OrderItem":
        return isPosition(node.expression) ? node : rewriteChildren(node, this.rewrite);
      case "Call":
        return node.schema === undefined && fixedCalls.has(node.name) ? node : rewriteChildren(node, this.rewrite);
      case "Like":
        return {
          ...node,
          operand: this.rewrite(node.operand) as Expression,
          pattern: this.rewrite(node.pattern) as Expression,
        };
      case "JsonExtract":
      case "JsonValue":
      case "JsonAnswer":
      case "Introduced":
      case "Frame":
      case "WindowCall":
      case "SystemTime":
      case "TableSample":
      case "Into":
      case "FileFormat":
        return node;
      default:
        return queries.has(node.kind) ? this.#query(node) : rewriteChildren(node, this.rewrite);
    }
  };

  #query(node: Node): Node {
    const outer = this.#inQuery;
    this.#inQuery = true;
    const found = rewriteChildren(node, this.rewrite);
    this.#inQuery = outer;
    return found;
  }

  #bind(value: Value): Bind {
    if (!this.#inQuery) return { kind: "Bind", name: this.#store(value) };
    const key = `${value.type} ${value.bytes?.toString("latin1")}`;
    let name = this.#known.get(key);
    if (name === undefined) {
      name = this.#store(value);
      this.#known.set(key, name);
    }
    return { kind: "Bind", name };
  }

  /** IN over literals alone: one bind for all of them. */
  #list(node: In): In | undefined {
    if (node.list.kind !== "Row") return undefined;
    const values: Value[] = [];
    for (const item of node.list.items) {
      const value = valueOf(item);
      if (value === undefined) return undefined;
      values.push(value);
    }
    const operand = this.rewrite(node.operand) as Expression;
    return { ...node, operand, list: { kind: "ListBind", name: this.#store({ type: "TUPLE", values }) } };
  }

  #store(value: BindValue): string {
    let name: string;
    do name = `v${++this.#count}`;
    while (this.#taken.has(name));
    this.binds[name] = value;
    return name;
  }
}

function isWithoutLiterals(expression: Expression): boolean {
  let found = true;
  walk(expression, (node) => {
    if (node.kind === "Literal") found = false;
    return found;
  });
  return found;
}

/** A whole number as an item of ORDER BY or GROUP BY is the position of a column. */
function isPosition(expression: Expression): boolean {
  return expression.kind === "Literal" && expression.type === "integer";
}

/** The value of a literal or of a negative number; undefined for all else, and for literals that must stay. */
export function valueOf(node: Expression): Value | undefined {
  if (node.kind === "Literal") return literalValue(node);
  return node.kind === "Unary" ? negativeValue(node) : undefined;
}

function literalValue({ type, text }: Literal): Value | undefined {
  switch (type) {
    case "string":
      return { type: "VARCHAR", bytes: encodeText(text) };
    case "integer":
      return integerLiteral(text);
    case "decimal":
      return { type: "DECIMAL", bytes: Buffer.from(text) };
    case "float":
      return { type: "FLOAT64", bytes: Buffer.from(text) };
    case "hexString":
      return { type: "HEXVAL", bytes: Buffer.from(`x'${text}'`) };
    case "hexNumber":
      return { type: "HEXNUM", bytes: Buffer.from(`0x${text}`) };
    case "bit":
      return { type: "BITNUM", bytes: Buffer.from(`0b${text}`) };
    default:
      return undefined;
  }
}

/** INT64, UINT64, or DECIMAL beyond both. Leading zeros go. */
function integerLiteral(text: string): Value {
  if (text.length <= 15) return integerValue(Number(text));
  const value = BigInt(text);
  return value > 0xffff_ffff_ffff_ffffn
    ? { type: "DECIMAL", bytes: Buffer.from(value.toString()) }
    : integerValue(value);
}

function negativeValue({ operator, operand }: Unary): Value | undefined {
  if (operator !== "-" || operand.kind !== "Literal") return undefined;
  const { type, text } = operand;
  if (type === "integer") {
    const value = -BigInt(text);
    if (value === 0n) return integerValue(0);
    return value < -0x8000_0000_0000_0000n
      ? { type: "DECIMAL", bytes: Buffer.from(value.toString()) }
      : integerValue(value);
  }
  if (type === "decimal" || type === "float")
    return { type: type === "float" ? "FLOAT64" : "DECIMAL", bytes: Buffer.from(`-${text}`) };
  return undefined;
}
