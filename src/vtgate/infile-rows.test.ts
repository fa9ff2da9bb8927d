/** Lines of files for LOAD DATA, whatever the chunks they come in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { type InfileFormat, InfileRows } from "./infile-rows.ts";

const usual: InfileFormat = {
  fieldsTerminatedBy: Buffer.from("\t"),
  enclosedBy: -1,
  escapedBy: 92,
  linesStartingBy: Buffer.alloc(0),
  linesTerminatedBy: Buffer.from("\n"),
  linesIgnored: 0,
  fieldsMax: 3,
  rowBytesMax: 1000,
};
const quote = 34;
const csv = { ...usual, fieldsTerminatedBy: Buffer.from(","), enclosedBy: quote };

function read(text: string, format: Partial<InfileFormat>, cuts: readonly number[] = []) {
  const rows = new InfileRows({ ...usual, ...format });
  const bytes = Buffer.from(text);
  const found = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    found.push(...rows.push(bytes.subarray(from, to)));
    from = to;
  }
  found.push(...rows.end());
  return found.map(({ fields, hasMore }) => [
    ...fields.map((field) => field?.toString() ?? null),
    ...(hasMore ? ["…"] : []),
  ]);
}

const stories: readonly [string, Partial<InfileFormat>, readonly (readonly (string | null)[])[]][] = [
  [
    "a\tb\tc\nd\te\tf\n",
    {},
    [
      ["a", "b", "c"],
      ["d", "e", "f"],
    ],
  ],
  [
    "a\tb\tc\nd\te\tf",
    {},
    [
      ["a", "b", "c"],
      ["d", "e", "f"],
    ],
  ],
  ["a\n\nb\t\n", {}, [["a"], [""], ["b", ""]]],
  ["a\t", {}, [["a"]]],
  ["a\tb\tc\td\ne\tf\tg\t\nh", {}, [["a", "b", "c", "…"], ["e", "f", "g"], ["h"]]],
  [
    "\\N\t\\Na\tN\nNULL\t\\\\N\\t\\0\\Z\\b\\r\\n\\x\n",
    {},
    [
      [null, "Na", "N"],
      ["NULL", "\\N\t\0\u001a\b\r\nx"],
    ],
  ],
  ["a\\\tb\\\nc\td\n", {}, [["a\tb\nc", "d"]]],
  ["a\\", {}, [["a\\"]]],
  ["x\ny\nz\n", { linesIgnored: 2 }, [["z"]]],
  ["x", { linesIgnored: 2 }, []],
  [
    '"a,1","b ""q""",c\n"d\ne",\\N,NULL\n"NULL","\\N",f\n',
    csv,
    [
      ["a,1", 'b "q"', "c"],
      ["d\ne", null, null],
      ["NULL", null, "f"],
    ],
  ],
  ['"a"b,c\n"d"', csv, [['a"b,c\n"d']]],
  ['a"b,"c', csv, [['a"b', '"c']]],
  ['"fie""ld1","f""2"\n', { ...csv, escapedBy: quote }, [['fie"ld1', 'f"2']]],
  ["a\\tb\tc\n", { escapedBy: -1 }, [["a\\tb", "c"]]],
  [
    "xxx-a|-|b\r\nrubbish\r\nxx xxx-c|-|d\r\n",
    {
      linesStartingBy: Buffer.from("xxx-"),
      fieldsTerminatedBy: Buffer.from("|-|"),
      linesTerminatedBy: Buffer.from("\r\n"),
    },
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
];

test("lines as the servers read them", () => {
  for (const [text, format, rows] of stories) assert.deepEqual(read(text, format), rows, JSON.stringify(text));
});

test("every way to cut a file gives the same rows", () => {
  const random = seededRandom(20_261_128);
  for (const [text, format, rows] of stories) {
    const size = Buffer.byteLength(text);
    for (let one = 0; one <= size; one++)
      assert.deepEqual(read(text, format, [one]), rows, `${JSON.stringify(text)} cut at ${one}`);
    for (let tries = 0; tries < 20; tries++) {
      const cuts = Array.from({ length: 4 }, () => random.below(size + 1)).sort((a, b) => a - b);
      assert.deepEqual(read(text, format, cuts), rows, `${JSON.stringify(text)} cut at ${cuts.join()}`);
    }
  }
});

test("a line has a limit", () => {
  assert.throws(() => read("x".repeat(2000), {}), /1000 bytes/);
  assert.equal(read("x".repeat(900), {}, [300, 600]).length, 1);
});
