/**
 * What the query service must know of a statement's text: where its binds stand, what kind it is, and whether it touches
 * what users may not touch. One pass over the text per new text; plans are cached.
 *
 * The text is Vitess's SQL: `:name` stands for a value, `::name` for a list. Quotes and comments are stepped over.
 */
import { VtError } from "../../base/errors.ts";
import { type Environment, mysqlEnvironment } from "../../sqlparser/environment.ts";
import { lexicalRules } from "../../sqlparser/lexical-rules.ts";
import { literalText } from "../../sqltypes/literal.ts";
import type { Binds, Value } from "../../sqltypes/value.ts";
import type { PlanType } from "./plan-type.ts";

export type StatementKind = "select" | "change" | "nextval" | "ddl" | "transaction" | "session" | "other";

export interface StatementPlan {
  readonly kind: StatementKind;
  /** The name of its plan as far as its first word tells. */
  readonly verb: PlanType;
  /** pieces[0] bind[0] pieces[1] bind[1] … pieces[n] */
  readonly pieces: readonly string[];
  readonly binds: readonly BindPlace[];
  /** Names the sidecar database. */
  readonly touchesSidecar: boolean;
  /** Of `select next :n values from seq`. */
  readonly sequence: { readonly table: string; readonly count: string } | undefined;
}

export interface BindPlace {
  readonly name: string;
  readonly isList: boolean;
}

export function planStatement(text: string, environment: Environment = mysqlEnvironment): StatementPlan {
  const token = tokenOf(environment);
  const pieces: string[] = [];
  const binds: BindPlace[] = [];
  let touchesSidecar = false;
  let pieceFrom = 0;
  let at = 0;
  while (at < text.length) {
    const next = nextOfInterest(token, text, at);
    if (next.kind === "bind") {
      pieces.push(text.slice(pieceFrom, next.from));
      binds.push({ name: next.name, isList: next.isList });
      pieceFrom = next.end;
    } else if (next.kind === "sidecar") touchesSidecar = true;
    at = next.end;
  }
  pieces.push(text.slice(pieceFrom));
  const { kind, verb } = kindOf(text);
  return { kind, verb, pieces, binds, touchesSidecar, sequence: sequenceOf(text) };
}

type Interest =
  | {
      readonly kind: "bind";
      readonly from: number;
      readonly end: number;
      readonly name: string;
      readonly isList: boolean;
    }
  | { readonly kind: "sidecar" | "none"; readonly end: number };

