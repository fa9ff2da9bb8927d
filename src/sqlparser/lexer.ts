/**
 * The lexer: turns source text into tokens, one at a time and without objects. The current token's fields are the
 * lexer's own fields. It follows the server's: sql_mode, version comments by flavour, identifiers that begin with
 * digits, keywords that are plain names after a dot.
 *
 * `next()` moves to the next token. It never throws: what cannot be a token is "invalid", which no rule accepts.
 * Time is linear in the source.
 * https://dev.mysql.com/doc/refman/8.4/en/language-structure.html
 */
import { charsetNames } from "./charsets.ts";
import { type Keyword, keywords } from "./keywords.ts";
import { findKeyword, type LexicalRules, powerByKeyword } from "./lexical-rules.ts";
import { operatorAt } from "./operators.ts";
import {
  commentEnd,
  exponentEnd,
  isBinaryDigit,
  isHexDigit,
  isIdentifierCode,
  isLetter,
  lineEnd,
  scanQuoted,
  unescape,
  versionComment,
} from "./scan.ts";
import type { Token } from "./token.ts";

export class Lexer {
  readonly source: string;
  readonly rules: LexicalRules;
  /** The current token; its text is source[start, position). */
  token: Token = "end";
  start = 0;
  position = 0;
  /** Where the token before it ends. */
  previousEnd = 0;
  /** The binding power of the current token as an infix operator. */
  power = 0;
  /** Whether the current token is a reserved word. */
  reserved = false;
  /** Of strings, quoted identifiers, binds, variables and literals with digits: what stands inside. */
  value = "";
  /** How many `?` were met. */
  parameterCount = 0;
  /** A bind of the text that is called like those that `?` stands for (`:v1`), or "". */
  numberedBind = "";
  /** Comments met by `next()` while this is a list. */
  comments: string[] | undefined = undefined;
  #inVersionComment = false;
  #previousIsName = false;
  /** Set by a dot before a name: keywords and digits are names there. */
  #nameFollows = false;

  /** The source with an end that can be read past: reading beyond a string is slow. */
  readonly #padded: string;

  constructor(source: string, rules: LexicalRules) {
    this.source = source;
    this.#padded = `${source}\0\0`;
    this.rules = rules;
  }

  /** Moves to the next token. */
  next(): void {
    const source = this.#padded;
    this.previousEnd = this.position;
    this.power = 0;
    this.reserved = false;
    let at = this.position;
    for (;;) {
      const code = source.charCodeAt(at);
      if (code === 32 || (code >= 9 && code <= 13)) at++;
      else if (code === 35 || code === 45 || code === 47 || code === 42) {
        const after = this.#skipComment(at, code);
        if (after === at) break;
        at = after;
      } else break;
    }
    this.start = at;
    const code = source.charCodeAt(at);
    if (this.#nameFollows) this.#nameAfterDot(at);
    else if (isLetter(code)) this.#word(at);
    else if (code >= 48 && code <= 57) this.#number(at);
    else this.#mark(at, code);
  }

  /** What follows the current token, without moving to it. */
  peek(): Token {
    return this.ahead(() => {
      this.next();
      return this.token;
    });
  }

  /** Runs `look`, which may move on, and comes back. */
  ahead<T>(look: () => T): T {
    const { token, start, position, previousEnd, power, reserved, value, parameterCount, numberedBind, comments } =
      this;
    const inVersionComment = this.#inVersionComment;
    const previousIsName = this.#previousIsName;
    const nameFollows = this.#nameFollows;
    this.comments = undefined;
    const found = look();
    this.token = token;
    this.start = start;
    this.position = position;
    this.previousEnd = previousEnd;
    this.power = power;
    this.reserved = reserved;
    this.value = value;
    this.parameterCount = parameterCount;
    this.numberedBind = numberedBind;
    this.comments = comments;
    this.#inVersionComment = inVersionComment;
    this.#previousIsName = previousIsName;
    this.#nameFollows = nameFollows;
    return found;
  }

  #emit(token: Token, end: number, power: number): void {
    this.token = token;
    this.position = end;
    this.power = power;
    this.#previousIsName = false;
  }

