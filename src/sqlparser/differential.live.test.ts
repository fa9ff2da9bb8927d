/**
 * Our parser against the servers', on statements made at random and mutated. A server accepts what it does not answer with
 * 1064. PREPARE makes it read a statement without running it, so SHUTDOWN and its like are harmless here.
 *
 * By hand: SEED=7 COUNT=200000 node --test src/sqlparser/differential.live.test.ts (RULE=alter_table for one rule of the grammar).
 * A disagreement is fixed, or stands in `reasons` below.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { ServerError, VtError } from "../base/errors.ts";
import { type AskedServer, startAskedServer, type Verdict } from "../testing/asked-server.ts";
import { mutate, SqlGenerator } from "../testing/sql-grammar.ts";
import type { Statement } from "./ast.ts";
import { adjacentCalls } from "./callable.ts";
import { type Environment, type Flavour, mariadbEnvironment, mysqlEnvironment, versionNumber } from "./environment.ts";
import { keywords } from "./keywords.ts";
import { parse } from "./parse.ts";
import { print } from "./printer.ts";

const seed = Number(process.env["SEED"] ?? 1);
const count = Number(process.env["COUNT"] ?? 1500);
const rule = process.env["RULE"] ?? "statement";

/** Why we and a server may disagree on what a statement is. */
interface Reason {
  readonly why: string;
  readonly applies: (where: Where) => boolean;
}

/** Where the one who refuses stops reading. */
interface Where {
  readonly sql: string;
  readonly flavour: Flavour;
  /** From there on. */
  readonly near: string;
  /** The word right before it. */
  readonly word: string;
  /** What the server says; 0 where it accepts. */
  readonly errno: number;
  /** The name of the call whose arguments it stands in, or right behind. */
  readonly call: string;
}

const isKeyword = (word: string) => keywordSet.has(word.toUpperCase());
const keywordSet: ReadonlySet<string> = new Set(keywords);

const reasons: readonly Reason[] = [
  {
    why: "NOW () and its like: known only with the parenthesis right behind; servers then look for a stored function (1630)",
    applies: ({ near, word }) => near.startsWith("(") && adjacentCalls.has(word.toUpperCase()),
  },
  {
    why: "MySQL: a keyword that may be a name is not always the name of a call; we take it for a stored function",
    applies: ({ near, word, flavour }) => flavour === "mysql" && near.startsWith("(") && isKeyword(word),
  },
  {
    why: "INTO stands in a query within another: servers find that while they parse, the planner will",
    applies: ({ near }) => /^INTO\b/i.test(near),
  },
  {
    why: "MariaDB: VALUE behind a dot and a blank is a keyword; and VALUES() has a meaning in INSERT alone",
    applies: ({ near, flavour }) => flavour === "mariadb" && /^VALUES?\b/i.test(near),
  },
  {
    why: "USE takes Vitess's targets, which may be any text",
    applies: ({ sql }) => /^\s*use\b/i.test(sql),
  },
  {
    why: "INTERVAL 1 DAY + x as an operand of a sign, or of BETWEEN: nobody writes that",
    applies: ({ sql }) => /(?:[-+~!(,]|\b(?:between|and|or|not|return|binary))\s*interval\b/i.test(sql),
  },
  {
    why: "the servers' parsers count the arguments of some built-in functions: the server that runs it will",
    applies: ({ near, call }) => /^[),]/.test(near) && call !== "",
  },
  {
    why: "MariaDB: a row without values, and a column called SYSTEM",
    applies: ({ sql, flavour }) => flavour === "mariadb" && /values\s*\(\s*\)|\bdrop\s+system\b/i.test(sql),
  },
  {
    why: "MySQL: SET of a variable that is called like a scope",
    applies: ({ sql, near, flavour }) => flavour === "mysql" && /^\s*set\b/i.test(sql) && /^(=|:=)/.test(near),
  },
  {
    why: "MariaDB: .name with nothing before the dot; lengths with a decimal point",
    applies: ({ near, flavour }) =>
      (near.startsWith(".") && (flavour === "mariadb" || /^\.\d/.test(near))) || /^\d+\.\)/.test(near),
  },
  {
    why: "MariaDB: COMPRESSED before a column's character set",
    applies: ({ near, flavour }) => flavour === "mariadb" && /^(char|charset|ascii|unicode|binary|byte)\b/i.test(near),
  },
  {
    why: "MySQL: the alias of an argument, which only loadable functions take",
    applies: ({ errno, call }) => (errno === 1583 || errno === 1584) && call !== "",
  },
  {
    why: "MySQL: 2.5E--3, an exponent without digits, which the server forgets",
    applies: ({ near, flavour }) => flavour === "mysql" && /^[\d.]+e[-+]/i.test(near),
  },
  {
    why: "MySQL: DESCRIBE of a column whose name is a hexadecimal or bit literal",
    applies: ({ sql, near, flavour }) => flavour === "mysql" && /^\s*(desc|explain)/i.test(sql) && /^[0xb]/i.test(near),
  },
  {
    why: "GRANT and REVOKE for columns of a routine, which the servers refuse at their end",
    applies: ({ sql, near }) => near === "" && /^\s*(grant|revoke)\b.*\(/i.test(sql),
  },
];

