/** Keys as golang.org/x/text (CLDR 23) makes them; the vectors come from it and from Vitess's own tests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { looseKey } from "./loose-key.ts";

const vectors: readonly (readonly [string, string])[] = [
  ["Test", "1816164c17f31816"],
  ["TEST", "1816164c17f31816"],
  ["Te\u0301st", "1816164c17f31816"],
  ["Tést", "1816164c17f31816"],
  ["Bést", "1605164c17f31816"],
  [" Test", "01091816164c17f31816"],
  ["Test\t", "1816164c17f318160100"],
  ["TéstLooong", "1816164c17f318161711177117711771174f1691"],
  ["", ""],
  ["Ĳ", "16cd16e6"],
  ["ŀ", "1711"],
  ["й", "1a1f"],
  ["и\u0306", "1a1f"],
  ["เก", "248824c2"],
  ["漢字", "816f22815b57"],
  ["각", "315631d43232"],
  ["ϓ", "194c"],
  ["①", "14e7"],
  ["½", "14e704ac14e8"],
  ["😀", "1297"],
  ["ཱི", "258d"],
  ["straße", "17f3181617bd15ef17f317f3164c"],
  ["STRASSE", "17f3181617bd15ef17f317f3164c"],
  ["Ａ", "15ef"],
  ["ﷺ", "1cee1d201d4701091c9c1d201d201d3401091cf71d201d481d3401091d3a1ce31d201d27"],
  // A contraction with marks of a lower class between its parts, which themselves contract.
  ["\u0418\u0f71\u0f74\u0308", "1a122591"],
];

test("keys are those of Vitess", () => {
  for (const [text, key] of vectors) assert.equal(looseKey(text).toString("hex"), key, text);
});