  #name(token: Token, end: number): void {
    this.token = token;
    this.position = end;
    this.#previousIsName = true;
  }

  /** A word that begins with a letter, "_", "$" or beyond ASCII: keyword, name, or a literal with a prefix. */
  #word(start: number): void {
    const source = this.#padded;
    let at = start;
    let hash = 0;
    let code = source.charCodeAt(at);
    do {
      hash = (Math.imul(hash, 31) + (code | 32)) | 0;
      code = source.charCodeAt(++at);
    } while (isIdentifierCode(code));
    const length = at - start;
    if (code === 39 && length === 1 && this.#prefixed(start, at)) return;
    const number =
      code === 46 && isIdentifierCode(source.charCodeAt(at + 1)) ? -1 : findKeyword(source, start, at, hash);
    if (number >= 0) {
      this.token = keywords[number] as Keyword;
      this.position = at;
      this.reserved = this.rules.reserved[number] === 1;
      this.power = powerByKeyword[number] as number;
      this.#previousIsName = !this.reserved;
      return;
    }
    if (length > 1 && source.charCodeAt(start) === 95) {
      const charset = source.slice(start + 1, at).toLowerCase();
      if (charsetNames.has(charset)) {
        this.value = charset;
        this.#emit("introducer", at, 0);
        return;
      }
    }
    this.#name("name", at);
  }

  /** x'4D', b'01', N'text': answers whether the letter at `start` is such a prefix. */
  #prefixed(start: number, quote: number): boolean {
    const letter = this.#padded.charCodeAt(start) | 32;
    if (letter === 110) {
      this.#string(quote, 39, "national");
      return true;
    }
    if (letter !== 120 && letter !== 98) return false;
    let at = quote + 1;
    const isDigit = letter === 120 ? isHexDigit : isBinaryDigit;
    while (isDigit(this.#padded.charCodeAt(at))) at++;
    const whole = this.#padded.charCodeAt(at) === 39 && (letter === 98 || (at - quote) % 2 === 1);
    this.value = this.source.slice(quote + 1, at);
    if (whole) this.#emit(letter === 120 ? "hexString" : "bit", at + 1, 0);
    else this.#emit("invalid", at, 0);
    return true;
  }

  #string(quote: number, code: number, token: Token): void {
    const end = this.#inside(quote, code, this.rules.backslashEscapes);
    this.#emit(end < 0 ? "invalid" : token, end < 0 ? this.source.length : end, 0);
  }

  /** An identifier in quotes: only the doubled quote is special. */
  #quoted(quote: number, code: number): void {
    const end = this.#inside(quote, code, false);
    if (end < 0) this.#emit("invalid", this.source.length, 0);
    else this.#name("quoted", end);
  }

  /** Sets `value` to what stands in quotes and answers the position behind them, or -1. */
  #inside(quote: number, code: number, backslash: boolean): number {
    const source = this.#padded;
    const scanned = scanQuoted(source, quote, code, backslash);
    if (scanned < 0) return -1;
    const end = scanned >>> 1;
    const isPlain = (scanned & 1) === 0;
    this.value = isPlain ? source.slice(quote + 1, end - 1) : unescape(source, quote + 1, end - 1, code, backslash);
    return end;
  }

  /** A number, or a name that begins with digits. */
  #number(start: number): void {
    const source = this.#padded;
    let at = start;
    let code = source.charCodeAt(at);
    if (code === 48) {
      const letter = source.charCodeAt(at + 1);
      if ((letter === 120 || letter === 98) && this.#prefixedNumber(start, letter)) return;
    }
    while (code >= 48 && code <= 57) code = source.charCodeAt(++at);
    if (code === 46 && !(this.rules.mariadb && source.charCodeAt(at + 1) === 46)) {
      return this.#fraction(at + 1);
    }
    if (!isIdentifierCode(code)) return this.#emit("integer", at, 0);
    if ((code | 32) === 101) {
      const end = exponentEnd(source, at);
      if (end > 0) return this.#emit("float", end, 0);
    }
    while (isIdentifierCode(code)) code = source.charCodeAt(++at);
    this.#name("name", at);
  }

  /** 0x1F, 0b01: only with small letters, and only when no name goes on after it. */
  #prefixedNumber(start: number, letter: number): boolean {
    const source = this.#padded;
    let at = start + 2;
    const isDigit = letter === 120 ? isHexDigit : isBinaryDigit;
    while (isDigit(source.charCodeAt(at))) at++;
    if (at === start + 2 || isIdentifierCode(source.charCodeAt(at))) return false;
    this.value = source.slice(start + 2, at);
    this.#emit(letter === 120 ? "hexNumber" : "bit", at, 0);
    return true;
  }

  /** Digits after the point at `at` - 1, and an exponent. */
  #fraction(at: number): void {
    const source = this.#padded;
    let code = source.charCodeAt(at);
    while (code >= 48 && code <= 57) code = source.charCodeAt(++at);
    if ((code | 32) !== 101) {
      this.#emit("decimal", at, 0);
      return;
    }
    const end = exponentEnd(source, at);
    if (end > 0) this.#emit("float", end, 0);
    else this.#emit("invalid", at + 1, 0);
  }

  /** After a dot, digits too begin a name, and keywords are names. */
  #nameAfterDot(start: number): void {
    let at = start;
    while (isIdentifierCode(this.#padded.charCodeAt(at))) at++;
    this.#nameFollows = false;
    this.#name("name", at);
  }

  /** Everything that is neither a word nor a number, and the end of the source. */
  #mark(at: number, code: number): void {
    switch (code) {
      case 40:
        return this.#emit("(", at + 1, 0);
      case 41:
        return this.#emit(")", at + 1, 0);
      case 44:
        return this.#emit(",", at + 1, 0);
      case 46:
        return this.#dot(at);
      case 59:
        return this.#emit(";", at + 1, 0);
      case 39:
        return this.#string(at, 39, "string");
      case 34:
        return this.rules.ansiQuotes ? this.#quoted(at, 34) : this.#string(at, 34, "string");
      case 96:
        return this.#quoted(at, 96);
      case 64:
        return this.#variable(at);
      case 58:
        return this.#colon(at);
      case 63:
        this.value = `v${++this.parameterCount}`;
        return this.#emit("bind", at + 1, 0);
      case 92: {
        const isNull = this.rules.mariadb && this.#padded.charCodeAt(at + 1) === 78;
        this.reserved = true;
        return this.#emit(isNull ? "NULL" : "invalid", isNull ? at + 2 : at + 1, 0);
      }
      case 123:
        return this.#emit("{", at + 1, 0);
      case 125:
        return this.#emit("}", at + 1, 0);
      default:
        if (at >= this.source.length)
          return this.#emit(this.#inVersionComment ? "invalid" : "end", this.source.length, 0);
        return this.#operator(at, code);
    }
  }

  #operator(at: number, code: number): void {
    if (code === 47 && this.#padded.charCodeAt(at + 1) === 42) return this.#emit("invalid", this.source.length, 0); // An open comment.
    const found = operatorAt(this.#padded, at, code, this.rules);
    this.#emit(found.token, at + found.length, found.power);
  }

  #dot(at: number): void {
    const code = this.#padded.charCodeAt(at + 1);
    const afterName = this.#previousIsName && this.previousEnd === at;
    if (code >= 48 && code <= 57 && !afterName) return this.#fraction(at + 1);
    if (code === 46 && this.rules.mariadb) return this.#emit("..", at + 2, 0);
    this.#emit(".", at + 1, 0);
    this.#nameFollows = isIdentifierCode(code);
  }

  /** @name, @'name', @@ */
  #variable(at: number): void {
    const source = this.#padded;
    const code = source.charCodeAt(at + 1);
    if (code === 64) return this.#emit("@@", at + 2, 0);
    if (code === 39 || code === 34) return this.#string(at + 1, code, "userVariable");
    if (code === 96) {
      this.#quoted(at + 1, 96);
      if (this.token === "quoted") this.#emit("userVariable", this.position, 0);
      return;
    }
    let end = at + 1;
    while (isIdentifierCode(source.charCodeAt(end)) || source.charCodeAt(end) === 46) end++;
    if (end === at + 1) return this.#emit("@", end, 0);
    this.value = source.slice(at + 1, end);
    this.#emit("userVariable", end, 0);
  }

  /** := :name ::name, and the colon after a label, which stands right behind a name. */
  #colon(at: number): void {
    const source = this.#padded;
    const code = source.charCodeAt(at + 1);
    if (code === 61) return this.#emit(":=", at + 2, 0);
    const isList = code === 58;
    const from = isList ? at + 2 : at + 1;
    const afterName = this.#previousIsName && this.previousEnd === at;
    let end = from;
    if (!afterName) while (isIdentifierCode(source.charCodeAt(end))) end++;
    if (end === from) return this.#emit(":", at + 1, 0);
    this.value = source.slice(from, end);
    if (/^v\d+$/.test(this.value)) this.numberedBind = source.slice(at, end);
    this.#emit(isList ? "listBind" : "bind", end, 0);
  }

  /** Where the comment that begins at `at` ends; `at` itself when none begins there, or when it has no end. */
  #skipComment(at: number, code: number): number {
    const source = this.#padded;
    const second = source.charCodeAt(at + 1);
    if (code === 35) return lineEnd(source, at);
    if (code === 45) return second === 45 && !(source.charCodeAt(at + 2) > 32) ? lineEnd(source, at) : at;
    if (code === 42) {
      if (second !== 47 || !this.#inVersionComment) return at;
      this.#inVersionComment = false;
      return at + 2;
    }
    if (second !== 42) return at;
    const inside = versionComment(source, at, this.rules);
    if (inside > 0 && !this.#inVersionComment) {
      this.#inVersionComment = true;
      return inside;
    }
    const end = commentEnd(source, at, inside !== 0);
    if (end < 0) return at;
    if (inside === 0) this.comments?.push(source.slice(at, end));
    return end;
  }
}
