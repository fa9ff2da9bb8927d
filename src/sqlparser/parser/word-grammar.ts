/**
 * A small notation for statements that are mostly words, and what reads SQL by it.
 *
 *     [IF NOT EXISTS] account,.. {ENABLE | DISABLE} option*
 *
 * A word in capitals and a mark stand for themselves. [x] may be missing, {x | y} is one of them, x* any number, x,.. a list with
 * commas. A word in small letters is a rule of the table, or one of `pieces`; "database:name" is a name in the role of a database.
 * ?mysql, ?mariadb, ?mariadb11 (11.3 on), ?packages and ?old are guards. WORD! names the statement (SHOW). The next two tokens decide every choice.
 */
import type { AdministrationPiece } from "../ast/administration.ts";
import type { Token } from "../token.ts";
import type { Parser } from "./parser.ts";

/** Where parts go while they are read. */
export class Parts {
  readonly pieces: AdministrationPiece[] = [];
  /** The words marked "!" so far. */
  readonly marked: string[] = [];
  #words = "";

  word(text: string): void {
    const isTight = this.#words === "" || text === "," || text === ")" || text === "." || /[(.@]$/.test(this.#words);
    this.#words += isTight ? text : ` ${text}`;
  }

  piece(piece: AdministrationPiece): void {
    this.flush();
    this.pieces.push(piece);
  }

  flush(): void {
    if (this.#words !== "") this.pieces.push({ kind: "Words", text: this.#words });
    this.#words = "";
  }
}

/** An element of the grammar. `starts`: may it begin at the cursor? `read` stands there and moves behind it. */
export interface Element {
  readonly starts: (p: Parser) => boolean;
  readonly read: (p: Parser, parts: Parts) => void;
  /** It may be empty. */
  readonly optional: boolean;
  /** Of a single word or mark. */
  readonly token?: Token;
  /** Of a guard. */
  readonly guard?: (p: Parser) => boolean;
  /** Of a sequence that begins with a guard. */
  readonly holds?: (p: Parser) => boolean;
}

export type Pieces = Readonly<Record<string, Omit<Element, "optional">>>;

/** Compiles rules on demand: they may use each other, in rings too. */
export class WordGrammar {
  readonly #rules: Readonly<Record<string, string>>;
  readonly #pieces: Pieces;
  readonly #compiled = new Map<string, Element>();

  constructor(rules: Readonly<Record<string, string>>, pieces: Pieces) {
    this.#rules = rules;
    this.#pieces = pieces;
  }

  compile(text: string): Element {
    const tokens = text.match(/:=|\?\w+|[A-Za-z_0-9]+(?::[a-z]+)?!?|,\.\.|\S/g) ?? [];
    const state = { tokens, at: 0 };
    const element = this.#choice(state);
    if (state.at < tokens.length) throw new SyntaxError(`the grammar has "${tokens[state.at]}" out of place: ${text}`);
    return element;
  }

  /** The rule of that name, compiled when it is first met. */
  rule(name: string): Element {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    const text = this.#rules[name];
    if (text === undefined) throw new SyntaxError(`the grammar has no rule "${name}"`);
    const element = this.compile(text);
    this.#compiled.set(name, element);
    return element;
  }

  #choice(state: State): Element {
    const branches = [this.#sequence(state)];
    while (state.tokens[state.at] === "|") {
      state.at++;
      branches.push(this.#sequence(state));
    }
    return branches.length === 1 ? (branches[0] as Element) : choiceOf(branches);
  }

  #sequence(state: State): Element {
    const items: Element[] = [];
    for (
      let token = state.tokens[state.at];
      token !== undefined && !"|]}".includes(token);
      token = state.tokens[state.at]
    )
      items.push(this.#repeated(state));
    return items.length === 1 ? (items[0] as Element) : sequenceOf(items);
  }

  #repeated(state: State): Element {
    const item = this.#item(state);
    const next = state.tokens[state.at];
    if (next === "*") {
      state.at++;
      return repeatOf(item);
    }
    if (next !== ",..") return item;
    state.at++;
    return listOf(item);
  }

