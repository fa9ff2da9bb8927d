/**
 * The parser's cursor: the lexer plus what every rule of the grammar needs. Rules are functions that take the cursor:
 * they stand at the first token of their piece, move behind its last one and answer its node, or throw 1064.
 *
 * Depth is limited: a rule that can hold itself wraps its inside in `deeper()` … `shallower()`.
 */
import { VtError } from "../../base/errors.ts";
import type { Star } from "../ast/call.ts";
import type { Expression, IntervalUnit, Subquery } from "../ast/expression.ts";
import type { Query, TableName } from "../ast/query.ts";
import type { Statement } from "../ast.ts";
import type { Keyword } from "../keywords.ts";
import { Lexer } from "../lexer.ts";
import { adjacentCalls } from "../callable.ts";
import type { LexicalRules } from "../lexical-rules.ts";
import { SqlSyntaxError, syntaxCause, unreadAt } from "../syntax-error.ts";
import type { Token } from "../token.ts";

/** How deep parentheses, subqueries, blocks and the like may stand within each other. */
export const nestingMax = 500;

/** Rules that other families need without importing them: they would import in a ring. */
export interface Grammar {
  readonly expression: (p: Parser) => Expression;
  /** An expression whose outer operators bind at least as tightly as `minimum` (token.ts). */
  readonly infix: (p: Parser, minimum: number) => Expression;
  /** A query in parentheses; stands at the first of them. */
  readonly subquery: (p: Parser) => Subquery;
  /** A query; stands at SELECT, WITH, VALUES, TABLE or "(". */
  readonly query: (p: Parser) => Query;
  /** Goes on behind a query that stood in parentheses: UNION, ORDER BY, LIMIT … */
  readonly queryAfter: (p: Parser, left: Query) => Query;
  /** Any statement; stands at its first token. */
  readonly statement: (p: Parser) => Statement;
}

export class Parser extends Lexer {
  readonly grammar: Grammar;
  /** Where an item of a select list began, which may be t.*: the only place where a star is an operand. */
  starStart = -1;
  /** Whether INTO may stand in the query that is read: it may in a statement of its own, and not in one within others. */
  mayInto = false;
  /** Whether subqueries may stand in expressions: not in those of HANDLER. */
  mayQuery = true;
  /** In ON DUPLICATE KEY UPDATE: there alone MariaDB reads VALUES( as a call, elsewhere as a query. */
  inOnDuplicate = false;
  /** In the definition of a routine, package, trigger or event. */
  inProgram = false;
  #depth = 0;

  constructor(source: string, rules: LexicalRules, grammar: Grammar) {
    super(source, rules);
    this.grammar = grammar;
    this.next();
  }

  /** Whether the current token is `token`: for places where the compiler believes that it knows it still. */
  is(token: Token): boolean {
    return this.token === token;
  }

  /** Moves on when the current token is `token`. */
  accept(token: Token): boolean {
    if (this.token !== token) return false;
    this.next();
    return true;
  }

  /** Moves over `token`, or fails. */
  expect(token: Token): void {
    if (this.token !== token) this.fail();
    this.next();
  }

  /** Moves over two words when both are there. */
  acceptPair(first: Token, second: Token): boolean {
    if (this.token !== first || this.peek() !== second) return false;
    this.next();
    this.next();
    return true;
  }

  /** Moves over all `tokens`, or fails at the first that is not there. */
  expectAll(...tokens: readonly Token[]): void {
    for (const token of tokens) this.expect(token);
  }

  /** Moves over one of `words` and answers it, or undefined. */
  acceptOneOf<T extends Token>(...words: readonly T[]): T | undefined {
    for (const word of words)
      if (this.token === word) {
        this.next();
        return word;
      }
    return undefined;
  }

  expectOneOf<T extends Token>(...words: readonly T[]): T {
    return this.acceptOneOf(...words) ?? this.fail();
  }

  /** The current token as written. */
  get text(): string {
    return this.source.slice(this.start, this.position);
  }

  /** Whether the current token may be an identifier: a name, a quoted one, or a word that is not reserved. */
  get isIdentifier(): boolean {
    const { token } = this;
    if (token === "name" || token === "quoted") return true;
    if (this.reserved) return false;
    const code = token.charCodeAt(0); // Keywords are in capitals, classes in small letters.
    return code >= 65 && code <= 90;
  }

  /** A name of a table, column and the like. */
  identifier(): string {
    if (this.token !== "name" && this.isFunctionWord) this.fail();
    return this.anyIdentifier();
  }

  /** COUNT( and its kin: the lexers of the servers take the word for the function's, whatever stands here. */
  get isFunctionWord(): boolean {
    if (!adjacentCalls.has(this.token)) return false;
    return this.rules.ignoreSpace ? this.peek() === "(" : this.source.charCodeAt(this.position) === 40;
  }

  /** An identifier that may be a function's name. */
  anyIdentifier(): string {
    if (!this.isIdentifier) this.fail();
    const name = this.token === "quoted" ? this.value : this.text;
    this.next();
    return name;
  }

  /** An identifier, or undefined when none stands here. */
  acceptIdentifier(): string | undefined {
    return this.isIdentifier ? this.identifier() : undefined;
  }

  /** Any word, even a reserved one: after a dot, in SHOW ENGINE name, and the like. */
  word(): string {
    const code = this.token.charCodeAt(0);
    if (this.token !== "name" && this.token !== "quoted" && !(code >= 65 && code <= 90)) this.fail();
    const name = this.token === "quoted" ? this.value : this.text;
    this.next();
    return name;
  }