/** Where `near` begins, as servers cut it to 80 characters. */
function whereOf(sql: string, message: string, errno: number, flavour: Flavour): Where {
  const near = (/near '(.*)$/s.exec(message)?.[1] ?? "").replace(/' at line \d+$/, "");
  const before = sql.slice(0, near === "" ? sql.length : Math.max(0, sql.lastIndexOf(near)));
  return { sql, flavour, near, errno, word: /([\w$]+)\s*$/.exec(before)?.[1] ?? "", call: callAround(before) };
}

/** The name before the last parenthesis that is still open at the end. */
function callAround(text: string): string {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && depth-- === 0) return /([\w$`]+)\s*$/.exec(text.slice(0, at))?.[1] ?? "";
  }
  return "";
}

interface Server {
  readonly asked: AskedServer;
  readonly environment: Environment;
}

/** Did the server give up (unknown charset, unknown column …) before it had read the text to its end? Then it says nothing. */
async function stoppedEarly({ asked }: Server, sql: string, { errno, message }: Verdict): Promise<boolean> {
  if (errno === 0) return false;
  const isChecked = errno === 1064 && !message.startsWith("You have an error");
  const isEmpty = errno === 1065; // Said of ";" too.
  return isChecked || isEmpty || (errno !== 1064 && (await asked.judge(`${sql} ) )`)).errno === errno);
}

/** The tree, or where the text ceases to be SQL; undefined where we refuse it by name, which says nothing of the server. */
function read(sql: string, environment: Environment): Read | undefined {
  try {
    return { tree: parse(sql, environment) };
  } catch (error) {
    if (error instanceof VtError) return undefined;
    assert.ok(error instanceof ServerError, `${sql}\n${String(error)}`);
    return { error };
  }
}

type Read = { readonly tree: Statement } | { readonly error: ServerError };

/** undefined when we agree, or may disagree; else what is wrong. */
async function compare(server: Server, sql: string): Promise<string | undefined> {
  const { environment } = server;
  const ours = read(sql, environment);
  if (ours === undefined) return undefined;
  const theirs = await server.asked.judge(sql);
  const weRefuse = "error" in ours;
  if (weRefuse === (theirs.errno === 1064))
    return weRefuse ? undefined : comparePrinted(server, sql, ours.tree, theirs);
  if (weRefuse && ours.error.errno !== 1064) return undefined; // "Query was empty": the servers only say so at times.
  if (await stoppedEarly(server, sql, theirs)) return undefined;
  const where = whereOf(sql, weRefuse ? ours.error.message : theirs.message, theirs.errno, environment.flavour);
  if (reasons.some(({ applies }) => applies(where))) return undefined;
  const what = weRefuse ? `we refuse, the server says ${theirs.errno} ${theirs.message}` : "we accept";
  return `${what} near ${where.near.slice(0, 60)}\n  ${sql}`;
}

/** What we print must be the same statement to the server, and the same tree to us. */
async function comparePrinted(
  server: Server,
  sql: string,
  tree: Statement,
  verdict: Verdict,
): Promise<string | undefined> {
  const printed = print(tree, server.environment);
  const again = read(printed, server.environment);
  if (again === undefined || "error" in again) return `cannot read what we print\n  ${sql}\n  ${printed}`;
  if (plain(again.tree) !== plain(tree)) return `another tree when printed\n  ${sql}\n  ${printed}`;
  if (/\?/.test(sql)) return undefined; // Prints as :v1, which servers do not know.
  const errno = (await server.asked.judge(printed)).errno;
  return (errno === 1064) === (verdict.errno === 1064) ? undefined : `${errno} when printed\n  ${sql}\n  ${printed}`;
}

/** SelectItem.text is the text as it was. */
const plain = (tree: Statement) =>
  JSON.stringify(tree, (key, value: unknown) => (key === "text" && typeof value === "string" ? "" : value));

for (const plainEnvironment of [mariadbEnvironment, mysqlEnvironment])
  test(`generated statements, ${plainEnvironment.flavour} (SEED=${seed} COUNT=${count})`, async () => {
    const { flavour } = plainEnvironment;
    const asked = await startAskedServer(flavour);
    try {
      await asked.ask("use test");
      await asked.ask("set names utf8mb4");
      const server = { asked, environment: { ...plainEnvironment, version: versionNumber(asked.version) } };
      const random = seededRandom(seed);
      const generator = new SqlGenerator(random, flavour);
      const wrong: string[] = [];
      for (let i = 0; i < count && wrong.length < 50; i++) {
        const sql = generator.generate(rule);
        const found = await compare(server, random.below(2) === 0 ? sql : mutate(random, sql));
        if (found !== undefined) wrong.push(found);
      }
      assert.equal(wrong.length, 0, wrong.join("\n\n"));
    } finally {
      await asked.stop();
    }
  });
