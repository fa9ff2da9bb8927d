/**
 * Statements at random, from a grammar of our own (testdata/sql-grammar.txt) and from the parser's tables of administration
 * and SHOW; and mutations of statements. The same Random gives the same statements.
 *
 * Notation: a word in capitals and a mark stand for themselves; small letters name a rule, or stand for themselves where no rule has that
 * name. [x] may be left out, {x | y} is one of them, x* up to three, x,.. one to three with commas. A rule's own "|" separates alternatives;
 * ?mysql and ?mariadb keep the alternative (or what is in the brackets) for one flavour.
 */
import { readFileSync } from "node:fs";
import { type Random, pick } from "../base/random.ts";
import type { Flavour } from "../sqlparser/environment.ts";
import {
  administrationGrammar,
  administrationRules,
  showGrammar,
  showRules,
} from "../sqlparser/parser/administration-grammar.ts";

type Item =
  | { readonly text: string }
  | { readonly rule: string }
  | { readonly choice: readonly Sequence[]; readonly repeat: "once" | "maybe" | "some" | "list" };
interface Sequence {
  readonly flavour: Flavour | undefined;
  readonly items: readonly Item[];
}

/** Deeper than this, the alternatives that end soonest are taken. */
const depthMax = 9;
/** About how many tokens a statement may have. */
const tokensMax = 120;

export class SqlGenerator {
  readonly #rules = new Map<string, readonly Sequence[]>();
  readonly #random: Random;
  readonly #flavour: Flavour;
  readonly #heights = new Map<string, number>();
  #out: string[] = [];

