/**
 * Equal keys mean equal statements. For statements made at random (and changed at random) whose key is the same, the trees are the
 * same but for the values of literals in free slots. A slot is free when another value of its kind in its place changes nothing but
 * a literal's text: the test finds that out by trying, as the planner would find it by looking.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pick, type Random, seededRandom } from "../base/random.ts";
import { mutate, SqlGenerator } from "../testing/sql-grammar.ts";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { Fingerprint, literalStride, slotStride } from "./fingerprint.ts";
import { FingerprintCache } from "./fingerprint-cache.ts";
import { continuedFlag, listSlot, literalKinds, negativeFlag } from "./fingerprint-kinds.ts";
import { parse } from "./parse.ts";

const seed = Number(process.env["SEED"] ?? 1);
const count = Number(process.env["COUNT"] ?? 1500);
const mode = { ansiQuotes: false, noBackslashEscapes: false };

/** Values of every kind, more than one each. */
const values: Readonly<Record<number, readonly string[]>> = {
  [literalKinds.integer]: ["1", "42", "007", "2147483648"],
  [literalKinds.unsigned]: ["9223372036854775808", "18446744073709551615"],
  [literalKinds.decimal]: ["1.5", ".25", "3."],
  [literalKinds.float]: ["1e3", "2.5E-7"],
  [literalKinds.hex]: ["x'4142'", "X'fe'"],
  [literalKinds.hexNumber]: ["0x4142", "0xFE"],
  [literalKinds.bit]: ["b'0110'", "0b1"],
  [literalKinds.string]: ["'x'", "'it''s'", '"q\\"q"', "''", '"x"', "'it\\'s'", '"it\'s"', "'\\x'"],
  [literalKinds.national]: ["N'x'", "n'yy'"],
  [literalKinds.null]: ["NULL", "null"],
};

function treeOf(sql: string, environment: Environment): unknown {
  try {
    return parse(sql, environment);
  } catch {
    return undefined;
  }
}

/** The tree without the values of literals; lists of literals and rows of them count as one. */
function shape(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(shape);
  if (typeof tree !== "object" || tree === null) return tree;
  const node = tree as { readonly [field: string]: unknown; readonly kind?: string };
  if (node.kind === "Literal") return { kind: "Literal", type: node["type"] };
  const entries = Object.entries(node).map(([field, value]): [string, unknown] => {
    if (node.kind === "SelectItem" && field === "text") return [field, ""];
    const shaped = shape(value);
    const isList = (node.kind === "In" && field === "list") || (node.kind === "Insert" && field === "rows");
    return [field, isList ? collapsed(shaped) : shaped];
  });
  return Object.fromEntries(entries);
}

/** (1, 2, 3) → the kinds in it; rows likewise. Anything else stays. */
function collapsed(list: unknown): unknown {
  const text = JSON.stringify(list ?? null);
  if (list === undefined || /"kind":"(?!Literal|Row|RowValues|Null|Unary)/.test(text)) return list;
  const kinds = [...text.matchAll(/"type":"(\w+)"|"kind":"(Null|Unary)"/g)].map(([, type, kind]) => type ?? kind);
  return [...new Set(kinds)].toSorted((a, b) => String(a).localeCompare(String(b)));
}

/** Which literals, and lists after IN, are equal to an earlier one: its number, by order of appearance. Rows of INSERT do not count. */
function equals(tree: unknown): readonly number[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { kind, ...fields } = node as { readonly [field: string]: unknown };
    if (kind === "Literal") return void found.push(JSON.stringify(node));
    for (const [field, value] of Object.entries(fields)) {
      if (kind === "In" && field === "list" && Array.isArray(collapsed(value))) found.push(JSON.stringify(value));
      else if (kind !== "Insert" || field !== "rows" || !Array.isArray(collapsed(value)) || collapsed(value) === value)
        visit(value);
    }
  };
  visit(tree);
  return found.map((one) => found.indexOf(one));
}

