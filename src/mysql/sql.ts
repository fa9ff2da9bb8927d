/**
 * The one way to make SQL text in this project: the tagged template `sql`. What stands in the template is ours, what is
 * put into it is a value, an identifier or another piece of SQL, and is escaped by construction:
 *
 *     sql`select ${identifier("name")} from ${identifier("user")} where id = ${value(id)}`
 *
 * The text means the same under every sql_mode of a connection whose character set is utf8mb4 (ours are): a string with a
 * backslash or a control character becomes a hexadecimal literal, because `\` is an escape in some modes only.
 */

declare const isSql: unique symbol;
export interface Sql {
  readonly text: string;
  readonly [isSql]: true;
}

/** Text that is SQL already: what a user sent, or what the parser printed. Never glue such text together by hand. */
export function statement(text: string): Sql {
  return { text } as Sql;
}

export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  let text = strings[0] ?? "";
  for (let i = 0; i < parts.length; i++) text += (parts[i] as Sql).text + (strings[i + 1] ?? "");
  return statement(text);
}

/** Some pieces with `separator` between them; the separator is part of a program, never input. */
export function join(parts: readonly Sql[], separator = ", "): Sql {
  return statement(parts.map((part) => part.text).join(separator));
}

/** A quoted name. Several names are joined by dots: identifier("_vt", "heartbeat"). */
export function identifier(...names: readonly [string, ...string[]]): Sql {
  return statement(names.map(quoteIdentifier).join("."));
}

function quoteIdentifier(name: string): string {
  if (name === "" || name.includes("\0")) throw new RangeError(`${JSON.stringify(name)} cannot name anything in SQL`);
  return `\`${name.replaceAll("`", "``")}\``;
}

export type Literal = string | number | bigint | boolean | null | Uint8Array;

export function value(literal: Literal): Sql {
  return statement(literalText(literal));
}

/** (1, 'two', null) */
export function tuple(literals: readonly Literal[]): Sql {
  return statement(`(${literals.map(literalText).join(", ")})`);
}

function literalText(literal: Literal): string {
  if (literal === null) return "null";
  if (typeof literal === "string") return stringText(literal);
  if (typeof literal === "number") {
    if (!Number.isFinite(literal)) throw new RangeError(`SQL has no number ${literal}`);
    return Object.is(literal, -0) ? "0" : String(literal);
  }
  if (typeof literal === "bigint") return literal.toString();
  if (typeof literal === "boolean") return literal ? "1" : "0";
  return `x'${Buffer.from(literal.buffer, literal.byteOffset, literal.byteLength).toString("hex")}'`;
}

// oxlint-disable-next-line no-control-regex
const needsHex = /[\\\u0000-\u001f\u007f\u2028\u2029]/;

function stringText(text: string): string {
  if (needsHex.test(text)) return `_utf8mb4 x'${Buffer.from(text).toString("hex")}'`;
  return `'${text.replaceAll("'", "''")}'`;
}