  constructor(random: Random, flavour: Flavour) {
    this.#random = random;
    this.#flavour = flavour;
    const text = readFileSync(`${import.meta.dirname}/testdata/sql-grammar.txt`, "utf8");
    for (const [, name = "", rule = ""] of text.matchAll(/^([a-z_0-9?]+) = (.*)$/gm)) this.#define(name, rule);
    for (const [name, rule] of Object.entries({ ...administrationRules, ...showRules })) this.#define(name, rule);
    this.#define(
      "administration",
      Object.entries(administrationGrammar)
        .map(([name, rest]) => `${name} {${rest}}`)
        .join(" | "),
    );
    this.#define("show", `SHOW {${showGrammar}}`);
    for (const rule of ["show_vitess", "show_vitess_gtid"]) this.#define(rule, "STATUS"); // No server knows Vitess's.
    this.#measure();
  }

  /** One statement, or one of another rule. */
  generate(rule = "statement"): string {
    this.#out = [];
    this.#rule(rule, 0);
    return this.#out.join(" ");
  }

  #define(name: string, text: string): void {
    this.#rules.set(name, new Reader(text.replace(/\((\w+)\)/g, "( $1 )")).choice());
  }

  #rule(name: string, depth: number): void {
    const piece = pieces[name];
    if (piece !== undefined) return void this.#out.push(pick(this.#random, piece));
    const rule = this.#rules.get(name);
    if (rule === undefined) this.#out.push(name);
    else this.#choice(rule, depth);
  }

  #choice(all: readonly Sequence[], depth: number): void {
    const mine = all.filter(({ flavour }) => flavour === undefined || flavour === this.#flavour);
    if (mine.length === 0) return;
    const isDeep = depth > depthMax || this.#out.length > tokensMax;
    const lowest = isDeep ? Math.min(...mine.map((each) => this.#height(each))) : 0;
    const sequence = pick(this.#random, isDeep ? mine.filter((each) => this.#height(each) === lowest) : mine);
    for (const item of sequence.items) this.#item(item, depth + 1);
  }

  /** How many rules must stand within each other to end a sequence. */
  #height({ flavour, items }: Sequence): number {
    if (flavour !== undefined && flavour !== this.#flavour) return Infinity;
    const heights = items.map((item) => {
      if ("text" in item) return 0;
      if ("rule" in item) return this.#heights.get(item.rule) ?? 0;
      if (item.repeat === "maybe" || item.repeat === "some") return 0;
      return Math.min(...item.choice.map((each) => this.#height(each)));
    });
    return Math.max(0, ...heights);
  }

  /** Settles the heights of all rules. */
  #measure(): void {
    for (const name of this.#rules.keys()) this.#heights.set(name, Infinity);
    for (let changed = true; changed; ) {
      changed = false;
      for (const [name, rule] of this.#rules) {
        const height = 1 + Math.min(...rule.map((each) => this.#height(each)));
        if (height < (this.#heights.get(name) ?? 0)) {
          this.#heights.set(name, height);
          changed = true;
        }
      }
    }
  }

  #item(item: Item, depth: number): void {
    if ("text" in item) this.#out.push(item.text);
    else if ("rule" in item) this.#rule(item.rule, depth);
    else {
      const isDeep = depth > depthMax || this.#out.length > tokensMax;
      const times = this.#times(item.repeat, isDeep);
      for (let i = 0; i < times; i++) {
        if (i > 0 && item.repeat === "list") this.#out.push(",");
        this.#choice(item.choice, depth);
      }
    }
  }

  #times(repeat: "once" | "maybe" | "some" | "list", isDeep: boolean): number {
    switch (repeat) {
      case "once":
        return 1;
      case "maybe":
        return isDeep ? 0 : this.#random.below(2);
      case "some":
        return isDeep ? 0 : Math.max(0, this.#random.below(5) - 1);
      case "list":
        return isDeep ? 1 : 1 + Math.max(0, this.#random.below(5) - 2);
    }
  }
}

/** What the parser's tables call pieces. */
const pieces: Readonly<Record<string, readonly string[]>> = {
  string: ["'s'", "'it''s'", '"d"'],
  integer: ["1", "5", "0"],
  number: ["1", "2.5"],
  text: ["n1", "'t'", "`q`"],
  named: ["u", "'u'@'h'"],
  role: ["r", "'r'"],
  account: ["u", "'u'@'h'", "u@localhost", "CURRENT_USER", "`u`@`%`"],
  level: ["*", "*.*", "d.*", "t", "d.t"],
  size: ["5", "4M"],
  star: ["*"],
  count: ["COUNT(*)"],
  word: ["INNODB"],
  filter: ["LIKE 'a%'", "WHERE a = 1"],
  hex: ["0x41", "x'41'"],
  port: [":3306"],
  variable: ["@a"],
  source_word: ["MASTER_HOST", "SOURCE_PORT", "MASTER_SSL"],
};

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    // Quoted texts, words with what clings to them ("@@a.b", "COUNT("), marks.
    this.#tokens =
      text.match(
        /\?mysql|\?mariadb|\?old|\{d '[^']*'\}|[A-Za-z]?'(?:[^'\\]|\\.|'')*'|"[^"]*"|`[^`]*`|,\.\.|\|\||[^\s[\]{}|*,]+\*?\(\*\)|[^\s[\]{}|*,]+|\S/g,
      ) ?? [];
  }

  choice(): readonly Sequence[] {
    const found = [this.#sequence()];
    while (this.#tokens[this.#at] === "|" && !this.#isOperator()) {
      this.#at++;
      found.push(this.#sequence());
    }
    return found;
  }

  /** The operator | stands between two alternatives' marks. */
  #isOperator(): boolean {
    return this.#tokens[this.#at + 1] === "|" && this.#tokens[this.#at - 1] === "|";
  }

  #sequence(): Sequence {
    const items: Item[] = [];
    let flavour: Flavour | undefined;
    const guard = this.#tokens[this.#at];
    if (guard === "?mysql" || guard === "?mariadb" || guard === "?old") {
      flavour = guard === "?mysql" ? "mysql" : "mariadb";
      this.#at++;
    }
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      const isBar = token === "|" && items.length > 0;
      if (isBar || token === "]" || token === "}") break;
      items.push(this.#repeated());
    }
    return { flavour, items };
  }

  #repeated(): Item {
    const item = this.#item();
    const next = this.#tokens[this.#at];
    if (next !== "*" && next !== ",..") return item;
    if (next === "*" && "text" in item) return item;
    this.#at++;
    const choice = [{ flavour: undefined, items: [item] }];
    return { choice, repeat: next === "*" ? "some" : "list" };
  }

  #item(): Item {
    const token = this.#tokens[this.#at++] as string;
    if (token === "[" || token === "{") {
      const choice = this.choice();
      this.#at++;
      return { choice, repeat: token === "[" ? "maybe" : "once" };
    }
    if (!/^[a-z]/.test(token) || token.includes("'")) return { text: token.replace(/!$/, "") };
    if (token.includes(":")) return { rule: token.endsWith(":text") ? "text" : "name" };
    return { rule: token };
  }
}

const tokenPattern = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`|[\w$@.]+|[<>=!:|&-]+|\s+|./gs;
const spare =
  "select from where ( ) , . ; = ' 1 'x' a b null not in and or as on by set table index key default @a ? 0x41 1e5 -- /* */ * + begin end if for".split(
    " ",
  );

/** The statement with one to three tokens left out, doubled, exchanged, or replaced by others. */
export function mutate(random: Random, sql: string): string {
  const tokens = sql.match(tokenPattern) ?? [];
  for (let left = 1 + random.below(3); left > 0 && tokens.length > 0; left--) {
    const at = random.below(tokens.length);
    const other = random.below(tokens.length);
    switch (random.below(5)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, tokens[other] as string);
        break;
      case 2:
        [tokens[at], tokens[other]] = [tokens[other] as string, tokens[at] as string];
        break;
      case 3:
        tokens[at] = pick(random, spare);
        break;
      default:
        tokens.splice(at, 0, ` ${pick(random, spare)} `);
    }
  }
  return tokens.join("");
}
