/**
 * Flags, pflag-like, from one readonly table per role: the types, the parsing, the help page, the completion and the
 * configuration file all come from it.
 *
 * A key is the flag in camelCase: `mysqlServerPort` is `--mysql-server-port` (or `--mysql_server_port`). A duration's
 * key ends in `Ms`, which is no part of the name, since the value says its unit: `lameduckPeriodMs` is
 * `--lameduck-period 50ms`. Where neither rule gives Vitess's name, `name` does.
 *
 * Forms: `--x=v`, `--x v`, `-x v` (Go's), `--b`, `--b=false`, `-k v` for a short name, `--` ends the flags.
 * A repeated flag adds to a list; for anything else the last one wins. An unknown flag is a FlagError that names the
 * nearest ones. `flag-sources.ts` adds the environment and the file; `live-flags.ts` the changes at run time.
 */
import { assert } from "./assert.ts";
import { FlagError, type Parser } from "./flag-values.ts";

export interface Flag<T> {
  readonly parse: Parser<T>;
  readonly default: NoInfer<T>;
  readonly help: string;
  /** May change while the process runs (/debug/config). */
  readonly live?: boolean;
  /** The flag's name where the key does not give it. */
  readonly name?: string;
  /** One letter: `-k`. */
  readonly short?: string;
  /** Other names that are still understood. */
  readonly aliases?: readonly string[];
  /** Must be given, by any source. */
  readonly required?: boolean;
  /** Never printed: passwords. */
  readonly secret?: boolean;
  /** Understood so that Vitess's command lines work, but nothing here depends on it; says why. Setting it warns. */
  readonly unused?: string;
  /** Understood, but it asks for a protection that is not there; says why. Setting it is an error. */
  readonly refused?: string;
}

export type FlagTable = { readonly [key: string]: Flag<unknown> };
export type Values<F extends FlagTable> = {
  readonly [K in keyof F]: F[K] extends { readonly parse: Parser<infer T> } ? T : never;
};

/** Declares one flag; its type is the parser's. */
export function flag<T>(declared: Flag<T>): Flag<T> {
  return declared;
}

/** `lameduckPeriodMs` of a duration flag → "lameduck-period". */
export function flagName(key: string, declared: Flag<unknown>): string {
  if (declared.name !== undefined) return declared.name;
  const bare = declared.parse.kind === "duration" ? key.replace(/Ms$/, "") : key;
  return bare.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A flag that was given: its key and the text, before parsing. */
export interface Setting {
  readonly key: string;
  readonly text: string;
}

export interface CommandLine {
  readonly settings: readonly Setting[];
  readonly positionals: readonly string[];
  /** `--help` or `-h` was given. */
  readonly helpWanted: boolean;
}

const argumentsMax = 10_000;

/**
 * Splits a command line. With `stopAtPositional` the first word that is no flag ends the reading, and it and all that
 * follows are positionals: how a command finds its subcommand behind flags of its own.
 */
export function readCommandLine(
  table: FlagTable,
  args: readonly string[],
  options: { readonly stopAtPositional?: boolean } = {},
): CommandLine {
  if (args.length > argumentsMax) throw new FlagError(`more than ${argumentsMax} arguments`);
  const names = flagNames(table);
  const settings: Setting[] = [];
  const positionals: string[] = [];
  let helpWanted = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "--") {
      positionals.push(...args.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      if (options.stopAtPositional) {
        positionals.push(...args.slice(i));
        break;
      }
      positionals.push(word);
      continue;
    }
    if (word === "--help" || word === "-h" || word === "-help") {
      helpWanted = true;
      continue;
    }
    const { key, text } = readFlag(names, word);
    if (text !== undefined) settings.push({ key, text });
    else if (table[key]?.parse.isSwitch) settings.push({ key, text: "true" });
    else {
      const next = args[++i];
      if (next === undefined) throw new FlagError(`flag ${word} needs a value`);
      settings.push({ key, text: next });
    }
  }
  return { settings, positionals, helpWanted };
}

/** Every spelling of every flag → its key. Names are kept with dashes; short ones as one letter. */
export function flagNames(table: FlagTable): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [key, declared] of Object.entries(table)) {
    const spellings = [flagName(key, declared), declared.short ?? "", ...(declared.aliases ?? [])];
    for (const spelling of spellings) {
      if (spelling === "") continue;
      const plain = plainName(spelling);
      assert(!names.has(plain), `two flags are called --${plain}: ${names.get(plain)} and ${key}`);
      names.set(plain, key);
    }
  }
  return names;
}

const plainName = (name: string) => name.replaceAll("_", "-");

function readFlag(
  names: ReadonlyMap<string, string>,
  word: string,
): { readonly key: string; readonly text: string | undefined } {
  const body = word.replace(/^--?/, "");
  const equals = body.indexOf("=");
  const name = plainName(equals < 0 ? body : body.slice(0, equals));
  const text = equals < 0 ? undefined : body.slice(equals + 1);
  const key = name.length > 1 || !word.startsWith("--") ? names.get(name) : undefined;
  if (key !== undefined) return { key, text };
  const short = word.startsWith("--") ? undefined : names.get(body.slice(0, 1)); // -kcommerce
  if (short !== undefined && body.length > 1) return { key: short, text: body.slice(1) };
  throw new FlagError(`unknown flag --${name}${suggestion(name, names.keys())}`);
}

/** "; did you mean --a or --b?", or nothing. */
export function suggestion(name: string, known: Iterable<string>, dashes = "--"): string {
  const near = nearest(name, known);
  return near.length === 0 ? "" : `; did you mean ${near.map((one) => dashes + one).join(" or ")}?`;
}

const suggestionsMax = 3;

/** The known words closest to `name`: few edits away, or containing it. */
export function nearest(name: string, known: Iterable<string>): readonly string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  return [...known]
    .filter((one) => one.length > 1)
    .map((one) => {
      const edits = editDistance(name.toLowerCase(), one.toLowerCase(), limit);
      const contains = name.length >= 3 && (one.includes(name) || name.includes(one));
      return { one, score: edits <= limit ? edits : contains ? limit + 1 + Math.abs(one.length - name.length) : -1 };
    })
    .filter(({ score }) => score >= 0)
    .sort((a, b) => a.score - b.score || (a.one < b.one ? -1 : 1))
    .slice(0, suggestionsMax)
    .map(({ one }) => one);
}

/** Insertions, deletions, replacements and swaps of neighbours; limit + 1 stands for "more". */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
