/**
 * What is printed means what was written: expressions at random, without parentheses or with them, are evaluated by both
 * real servers as written and as printed, under several sql_modes. A wrong precedence or a lost escape shows as another
 * value. PRINT_SEED and PRINT_ROUNDS choose another run.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pick, type Random, seededRandom } from "../base/random.ts";
import { startAskedServer } from "../testing/asked-server.ts";
import { flavours } from "../testing/throwaway-database.ts";
import { type Environment, versionNumber } from "./environment.ts";
import { parse, print } from "./parse.ts";

const seed = Number(process.env["PRINT_SEED"] ?? 7);
const rounds = Number(process.env["PRINT_ROUNDS"] ?? 3000);

const operands = [
  "0",
  "1",
  "2",
  "-3",
  "1.5",
  "1e2",
  "'a'",
  "'1'",
  "'it''s \\\\ \\n%'",
  "null",
  "true",
  "x'31'",
  "0x32",
  "b'101'",
  "date '2024-02-29'",
  "timestamp '2024-01-31 10:00:00'",
  "_latin1'x'",
  "'x' 'y'",
  "@a",
  "'2024-01-31'",
];
const infix = [
  "+",
  "-",
  "*",
  "/",
  "div",
  "%",
  "mod",
  "|",
  "&",
  "^",
  "<<",
  ">>",
  "||",
  "&&",
  "and",
  "or",
  "xor",
  "=",
  "<=>",
  "<>",
  "<",
  "<=",
  ">",
  ">=",
  "like",
  "not like",
  "regexp",
  "is null or",
  "is not true and",
];
const modes = ["", "PIPES_AS_CONCAT", "HIGH_NOT_PRECEDENCE", "ANSI,NO_BACKSLASH_ESCAPES", "IGNORE_SPACE"];

/** Operands and operators one after another; most are valid, and the servers say which. */
function expression(random: Random, depth: number): string {
  const inner = () => expression(random, depth - 1);
  const operand = () => (depth <= 0 || random.below(3) > 0 ? pick(random, operands) : inner());
  switch (random.below(14)) {
    case 0:
      return `(${operand()})`;
    case 1:
      return `not ${operand()} ${pick(random, infix)} ${operand()}`;
    case 2:
      return `${pick(random, ["-", "!", "~", "binary "])}${operand()} ${pick(random, infix)} ${operand()}`;
    case 3:
      return `${operand()} ${pick(random, ["between", "not between"])} ${operand()} and ${operand()}`;
    case 4:
      return `${operand()} ${pick(random, ["in", "not in"])} (${operand()}, ${operand()})`;
    case 5:
      return `case ${operand()} when ${operand()} then ${operand()} else ${operand()} end`;
    case 6:
      return `${operand()} ${pick(random, ["+", "-"])} interval ${operand()} ${pick(random, ["day", "month", "hour_minute"])}`;
    case 7:
      return `concat(${operand()}, ${operand()}) ${pick(random, infix)} ${operand()}`;
    case 8:
      return `${operand()} is ${pick(random, ["", "not "])}${pick(random, ["null", "true", "false", "unknown"])}`;
    default:
      return `${operand()} ${pick(random, infix)} ${operand()} ${pick(random, infix)} ${operand()}`;
  }
}

for (const flavour of flavours)
  test(`printed expressions have the same values on ${flavour}`, async (t) => {
    t.diagnostic(`seed ${seed}`);
    const server = await startAskedServer(flavour);
    after(() => server.stop());
    const version = versionNumber(server.version);
    const random = seededRandom(seed);
    let compared = 0;
    for (const sqlMode of modes) {
      const environment: Environment = { flavour, version, sqlMode, collation: "utf8mb4_bin" };
      await server.ask(`set sql_mode = '${sqlMode}', @a = 5`);
      for (let i = 0; i < rounds / modes.length; i++) {
        const written = `select ${expression(random, 3)} as v`;
        const wanted = await server.ask(written);
        if (wanted === "error 1064") continue;
        const printed = print(parse(written, environment), environment);
        const got = await server.ask(printed);
        assert.equal(got, wanted, `seed ${seed}, ${sqlMode}\n  ${written}\n  ${printed}`);
        compared++;
      }
    }
    assert.ok(compared > rounds / 2, `${compared} of ${rounds} were valid`);
  });
