/**
 * The tree back to text: one function for each kind of node, canonical spelling, words in small letters, and exactly the
 * quotes and escapes that the environment needs. `parse(print(node))` deep-equals `node` (but for SelectItem.text).
 *
 * Printers of families stand in printer/*.ts and print their children through `out`. A kind without a printer does not
 * compile.
 */
import type { Kind, Node, NodeOf } from "./ast.ts";
import type { Expression } from "./ast/expression.ts";
import { type Environment, mysqlEnvironment } from "./environment.ts";
import { hasCommentsWithin } from "./head-comments.ts";
import { type LexicalRules, lexicalRules } from "./lexical-rules.ts";
import { administrationPrinters } from "./printer/administration.ts";
import { alterPrinters } from "./printer/alter.ts";
import { callPrinters } from "./printer/call.ts";
import { dmlPrinters } from "./printer/dml.ts";
import { expressionPrinters, expressionPower } from "./printer/expression.ts";
import { programPrinters } from "./printer/program.ts";
import { queryPrinters } from "./printer/query.ts";
import { schemaPrinters } from "./printer/schema.ts";
import { sessionPrinters } from "./printer/session.ts";
import { tablePrinters } from "./printer/table.ts";
import { quoteName, quoteText } from "./quote.ts";

/** One function for each kind of `N`. */
export type Printers<N extends Node> = {
  readonly [K in N["kind"]]: (node: NodeOf<K>, out: Printer) => void;
};

type AnyPrinter = (node: Node, out: Printer) => void;

/** The same printers, but that statements get their comments behind the first word. */
function commented<T extends object>(table: T): T {
  const entries = (Object.entries(table) as [string, AnyPrinter][]).map(([kind, printer]): [string, AnyPrinter] => [
    kind,
    hasCommentsWithin(kind) ? printer : withComments(printer),
  ]);
  return Object.fromEntries(entries) as T;
}

const withComments =
  (printer: AnyPrinter): AnyPrinter =>
  (node, out) => {
    const from = out.text.length;
    printer(node, out);
    if ("comments" in node && node.comments.length > 0) out.commentsBehindWord(from, node.comments);
  };

const printers: Printers<Node> = {
  ...expressionPrinters,
  ...callPrinters,
  ...queryPrinters,
  ...programPrinters,
  ...commented({
    ...dmlPrinters,
    ...sessionPrinters,
    ...tablePrinters,
    ...alterPrinters,
    ...schemaPrinters,
    ...administrationPrinters,
  }),
};

const byKind = new Map<Kind, AnyPrinter>(Object.entries(printers) as [Kind, AnyPrinter][]);

/** Where text is gathered. */
export class Printer {
  readonly rules: LexicalRules;
  text = "";

  constructor(rules: LexicalRules) {
    this.rules = rules;
  }

  write(text: string): void {
    this.text += text;
  }

  node(node: Node): void {
    (byKind.get(node.kind) as AnyPrinter)(node, this);
  }

  /** `before` and the node, or nothing. */
  optional(before: string, node: Node | undefined, after = ""): void {
    if (node === undefined) return;
    this.text += before;
    this.node(node);
    this.text += after;
  }

  /** An operand, in parentheses when its operator binds more loosely than `minimum`. */
  operand(node: Expression, minimum: number): void {
    if (expressionPower(node) >= minimum) return this.node(node);
    this.text += "(";
    this.node(node);
    this.text += ")";
  }

  list(nodes: readonly Node[], separator = ", "): void {
    for (let i = 0; i < nodes.length; i++) {
      if (i > 0) this.text += separator;
      this.node(nodes[i] as Node);
    }
  }

  /** `before` and the list, or nothing when it is empty. */
  optionalList(before: string, nodes: readonly Node[], after = ""): void {
    if (nodes.length === 0) return;
    this.text += before;
    this.list(nodes);
    this.text += after;
  }

  name(name: string): void {
    this.text += quoteName(name);
  }

  /** `before` and the name, or nothing. */
  optionalName(before: string, name: string | undefined): void {
    if (name !== undefined) this.text += before + quoteName(name);
  }

  /** (a, b) behind `before`, or nothing when there are none. */
  names(before: string, names: readonly string[]): void {
    if (names.length > 0) this.text += `${before}(${names.map(quoteName).join(", ")})`;
  }

  /** 'text' */
  string(text: string): void {
    this.text += quoteText(text, this.rules.backslashEscapes);
  }

  /** `before` and 'text', or nothing. */
  optionalString(before: string, text: string | undefined): void {
    if (text !== undefined) this.text += before + quoteText(text, this.rules.backslashEscapes);
  }

  /** The words in small letters with a space before them, or nothing. */
  words(words: string | undefined): void {
    if (words !== undefined) this.text += ` ${words.toLowerCase()}`;
  }

  /** The comments behind a verb. */
  comments(comments: readonly string[]): void {
    for (const comment of comments) this.text += ` ${comment}`;
  }

  /** The same behind the word that was written at `from`. */
  commentsBehindWord(from: number, comments: readonly string[]): void {
    const blank = this.text.indexOf(" ", from);
    const rest = blank < 0 ? "" : this.text.slice(blank);
    if (blank >= 0) this.text = this.text.slice(0, blank);
    this.comments(comments);
    this.text += rest;
  }
}

/** The text of a statement, or of any node, for a server of that environment. */
export function print(node: Node, environment: Environment = mysqlEnvironment): string {
  const out = new Printer(lexicalRules(environment));
  out.node(node);
  return out.text;
}
