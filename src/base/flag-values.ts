/**
 * What a flag's value may look like: text in, a typed value out, and back. A `Parser` throws FlagError with a sentence
 * that says what was expected; the caller adds the flag's name.
 *
 * Durations are Go's: "1m30s", "250ms", "1.5h", "0". They become milliseconds, so their keys end in `Ms`.
 * Lists take commas and repetition: `--cells a,b --cells c` is [a, b, c].
 */

/** A command line, environment or configuration file that cannot be understood. The message is for people. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

export interface Parser<T> {
  (text: string): T;
  /** One word for the help page: "int", "duration", "strings". */
  readonly kind: string;
  print(value: T): string;
  /** The only texts allowed, for help and completion. */
  readonly choices?: readonly string[];
  /** True for a flag that may stand alone: `--catch-sigpipe` is `--catch-sigpipe=true`. */
  readonly isSwitch?: boolean;
  /** Lists: what repetition does. Without it the last value wins. */
  append?(before: T, next: T): T;
}

const listItemsMax = 10_000;

type Traits<T> = { readonly [K in keyof Parser<T>]: Parser<T>[K] };

function define<T>(parse: (text: string) => T, traits: Traits<T>): Parser<T> {
  return Object.assign((text: string) => parse(text), traits);
}

export const string: Parser<string> = define((text) => text, { kind: "string", print: (value) => value });

/** A whole number within limits; `_` may group digits. */
export function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Parser<number> {
  return define(
    (text) => {
      const value = /^[+-]?\d+(_\d+)*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
      if (!(value >= min && value <= max)) throw new FlagError(`expected a whole number ${range(min, max)}`);
      return value;
    },
    { kind: "int", print: String },
  );
}

export function float(min = -Number.MAX_VALUE, max = Number.MAX_VALUE): Parser<number> {
  return define(
    (text) => {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (!(value >= min && value <= max)) throw new FlagError(`expected a number ${range(min, max)}`);
      return value;
    },
    { kind: "float", print: String },
  );
}

function range(min: number, max: number): string {
  const low = min <= Number.MIN_SAFE_INTEGER ? "" : `${min}`;
  const high = max >= Number.MAX_SAFE_INTEGER ? "" : `${max}`;
  if (low !== "" && high !== "") return `from ${low} to ${high}`;
  if (low !== "") return `of at least ${low}`;
  return high === "" ? "" : `of at most ${high}`;
}

export const boolean: Parser<boolean> = define(
  (text) => {
    if (["true", "t", "1", "yes", "on"].includes(text.toLowerCase())) return true;
    if (["false", "f", "0", "no", "off"].includes(text.toLowerCase())) return false;
    throw new FlagError("expected true or false");
  },
  { kind: "bool", print: String, choices: ["true", "false"], isSwitch: true },
);

/** One of a few words, in any case; the answer is spelled as declared. */
export function oneOf<const C extends readonly string[]>(...choices: C): Parser<C[number]> {
  return define(
    (text) => {
      const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
      if (found === undefined) throw new FlagError(`expected one of ${choices.join(", ")}`);
      return found;
    },
    { kind: "string", print: (value) => value, choices },
  );
}

/** Many of the same, by comma or repetition. An empty text is the empty list. */
export function listOf<T>(item: Parser<T>): Parser<readonly T[]> {
  return define<readonly T[]>(
    (text) => {
      const parts = text === "" ? [] : text.split(",").map((part) => item(part.trim()));
      if (parts.length > listItemsMax) throw new FlagError(`expected at most ${listItemsMax} items`);
      return parts;
    },
    {
      kind: item.kind === "string" ? "strings" : `list of ${item.kind}`,
      print: (value) => value.map((one) => item.print(one)).join(","),
      ...(item.choices === undefined ? {} : { choices: item.choices }),
      append: (before, next) => [...before, ...next],
    },
  );
}

/** Many texts by repetition only: for values that may hold commas, such as SQL. */
export const texts: Parser<readonly string[]> = define((text): readonly string[] => [text], {
  kind: "string, repeatable",
  print: (value) => value.join(","),
  append: (before, next) => [...before, ...next],
});

/** "a:1,b:2" or "a=1,b=2" or repetition. */
export const pairs: Parser<Readonly<Record<string, string>>> = define(
  (text) => {
    const out: Record<string, string> = {};
    for (const part of text === "" ? [] : text.split(",")) {
      const at = part.search(/[:=]/);
      if (at <= 0) throw new FlagError(`expected key:value, got ${JSON.stringify(part)}`);
      out[part.slice(0, at).trim()] = part.slice(at + 1).trim();
    }
    return out;
  },
  {
    kind: "key:value list",
    print: (value) =>
      Object.entries(value)
        .map(([key, text]) => `${key}:${text}`)
        .join(","),
    append: (before, next) => ({ ...before, ...next }),
  },
);

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration, in milliseconds. */
export const durationMs: Parser<number> = define(parseDuration, { kind: "duration", print: printDuration });

/** As durationMs, but a negative one is refused. */
export const periodMs: Parser<number> = define(
  (text) => {
    const value = parseDuration(text);
    if (value < 0) throw new FlagError("expected a duration of at least 0s");
    return value;
  },
  { kind: "duration", print: printDuration },
);

function parseDuration(text: string): number {
  if (/^[+-]?0$/.test(text)) return 0;
  const [, sign, body = ""] = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text) ?? [];
  if (sign === undefined) throw new FlagError('expected a duration such as "30s", "1m30s" or "250ms"');
  let total = 0;
  for (const [, amount, unit = ""] of body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g))
    total += Number(amount) * (unitMs[unit] ?? 0);
  return sign === "-" ? -total : total;
}

/** Milliseconds as Go prints them: "1h0m30s", "250ms", "0s". */
export function printDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 0) return `-${printDuration(-ms)}`;
  if (ms < 1e-3) return `${trim(ms * 1e6)}ns`;
  if (ms < 1) return `${trim(ms * 1000)}µs`;
  if (ms < 1000) return `${trim(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = trim((ms % 60_000) / 1000);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

const trim = (value: number) => String(Number(value.toFixed(9)));

const sizeUnits: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size in bytes: "65536", "64KiB", "16M". K, M, G and T are powers of 1024. */
export const sizeBytes: Parser<number> = define(
  (text) => {
    const [, amount, unit = ""] = /^(\d+)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
    if (amount === undefined) throw new FlagError('expected a size such as "65536", "64KiB" or "16M"');
    return Number(amount) * (sizeUnits[unit.toLowerCase()] ?? 1);
  },
  { kind: "bytes", print: String },
);