/** The statement with a slot's text exchanged. */
const exchanged = (sql: Buffer, start: number, end: number, text: string) =>
  Buffer.concat([sql.subarray(0, start), Buffer.from(text), sql.subarray(end)]).toString();

function freeSlots(scan: Fingerprint, sql: Buffer, environment: Environment): readonly boolean[] {
  const tree = JSON.stringify(shape(treeOf(sql.toString(), environment)));
  return Array.from({ length: scan.slotCount }, (_, slot) => {
    const [start = 0, end = 0, kind = 0] = scan.slots.subarray(slot * slotStride, slot * slotStride + 3);
    const others = kind === listSlot ? [listAgain(scan, slot)] : values[kind & ~(continuedFlag | negativeFlag)];
    return (others ?? []).every((other) => {
      const found = treeOf(exchanged(sql, start, end, other), environment);
      return found !== undefined && JSON.stringify(shape(found)) === tree;
    });
  });
}

/** The list in a slot with its first item or row doubled. */
function listAgain(scan: Fingerprint, slot: number): string {
  const [start = 0, end = 0, , , first = 0] = scan.slots.subarray(slot * slotStride, slot * slotStride + 5);
  const text = Buffer.from(scan.bytes.subarray(start, end)).toString();
  const [from = 0, to = 0] = scan.literals.subarray(first * literalStride, first * literalStride + 2);
  const literal = Buffer.from(scan.bytes.subarray(from, to)).toString();
  return /^\(\s*\(|^\(.*\)\s*,\s*\(/s.test(text) || scan.slots[slot * slotStride + 3] === 0
    ? text
    : text.replace("(", `(${literal}, `);
}

/** The same statement with other values in some literals. */
function withOtherValues(random: Random, scan: Fingerprint, sql: Buffer): string {
  let text = "";
  let at = 0;
  for (let i = 0; i < scan.literalCount; i++) {
    const [start = 0, end = 0, kind = 0] = scan.literals.subarray(i * literalStride, (i + 1) * literalStride);
    const sameKind = values[kind & ~(continuedFlag | negativeFlag)] ?? [];
    const other = random.below(3) === 0 ? pick(random, Object.values(values).flat()) : pick(random, sameKind);
    text += sql.subarray(at, start).toString() + (random.below(3) === 0 ? sql.subarray(start, end).toString() : other);
    at = end;
  }
  return text + sql.subarray(at).toString();
}

for (const environment of [mysqlEnvironment, mariadbEnvironment])
  test(`equal keys, equal statements, ${environment.flavour} (SEED=${seed} COUNT=${count})`, () => {
    const random = seededRandom(seed);
    const generator = new SqlGenerator(random, environment.flavour);
    const scan = new Fingerprint(seed);
    let hits = 0;
    for (let i = 0; i < count; i++) {
      const first = Buffer.from(generator.generate(pick(random, ["select", "query", "insert", "update", "delete"])));
      const tree = treeOf(first.toString(), environment);
      if (tree === undefined || !scan.scan(first, 0, first.length, mode, 1)) continue;
      const free = freeSlots(scan, first, environment);
      assert.ok(scan.scan(first, 0, first.length, mode, 1));
      const cache = new FingerprintCache<true>(1 << 20);
      cache.store(scan, 1, (slot) => free[slot] === true, true);
      for (let j = 0; j < 4; j++) {
        assert.ok(scan.scan(first, 0, first.length, mode, 1));
        const changed = withOtherValues(random, scan, first);
        const second = Buffer.from(j < 3 ? changed : mutate(random, changed));
        if (!scan.scan(second, 0, second.length, mode, 1) || cache.find(scan, 1) === undefined) continue;
        hits++;
        const found = treeOf(second.toString(), environment);
        assert.deepEqual(equals(found), equals(tree), `equal literals\n${first.toString()}\n${second.toString()}`);
        assert.deepEqual(shape(found), shape(tree), `\n${first.toString()}\n${second.toString()}`);
      }
    }
    assert.ok(hits > count / 10, `only ${hits} keys were equal`);
  });
