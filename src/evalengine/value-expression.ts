/**
 * Expressions that the gateway evaluates itself, compiled: constants, bind variables and lists of them. More kinds come
 * with the evaluator proper; what cannot be compiled goes to a server.
 */
import { VtError } from "../base/errors.ts";
import type { Binds, Value } from "../sqltypes/value.ts";

export type ValueExpression =
  | { readonly kind: "Constant"; readonly value: Value }
  | { readonly kind: "Bind"; readonly name: string };

/** A list of known length, or the values of one list bind. */
export type ListExpression =
  | { readonly kind: "List"; readonly items: readonly ValueExpression[] }
  | { readonly kind: "ListBind"; readonly name: string };

export function evaluate(expression: ValueExpression, binds: Binds): Value {
  if (expression.kind === "Constant") return expression.value;
  const bound = binds[expression.name];
  if (bound === undefined) throw VtError.of("VT03025", expression.name);
  if ("values" in bound) throw VtError.of("VT03025", `${expression.name} (a list)`);
  return bound;
}

export function evaluateList(expression: ListExpression, binds: Binds): readonly Value[] {
  if (expression.kind === "List") return expression.items.map((item) => evaluate(item, binds));
  const bound = binds[expression.name];
  if (bound === undefined || !("values" in bound)) throw VtError.of("VT03025", expression.name);
  return bound.values;
}

export function sameExpression(a: ValueExpression, b: ValueExpression): boolean {
  if (a.kind === "Bind") return b.kind === "Bind" && a.name === b.name;
  if (b.kind === "Bind") return false;
  const { value: x } = a;
  const { value: y } = b;
  if (x.bytes === undefined || y.bytes === undefined || x.type !== y.type) return false; // NULL equals nothing.
  return x.bytes.equals(y.bytes);
}

export function printValue({ type, bytes }: Value): string {
  if (bytes === undefined) return "NULL";
  return `${type}(${bytes.toString("utf8")})`;
}