  #item(state: State): Element {
    const token = state.tokens[state.at++] as string;
    if (token === "[" || token === "{") {
      const inner = this.#choice(state);
      state.at++;
      return token === "[" ? optionOf(inner) : inner;
    }
    if (token.startsWith("?")) return guardOf(token.slice(1));
    if (!/^[a-z]/.test(token)) return wordOf(token);
    const [role = "", piece = role] = token.split(":");
    if (token.includes(":")) return this.#named(role, piece);
    const found = this.#pieces[token];
    if (found !== undefined) return { ...found, optional: false };
    return lazy(() => this.rule(token));
  }

  #named(role: string, piece: string): Element {
    const { starts } = this.#pieces[piece] as Element;
    const read = (p: Parser, parts: Parts) => {
      parts.piece(
        p.token === "string" && piece !== "name"
          ? { kind: "Literal", type: "string", text: p.string() }
          : { kind: "Name", role, name: p.identifier() },
      );
    };
    return { starts, read, optional: false };
  }
}

interface State {
  readonly tokens: readonly string[];
  at: number;
}

function lazy(find: () => Element): Element {
  let found: Element | undefined;
  const element = (): Element => (found ??= find());
  return {
    starts: (p) => element().starts(p),
    read: (p, parts) => element().read(p, parts),
    get optional() {
      return element().optional;
    },
  };
}

function wordOf(text: string): Element {
  const isMarked = text.endsWith("!");
  const token = (isMarked ? text.slice(0, -1) : text) as Token;
  return {
    token,
    optional: false,
    starts: (p) => p.token === token,
    read: (p, parts) => {
      p.expect(token);
      parts.word(token);
      if (isMarked) parts.marked.push(token);
    },
  };
}

/** What the guards stand for. */
const guards: Readonly<Record<string, (p: Parser) => boolean>> = {
  mysql: (p) => !p.rules.mariadb,
  mariadb: (p) => p.rules.mariadb,
  mariadb11: (p) => p.rules.mariadb && p.rules.version >= 110300,
  // Outside of sql_mode=ORACLE, packages came with 11.4.
  packages: (p) => p.rules.mariadb && (p.rules.oracle || p.rules.version >= 110400),
  // Words of old that MySQL 8.4 dropped: SLAVE, MASTER.
  old: (p) => p.rules.mariadb || p.rules.version < 80400,
};

function guardOf(name: string): Element {
  const holds = guards[name];
  if (holds === undefined) throw new SyntaxError(`the grammar has no guard "${name}"`);
  const read = (p: Parser) => void (holds(p) || p.fail());
  return { optional: true, starts: () => false, read, guard: holds };
}

const optionOf = (inner: Element): Element => ({
  optional: true,
  starts: inner.starts,
  read: (p, parts) => {
    if (inner.starts(p)) inner.read(p, parts);
  },
});

const repeatOf = (inner: Element): Element => ({
  optional: true,
  starts: inner.starts,
  read: (p, parts) => {
    while (inner.starts(p)) inner.read(p, parts);
  },
});

const listOf = (inner: Element): Element => ({
  optional: false,
  starts: inner.starts,
  read: (p, parts) => {
    inner.read(p, parts);
    while (p.token === ",") {
      p.next();
      parts.word(",");
      inner.read(p, parts);
    }
  },
});

const choiceOf = (branches: readonly Element[]): Element => ({
  optional: branches.some((branch) => branch.optional),
  starts: (p) => branches.some((branch) => branch.starts(p)),
  read: (p, parts) => {
    const branch =
      branches.find((each) => each.starts(p)) ?? branches.find((each) => each.optional && each.holds?.(p) !== false);
    if (branch === undefined) p.fail();
    else branch.read(p, parts);
  },
});

function sequenceOf(all: readonly Element[]): Element {
  const guard = all[0]?.guard;
  const items = guard === undefined ? all : all.slice(1);
  const [first, second] = items;
  const pair = first?.token !== undefined && second?.token !== undefined ? second.token : undefined;
  return {
    ...(guard === undefined ? {} : { holds: guard }),
    optional: items.every((item) => item.optional),
    starts: (p) => {
      if (guard?.(p) === false) return false;
      if (pair !== undefined) return first?.starts(p) === true && p.peek() === pair;
      for (const item of items) {
        if (item.starts(p)) return true;
        if (!item.optional) return false;
      }
      return false;
    },
    read: (p, parts) => {
      if (guard?.(p) === false) p.fail();
      for (const item of items) item.read(p, parts);
    },
  };
}