/** Comments, words, binds, numbers; with quoted things before them. Everything else is skipped one character at a time. */
const unquoted = /`(?:[^`]|``)*`|\/\*.*?\*\/|--[ \t\n][^\n]*|#[^\n]*|::?[a-zA-Z_][a-zA-Z0-9_.]*|:=|[\p{L}\p{N}_$]+/u
  .source;
const withEscapes = /'(?:[^'\\]|\\.|'')*'/.source;
const withoutEscapes = /'(?:[^']|'')*'/.source;
const nameInQuotes = /"(?:[^"]|"")*"/.source;
const tokens = [true, false].map((escapes) =>
  [true, false].map((ansi) => {
    const text = escapes ? withEscapes : withoutEscapes;
    return new RegExp(`${text}|${ansi ? nameInQuotes : text.replaceAll("'", '"')}|${unquoted}`, "gsu");
  }),
);

/** Backslashes escape in strings, where no mode says that they do not; double quotes are those of a name with ANSI_QUOTES. */
function tokenOf(environment: Environment): RegExp {
  const { ansiQuotes, backslashEscapes } = lexicalRules(environment);
  return tokens[backslashEscapes ? 0 : 1]?.[ansiQuotes ? 0 : 1] as RegExp;
}

function nextOfInterest(token: RegExp, text: string, at: number): Interest {
  token.lastIndex = at;
  const found = token.exec(text);
  if (found === null) return { kind: "none", end: text.length };
  const [word] = found;
  const end = found.index + word.length;
  if (word === ":=") return { kind: "none", end };
  if (word.startsWith(":")) {
    const isList = word.startsWith("::");
    return { kind: "bind", from: found.index, end, name: word.slice(isList ? 2 : 1), isList };
  }
  const isSidecar = /^(?:_vt|`_vt`|"_vt")$/i.test(word) && /^\s*\./.test(text.slice(end, end + 20));
  return { kind: isSidecar ? "sidecar" : "none", end };
}

const kinds: Readonly<Record<string, StatementKind>> = {
  select: "select",
  with: "select",
  table: "select",
  values: "select",
  insert: "change",
  replace: "change",
  update: "change",
  delete: "change",
  create: "ddl",
  alter: "ddl",
  drop: "ddl",
  truncate: "ddl",
  rename: "ddl",
  begin: "transaction",
  start: "transaction",
  commit: "transaction",
  rollback: "transaction",
  set: "session", // What changes the connection for those after it.
  use: "session",
  lock: "session",
};

const leading = /^(?:\s+|\/\*(?!!).*?\*\/|--[ \t\n][^\n]*|#[^\n]*|\()*/s;

const verbs: Readonly<Record<string, PlanType>> = {
  insert: "Insert",
  replace: "Insert",
  update: "Update",
  delete: "Delete",
  set: "Set",
  show: "Show",
  savepoint: "Savepoint",
  release: "Release",
  rollback: "SRollback",
  load: "Load",
  call: "CallProc",
  unlock: "UnlockTables",
};
const verbOfKind: Partial<Record<StatementKind, PlanType>> = { select: "Select", ddl: "DDL" };

function kindOf(text: string): { readonly kind: StatementKind; readonly verb: PlanType } {
  const from = leading.exec(text)?.[0].length ?? 0;
  const word = /^[a-z]+/i.exec(text.slice(from, from + 20))?.[0].toLowerCase() ?? "";
  const rest = text.slice(from + word.length, from + word.length + 20).trimStart();
  const verb = verbs[word] ?? "OtherRead";
  if (word === "select" && /^next\s/i.test(rest)) return { kind: "nextval", verb: "Nextval" };
  if (word === "rollback" && /^(work\s+)?to\b/i.test(rest)) return { kind: "other", verb }; // A savepoint, not the end.
  if (word === "start" && !/^transaction\b/i.test(rest)) return { kind: "other", verb };
  if (word === "create" && /^temporary\s/i.test(rest)) return { kind: "session", verb: "DDL" };
  const kind = kinds[word] ?? "other";
  return { kind, verb: verbOfKind[kind] ?? verb };
}

const nextval =
  /^\s*select\s+next\s+(value|(?:\d+|:[a-z_][a-z0-9_]*)\s+values)\s+from\s+((?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+))?)/i;

function sequenceOf(text: string): StatementPlan["sequence"] {
  const from = leading.exec(text)?.[0].length ?? 0;
  const found = nextval.exec(text.slice(from));
  if (found === null) return undefined;
  const [, amount = "", table = ""] = found;
  return {
    table: (table.split(".").at(-1) ?? table).replaceAll("`", ""),
    count: amount.toLowerCase() === "value" ? "1" : (amount.split(/\s/)[0] ?? "1"),
  };
}

/** The statement with its binds as literals. */
export function renderStatement(plan: StatementPlan, binds: Binds): string {
  const { pieces } = plan;
  let text = pieces[0] as string;
  for (let i = 0; i < plan.binds.length; i++)
    text += bindText(plan.binds[i] as BindPlace, binds) + (pieces[i + 1] as string);
  return text;
}

function bindText(place: BindPlace, binds: Binds): string {
  const bind = findBind(place.name, binds);
  if (bind.type === "TUPLE") {
    if (!("values" in bind) || !place.isList)
      throw VtError.of("VT26008", place.name, "a list, where a value is wanted");
    if (bind.values.length === 0) throw VtError.of("VT26008", place.name, "an empty list");
    return `(${bind.values.map(literalText).join(", ")})`;
  }
  if (place.isList) throw VtError.of("VT26008", place.name, "a value, where a list is wanted");
  return literalText(bind);
}

function findBind(name: string, binds: Binds) {
  if (!Object.hasOwn(binds, name)) throw VtError.of("VT26008", name, "missing");
  return binds[name] as NonNullable<Binds[string]>;
}

export interface PreparedForm {
  /** With `?` for each value. */
  readonly text: string;
  readonly parameters: readonly Value[];
}

/** The statement for the server's PREPARE: a list takes as many parameters as it has values. */
export function prepareForm(plan: StatementPlan, binds: Binds): PreparedForm {
  let text = plan.pieces[0] as string;
  const parameters: Value[] = [];
  for (const [i, place] of plan.binds.entries()) {
    const bind = findBind(place.name, binds);
    if (bind.type !== "TUPLE") {
      parameters.push(bind);
      text += "?";
    } else if ("values" in bind && bind.values.length > 0) {
      parameters.push(...bind.values);
      text += `(${bind.values.map(() => "?").join(", ")})`;
    } else throw VtError.of("VT26008", place.name, "an empty list");
    text += plan.pieces[i + 1] as string;
  }
  return { text, parameters };
}
