/**
 * The parser's cursor: the lexer plus what every rule of the grammar needs. Rules are functions that take the cursor:
 * they stand at the first token of their piece, move behind its last one and answer its node, or throw 1064.
 *
 * Depth is limited: a rule that can hold itself wraps its inside in `deeper()` … `shallower()`.
 */
import type { Expression } from "../ast/expression.ts";
import type { Query } from "../ast/query.ts";
import type { Statement } from "../ast.ts";
import type { Keyword } from "../keywords.ts";
import { Lexer } from "../lexer.ts";
import type { LexicalRules } from "../lexical-rules.ts";
import { SqlSyntaxError, syntaxCause } from "../syntax-error.ts";
import type { Token } from "../token.ts";

/** How deep parentheses, subqueries, blocks and the like may stand within each other. */
export const nestingMax = 500;

/** Rules that other families need without importing them: they would import in a ring. */
export interface Grammar {
  readonly expression: (p: Parser) => Expression;
  /** A query without INTO and without its end being checked; stands at SELECT, WITH, VALUES, TABLE or "(". */
  readonly query: (p: Parser) => Query;
  /** Any statement; stands at its first token. */
  readonly statement: (p: Parser) => Statement;
}

export class Parser extends Lexer {
  readonly grammar: Grammar;
  #depth = 0;

  constructor(source: string, rules: LexicalRules, grammar: Grammar) {
    super(source, rules);
    this.grammar = grammar;
    this.next();
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

  identifier(): string {
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

  /** 'text': its characters. Adjacent strings are one. */
  string(): string {
    if (this.token !== "string") this.fail();
    let text = this.value;
    this.next();
    while ((this.token as Token) === "string") {
      text += this.value;
      this.next();
    }
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

  deeper(): void {
    if (++this.#depth > nestingMax) throw new SqlSyntaxError("memory exhausted", this.source, this.start);
  }

  shallower(): void {
    this.#depth--;
  }

  /** 1064 at the current token. */
  fail(): never {
    throw new SqlSyntaxError(syntaxCause(this.rules), this.source, this.start);
  }
}

const noComments: readonly string[] = [];