  /** 'text': its characters. */
  string(): string {
    if (this.token !== "string") this.fail();
    const text = this.value;
    this.next();
    return text;
  }

  /** A string as an operand: there, adjacent strings are one. */
  strings(): string {
    let text = this.string();
    while (this.token === "string") text += this.string();
    return text;
  }

  /** A plain whole number as written. */
  integer(): string {
    if (this.token !== "integer") this.fail();
    const digits = this.text;
    this.next();
    return digits;
  }

  /** item, item, … */
  list<T>(item: (p: this) => T): readonly T[] {
    const items = [item(this)];
    while (this.token === ",") {
      this.next();
      items.push(item(this));
    }
    return items;
  }

  /** (a, b) */
  identifiers(): readonly string[] {
    return this.parenthesized((p) => p.list((inner) => inner.identifier()));
  }

  /** An expression, or t.*; `parsePrimary` makes the latter here alone. */
  starOrExpression(): Expression | Star {
    this.starStart = this.start;
    return this.grammar.expression(this);
  }

  /** ( inside ) */
  parenthesized<T>(inside: (p: this) => T): T {
    this.expect("(");
    const found = inside(this);
    this.expect(")");
    return found;
  }

  /** Moves over a verb and answers the comments right behind it. */
  verb(token: Keyword): readonly string[] {
    const comments: string[] = [];
    this.comments = comments;
    this.expect(token);
    this.comments = undefined;
    return comments.length === 0 ? noComments : comments;
  }

  /** The comments behind the current token and the `count` - 1 after it. Does not move. */
  commentsBehind(count: number): readonly string[] {
    if (!this.source.includes("/*", this.position)) return noComments;
    const comments: string[] = [];
    this.ahead(() => {
      this.comments = comments;
      for (let i = 0; i < count; i++) this.next();
    });
    return comments.length === 0 ? noComments : comments;
  }

  /** name, schema.name, or .name (the current schema's) */
  tableName(): TableName {
    const isBare = this.rules.mariadb && this.accept(".");
    const first = this.identifier();
    if (isBare || this.token !== ".") return { kind: "TableName", schema: undefined, name: first };
    this.next();
    return { kind: "TableName", schema: first, name: this.identifier() };
  }

  /** The name of a character set, in small letters: a word, a string, or BINARY. */
  charsetName(): string {
    const name = this.token === "string" ? this.value : this.token === "BINARY" ? "binary" : undefined;
    if (name === undefined) return this.identifier().toLowerCase();
    this.next();
    return name.toLowerCase();
  }

  intervalUnit(): IntervalUnit {
    const unit = intervalUnits.get(this.token) ?? this.fail();
    this.next();
    return unit;
  }

  deeper(): void {
    if (++this.#depth > nestingMax) this.exhausted();
  }

  /** The servers' error for what is nested too deeply. */
  exhausted(): never {
    throw new SqlSyntaxError("memory exhausted", this.source, this.start);
  }

  shallower(): void {
    this.#depth--;
  }

  /** Behind a statement: `?` beside `:v1` would be one bind of two meanings. The next one's `?` count from 1 again. */
  endStatement(): void {
    if (this.parameterCount > 0 && this.numberedBind !== "") throw VtError.of("VT20022", this.numberedBind);
    this.parameterCount = 0;
    this.numberedBind = "";
    this.inProgram = false;
  }

  /** 1064 at the current token. */
  fail(): never {
    this.failAt(this.start);
  }

  failAt(position: number): never {
    if (this.inProgram && this.rules.oracle)
      throw VtError.of("VT12001", "a program in the language of sql_mode=ORACLE");
    const construct = unreadAt(this.rules, this.source, position);
    if (construct !== undefined) throw VtError.of("VT12001", construct);
    throw new SqlSyntaxError(syntaxCause(this.rules), this.source, position);
  }
}

const noComments: readonly string[] = [];

const unitWords = [
  "MICROSECOND",
  "SECOND",
  "MINUTE",
  "HOUR",
  "DAY",
  "WEEK",
  "MONTH",
  "QUARTER",
  "YEAR",
  "SECOND_MICROSECOND",
  "MINUTE_MICROSECOND",
  "MINUTE_SECOND",
  "HOUR_MICROSECOND",
  "HOUR_SECOND",
  "HOUR_MINUTE",
  "DAY_MICROSECOND",
  "DAY_SECOND",
  "DAY_MINUTE",
  "DAY_HOUR",
  "YEAR_MONTH",
] as const satisfies readonly IntervalUnit[];

/** SQL_TSI_DAY is DAY. */
const intervalUnits: ReadonlyMap<Token, IntervalUnit> = new Map<Token, IntervalUnit>([
  ...unitWords.map((unit): [Token, IntervalUnit] => [unit, unit]),
  ["SQL_TSI_SECOND", "SECOND"],
  ["SQL_TSI_MINUTE", "MINUTE"],
  ["SQL_TSI_HOUR", "HOUR"],
  ["SQL_TSI_DAY", "DAY"],
  ["SQL_TSI_WEEK", "WEEK"],
  ["SQL_TSI_MONTH", "MONTH"],
  ["SQL_TSI_QUARTER", "QUARTER"],
  ["SQL_TSI_YEAR", "YEAR"],
]);
