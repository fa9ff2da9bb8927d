/**
 * How the connections of the query service read texts: the server's own sql_mode when they were opened, and what SET
 * statements of a connection changed of it. Texts are planned by it, because a quote may mean a name in one mode and a
 * string in another. Only modes that change the reading count; all others are left out, so that few readings are told apart.
 */
import { Lru } from "../../base/lru.ts";
import type { Environment } from "../../sqlparser/environment.ts";
import { parse } from "../../sqlparser/parse.ts";
import { sqlModeSet } from "./syntax-changes.ts";

const readingModes = new Set(
  "ANSI ANSI_QUOTES NO_BACKSLASH_ESCAPES PIPES_AS_CONCAT IGNORE_SPACE HIGH_NOT_PRECEDENCE REAL_AS_FLOAT ORACLE MSSQL DB2 MAXDB POSTGRESQL".split(
    " ",
  ),
);
const ansiParts = ["ANSI_QUOTES", "PIPES_AS_CONCAT", "IGNORE_SPACE"];
/** Names of several modes at once: the server prints their parts beside them, a SET statement need not. */
const combined: Readonly<Record<string, readonly string[]>> = {
  ANSI: [...ansiParts, "REAL_AS_FLOAT"],
  ORACLE: ansiParts,
  MSSQL: ansiParts,
  DB2: ansiParts,
  MAXDB: ansiParts,
  POSTGRESQL: ansiParts,
};
const readingsMax = 1000;

/** What of a sql_mode changes how texts are read, in one order. */
export function readingOf(sqlMode: string): string {
  const named = sqlMode
    .toUpperCase()
    .split(",")
    .map((mode) => mode.trim());
  const all = new Set(named.flatMap((mode) => [mode, ...(combined[mode] ?? [])]));
  return [...all]
    .filter((mode) => readingModes.has(mode))
    .sort()
    .join(",");
}

export class ReadingModes {
  #base: Environment;
  /** By the SET statements of a connection. */
  readonly #known = new Lru<string, Environment>(readingsMax);

  /** `server` says how a connection reads on which nothing was set. */
  constructor(server: Environment) {
    this.#base = { ...server, sqlMode: readingOf(server.sqlMode) };
  }

  get base(): Environment {
    return this.#base;
  }

  /** New connections have this sql_mode; answers whether they read otherwise than those before. */
  setServerMode(sqlMode: string): boolean {
    const reading = readingOf(sqlMode);
    if (reading === this.#base.sqlMode) return false;
    this.#base = { ...this.#base, sqlMode: reading };
    this.#known.clear();
    return true;
  }

  /** How a connection reads that ran these SET statements; `base` itself where they change nothing of it. */
  of(settings: readonly string[]): Environment {
    if (settings.length === 0) return this.#base;
    const key = settings.join("\0");
    let known = this.#known.get(key);
    if (known === undefined) {
      known = settings.reduce((before, text) => this.#after(text, before), this.#base);
      this.#known.set(key, known);
    }
    return known;
  }

  #after(text: string, before: Environment): Environment {
    if (!/sql_mode/i.test(text)) return before;
    let mode: string | undefined;
    try {
      mode = sqlModeSet(parse(text, before));
    } catch {
      return before; // The server will say what is wrong with it.
    }
    if (mode === undefined) return before;
    const reading = readingOf(mode);
    return reading === this.#base.sqlMode ? this.#base : { ...this.#base, sqlMode: reading };
  }
}
