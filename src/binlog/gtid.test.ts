/** Positions: every form is read and printed as the servers do; the algebra is that of sets of transactions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { VtError } from "../base/errors.ts";
import { type Random, seededRandom, systemRandom } from "../base/random.ts";
import {
  containsPosition,
  countGtids,
  equalPositions,
  errantMariadb,
  gtidSetOf,
  isEmptyPosition,
  parseGtidSet,
  parseMariadbState,
  parsePosition,
  printGtidSet,
  printMariadbGtids,
  printPosition,
  printWithoutKind,
  subtractPositions,
  unitePositions,
} from "./gtid.ts";

const a = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const b = "4350f323-7565-4e59-8763-4b1b83a0ce0e";

test("MySQL sets print in normal form", () => {
  const cases = [
    ["", ""],
    [`${a}:5`, `${a}:5`],
    [`${a}:1-3:4-5:9`, `${a}:1-5:9`],
    [`${a}:9:1-2:2-4`, `${a}:1-4:9`],
    [`${b}:1,\n${a}:1`, `${a}:1,${b}:1`],
    [`${a.toUpperCase()}:1-1`, `${a}:1`],
    [`${a.replaceAll("-", "")}:3`, `${a}:3`],
    [`${a}:1-3:Blue:4:red:1-2`, `${a}:1-3:blue:4:red:1-2`],
    [`${a}:red:1:blue:2,${a}:7`, `${a}:7:blue:2:red:1`],
    [`${a}:red:1,${b}:red:2`, `${a}:red:1,${b}:red:2`],
    [`,${a}:1,,`, `${a}:1`],
  ] as const;
  for (const [text, normal] of cases) assert.equal(printGtidSet(parseGtidSet(text)), normal);
});

test("what is no position is refused with its reason", () => {
  const wrong = [
    "",
    "0-1-1",
    "MySQL57/",
    "mysql56/",
    ...["", "x", "x:-1", ":4"].map((text) => `FilePos/${text}`),
    ...[
      a,
      `${a}:`,
      `${a}:0`,
      `${a}:5-3`,
      `${a}:1-`,
      `${a}:-1`,
      `${a}:1--2`,
      `${a}:red`,
      `${a}:1:red:`,
      `${a}x:1`,
      `${a}:1a`,
      `${a}:9007199254740993`,
    ].map((text) => `MySQL56/${text}`),
    ...["0-1", "0-1-2-3", "a-1-1", "0--1-1", "4294967296-1-1", "0-1-9007199254740993"].map((text) => `MariaDB/${text}`),
  ];
  for (const text of wrong)
    assert.throws(
      () => parsePosition(text),
      (error) => error instanceof VtError && error.code === "VT22010",
      text,
    );
});

test("positions round trip with their kind", () => {
  for (const text of [
    `MySQL56/${a}:1-5:tag:7,${b}:1`,
    "MySQL56/",
    "MariaDB/0-101-27,5-1-3",
    "MariaDB/",
    "FilePos/vt.000003:1274",
  ]) {
    assert.equal(printPosition(parsePosition(text)), text);
    assert.equal(`${parsePosition(text).kind}/${printWithoutKind(parsePosition(text))}`, text);
  }
  assert.ok(isEmptyPosition(parsePosition("MySQL56/")) && isEmptyPosition(parsePosition("MariaDB/")));
  assert.ok(!isEmptyPosition(parsePosition("FilePos/a:0")) && !isEmptyPosition(parsePosition("MariaDB/0-0-1")));
});

test("which position contains which", () => {
  const contained = [
    [`MySQL56/${a}:1-10`, `MySQL56/${a}:3-5`, true],
    [`MySQL56/${a}:1-10`, `MySQL56/${a}:3-11`, false],
    [`MySQL56/${a}:1-10`, `MySQL56/${a}:t:3`, false],
    [`MySQL56/${a}:1-10:t:3`, `MySQL56/${a}:t:3`, true],
    [`MySQL56/${a}:1`, `MySQL56/${b}:1`, false],
    [`MySQL56/${a}:1`, "MySQL56/", true],
    ["MySQL56/", "MySQL56/", true],
    ["MariaDB/0-101-27", "MariaDB/0-102-26", true],
    ["MariaDB/0-101-27", "MariaDB/0-102-28", false],
    ["MariaDB/0-101-27", "MariaDB/1-1-1", false],
    ["MariaDB/0-101-27,1-1-1", "MariaDB/1-1-1", true],
    ["FilePos/b.000002:5", "FilePos/b.000001:900", true],
    ["FilePos/b.000002:5", "FilePos/b.000002:6", false],
    ["MariaDB/0-101-27", `MySQL56/${a}:1`, false],
  ] as const;
  for (const [x, y, expected] of contained)
    assert.equal(containsPosition(parsePosition(x), parsePosition(y)), expected, `${x} contains ${y}`);
  assert.ok(equalPositions(parsePosition("MariaDB/0-1-5,1-1-1"), parsePosition("MariaDB/1-1-1,0-2-5")));
});

test("MariaDB: union takes the higher sequence, subtraction names the domains ahead", () => {
  const [x, y] = [parsePosition("MariaDB/0-1-5,1-1-9"), parsePosition("MariaDB/0-2-7,2-1-1")];
  assert.equal(printPosition(unitePositions(x, y)), "MariaDB/0-2-7,1-1-9,2-1-1");
  assert.equal(printPosition(subtractPositions(x, y)), "MariaDB/1-1-9");
  assert.throws(() => unitePositions(x, parsePosition("MySQL56/")), VtError);
  assert.throws(() => subtractPositions(x, parsePosition("FilePos/a:1")), VtError);
});

test("MariaDB: errant transactions show by server id, even when the primary is further on", () => {
  const primary = parseMariadbState("0-101-30,0-100-12");
  assert.equal(printMariadbGtids(errantMariadb(parseMariadbState("0-102-25,0-100-12,0-101-24"), primary)), "0-102-25");
  assert.equal(printMariadbGtids(errantMariadb(parseMariadbState("0-100-12,0-101-24"), primary)), "");
});

test("the algebra of MySQL sets is that of sets of single transactions", (t) => {
  const seed = systemRandom.below(2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 1000; round++) {
    const [x, y] = [randomSet(random), randomSet(random)];
    const [px, py] = [position(x), position(y)];
    const where = `seed ${seed} round ${round}`;
    assert.equal(countGtids(parseGtidSet(printWithoutKind(px))), x.size, where);
    assert.equal(printPosition(unitePositions(px, py)), printPosition(position(x.union(y))), where);
    assert.equal(printPosition(subtractPositions(px, py)), printPosition(position(x.difference(y))), where);
    assert.equal(containsPosition(px, py), y.isSubsetOf(x), where);
    assert.equal(equalPositions(px, py), x.symmetricDifference(y).size === 0, where);
  }
});

function randomSet(random: Random): Set<string> {
  const length = random.below(20);
  return new Set(
    Array.from({ length }, () => {
      const tag = ["", "red", "blue"][random.below(3)] ?? "";
      return `${random.below(2) === 0 ? a : b}:${tag === "" ? "" : `${tag}:`}${1 + random.below(12)}`;
    }),
  );
}
function position(gtids: ReadonlySet<string>) {
  return parsePosition(`MySQL56/${[...gtids].join(",")}`);
}

test("one transaction as a set", () => {
  assert.equal(printGtidSet(gtidSetOf(a.toUpperCase(), "", 4)), `${a}:4`);
  assert.equal(printGtidSet(gtidSetOf(a, "red", 4)), `${a}:red:4`);
});
