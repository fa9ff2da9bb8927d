/** Every vindex type against Vitess's published vectors, and against Go's DES and x/text where it publishes none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Destination, printDestination } from "../sharding/destination.ts";
import type { SqlType } from "../sqltypes/types.ts";
import { nullValue, textValue, type Value } from "../sqltypes/value.ts";
import type { Vindex, VindexParams } from "./vindex.ts";
import { makeVindex, vindexTypes } from "./vindexes.ts";
import { patternPrefix } from "./vindexes/cfc.ts";

const noFiles = (path: string): string => {
  throw new Error(`no file ${path}`);
};
const make = (type: string, params: VindexParams = {}, files: Readonly<Record<string, string>> = {}) =>
  makeVindex(type, "v", params, (path) => files[path] ?? noFiles(path));
const value = (type: SqlType, text: string): Value => ({ type, bytes: Buffer.from(text) });
const int = (text: string) => value("INT64", text);
const uint = (text: string) => value("UINT64", text);
const shown = (d: Destination) => (d.kind === "None" ? "none" : printDestination(d).slice(1, -1));
const mapped = (vindex: Vindex, ...row: Value[]) => shown(vindex.map(row));

function check(vindex: Vindex, cases: readonly (readonly [Value, string])[]): void {
  for (const [input, wanted] of cases) {
    const note = `${input.type} ${input.bytes?.toString()}`;
    assert.equal(mapped(vindex, input), wanted, note);
    if (wanted === "none") continue;
    assert.ok(vindex.verify([input], Buffer.from(wanted, "hex")), note);
    assert.ok(!vindex.verify([input], Buffer.from("0102", "hex")), note);
  }
}

test("costs, uniqueness and unknown parameters", () => {
  const costs: Readonly<Record<string, number>> = { binary: 0, numeric: 0, null: 100 };
  for (const type of Object.keys(vindexTypes)) {
    if (["multicol", "region_experimental", "region_json", "numeric_static_map"].includes(type)) continue;
    const vindex = make(type, { hello: "world" });
    assert.equal(vindex.cost, costs[type] ?? 1, type);
    assert.ok(vindex.isUnique);
    assert.deepEqual(vindex.unknownParams, ["hello"]);
    assert.equal(vindex.type, type);
  }
  assert.throws(() => make("lookup"), /VT20005: vindex v: there is no vindex type 'lookup'/);
  assert.throws(() => make("toString"), /no vindex type/);
});

test("hash", () => {
  const vindex = make("hash");
  check(vindex, [
    [int("1"), "166b40b44aba4bd6"],
    [int("2"), "06e7ea22ce92708f"],
    [int("3"), "4eb190c9a2fa169c"],
    [int("4"), "d2fd8867d50d2dfe"],
    [int("5"), "70bb023c810ca87a"],
    [int("6"), "f098480ac4c4be71"],
    [int("0"), "8ca64de9c1b123a7"],
    [int("-0"), "8ca64de9c1b123a7"],
    [int("+7"), "fb8baaad918119b8"],
    [int("007"), "fb8baaad918119b8"],
    [int("255"), "254e882e6597f41d"],
    [int("256"), "dd7c0bbd61fafd54"],
    [int("4294967295"), "e1eceaa84715eb8e"],
    [int("4294967296"), "aeb5f5ede22d1a36"],
    [int("9007199254740992"), "b8061b7ecd9a21e5"],
    [int("9999999999999999"), "5120eb975ed0993f"],
    [int("9223372036854775807"), "f77d48aadda1f1bb"],
    [uint("9223372036854775808"), "95f8a5e5dd31d900"],
    [uint("12345678901234567890"), "20839a14c5a0b163"],
    [uint("18446744073709551615"), "355550b2150e2451"],
    [int("-1"), "355550b2150e2451"],
    [int("-4294967296"), "e7e4561988558773"],
    [int("-9223372036854775808"), "95f8a5e5dd31d900"],
    [textValue("1"), "166b40b44aba4bd6"],
    [textValue("18446744073709551615"), "355550b2150e2451"],
    [int("9223372036854775808"), "none"],
    [int("-9223372036854775809"), "none"],
    [uint("18446744073709551616"), "none"],
    [uint("99999999999999999999999"), "none"],
    [uint("-1"), "none"],
    [uint("+1"), "none"],
    [textValue("-1"), "none"],
    [textValue("aa"), "none"],
    [textValue(""), "none"],
    [textValue("-"), "none"],
    [value("DECIMAL", "1.0"), "none"],
    [nullValue, "none"],
  ]);
  assert.deepEqual(vindex.reverse?.(Buffer.from("166b40b44aba4bd6", "hex")), uint("1"));
  assert.deepEqual(vindex.reverse?.(Buffer.from("355550b2150e2451", "hex")), uint("18446744073709551615"));
  assert.throws(() => vindex.reverse?.(Buffer.alloc(16)), /VT20008.*not 8 bytes/);
});

test("numeric and reverse_bits", () => {
  const numeric = make("numeric");
  check(numeric, [
    [int("1"), "0000000000000001"],
    [int("8"), "0000000000000008"],
    [uint("18446744073709551615"), "ffffffffffffffff"],
    [int("-1"), "none"],
    [value("FLOAT64", "1.1"), "none"],
    [nullValue, "none"],
  ]);
  assert.deepEqual(numeric.reverse?.(Buffer.from("0000000000000001", "hex")), uint("1"));
  assert.throws(() => numeric.reverse?.(Buffer.from("aa")), /not 8 bytes/);
  const reverseBits = make("reverse_bits");
  check(reverseBits, [
    [int("1"), "8000000000000000"],
    [int("2"), "4000000000000000"],
    [int("3"), "c000000000000000"],
    [int("6"), "6000000000000000"],
    [uint("9223372036854775808"), "0000000000000001"],
    [textValue("aa"), "none"],
    [nullValue, "none"],
  ]);
  assert.deepEqual(reverseBits.reverse?.(Buffer.from("8000000000000000", "hex")), uint("1"));
});

test("numeric_static_map", () => {
  const cases: readonly (readonly [Value, string])[] = [
    [int("1"), "0000000000000001"],
    [int("3"), "0000000000000002"],
    [uint("18446744073709551615"), "0000000000000005"],
    [int("7"), "fffffffffffffffe"],
    [value("FLOAT64", "1.1"), "none"],
    [nullValue, "none"],
  ];
  const json = '{ "3": 2, "18446744073709551615": 5,\n"7": 18446744073709551614 }';
  check(make("numeric_static_map", { json }), cases);
  check(make("numeric_static_map", { json_path: "map.json" }, { "map.json": json }), cases);
  check(make("numeric_static_map", { json: "{}", fallback_type: "hash" }), [[int("1"), "166b40b44aba4bd6"]]);
  const bad: readonly VindexParams[] = [
    {},
    { json, json_path: "x" },
    { json_path: "absent" },
    { json: "[1]" },
    { json: '{"a": 1}' },
    { json: '{"1": 18446744073709551616}' },
    { json: '{"1": 2,}' },
    { json, fallback_type: "multicol", column_count: "2" },
  ];
  for (const params of bad) assert.throws(() => make("numeric_static_map", params), /VT20005/, JSON.stringify(params));
});

test("binary, binary_md5, xxhash and null", () => {
  check(make("binary"), [[textValue("Test"), "54657374"]]);
  assert.deepEqual(make("binary").reverse?.(Buffer.from("ab")), { type: "VARBINARY", bytes: Buffer.from("ab") });
  assert.throws(() => make("binary").reverse?.(Buffer.alloc(0)), /VT20008/);
  check(make("binary_md5"), [
    [textValue("Test"), "0cbc6611f5540bd0809a388dc95a615b"],
    [textValue("TEST"), "033bd94b1168d7e4f0d644c3c95e35bf"],
  ]);
  check(make("xxhash"), [
    [textValue("test1"), "d01ab7e4d6978f0b"],
    [textValue("test2"), "87eb11714c0a0e89"],
    [textValue("testaverylongvaluetomakesurethisworks"), "81d8c38e0d850e6a"],
    [int("1"), "d46405367612b4b7"],
    [nullValue, "99e9d85137db46ef"],
    [int("-1"), "d8e2a6a7c8c7623d"],
    [uint("18446744073709551615"), "477cfa8d6d8f1f8d"],
    [int("9223372036854775807"), "b37eb01f7bffafd8"],
    [int("-9223372036854775808"), "102c27ddb26a609e"],
  ]);
  const bytes = mapped(make("xxhash"), { type: "VARBINARY", bytes: Buffer.from("9efa", "hex") });
  assert.equal(mapped(make("xxhash"), value("HEXVAL", "x'9efa'")), bytes);
  assert.equal(mapped(make("xxhash"), value("HEXNUM", "0x9efa")), bytes);
  check(make("null"), [
    [int("5"), "00"],
    [nullValue, "00"],
  ]);
});

test("unicode_loose_md5 and unicode_loose_xxhash", () => {
  const vectors: readonly (readonly [string, string, string])[] = [
    ["Test", "0b5edbb401fd7524393690491d64f1f5", "42d21361087a4c07"],
    ["TEst", "0b5edbb401fd7524393690491d64f1f5", "42d21361087a4c07"],
    ["Te\u0301st", "0b5edbb401fd7524393690491d64f1f5", "42d21361087a4c07"],
    ["Tést", "0b5edbb401fd7524393690491d64f1f5", "42d21361087a4c07"],
    ["Test   ", "0b5edbb401fd7524393690491d64f1f5", "42d21361087a4c07"],
    ["Bést", "c2b2332e4f73d00741026249706f2fb6", "926975b9ce2ec316"],
    [" Test", "a2e3515c7e8df1ffd2ccfc11c6b19dd1", "4fcb8be34ec05775"],
    ["Test\t", "82456dd87a9c7a02b1c2056b5abaa272", "20af87fc36e3fd51"],
    ["TéstLooong", "9683e12b80430cd453f5dfdfba81c9a5", "d3ea873942b484a7"],
    ["T", "ac0f9179f51db87fe8ecc0cf40cab97a", "f81c3be2d501fe18"],
  ];
  check(
    make("unicode_loose_md5"),
    vectors.map(([text, md5]) => [textValue(text), md5]),
  );
  check(make("unicode_loose_xxhash"), [
    ...vectors.map(([text, , xxhash]): readonly [Value, string] => [textValue(text), xxhash]),
    [nullValue, "99e9d85137db46ef"],
  ]);
  const notUtf8: Value = { type: "VARCHAR", bytes: Buffer.from("99eb9d18a4478404", "hex") };
  assert.throws(() => make("unicode_loose_md5").map([notUtf8]), /VT20007.*not UTF-8/);
});

test("cfc", () => {
  check(make("cfc"), [[value("VARBINARY", "key"), "6b6579"]]);
  const vindex = make("cfc", { hash: "md5", offsets: "[3,5]" });
  const md5 = (text: string) => mapped(make("binary_md5"), textValue(text)).slice(0, text.length * 2);
  assert.equal(mapped(vindex, textValue("12345567")), md5("123") + md5("45") + md5("567"));
  assert.equal(mapped(vindex, textValue("12345")), md5("123") + md5("45"));
  const long = "abcdefghijklmnopqrstuvwxyz";
  assert.equal(mapped(vindex, textValue(`12345${long}`)), md5("123") + md5("45") + md5(long));
  assert.throws(() => vindex.map([textValue("abc")]), /VT20007.*of 3 bytes: it takes 5 or more/);
  const like = (pattern: string) => vindex.mapPattern?.(Buffer.from(pattern));
  const start = (d: Destination | undefined) =>
    d?.kind === "KeyRange" ? d.range.start.toString("hex") : (d?.kind ?? "");
  assert.equal(start(like("abcdef")), md5("abc") + md5("de") + md5("f"));
  assert.equal(start(like("abcd")), md5("abc"));
  assert.equal(start(like("ab%cdef")), "AllShards");
  assert.equal(shown(make("cfc", { hash: "xxhash64", offsets: "[ 3 ]" }).map([textValue("abc")])).length, 6);
  for (const offsets of [undefined, "10,12", "xxx", "[]", "[10,3]", "[-1,3]", "[4,4,6]", "[0,1]"])
    assert.throws(
      () => make("cfc", { hash: "md5", ...(offsets === undefined ? {} : { offsets }) }),
      /VT20005.*offsets must be rising/,
      offsets,
    );
  assert.throws(() => make("cfc", { hash: "sha1", offsets: "[1]" }), /VT20005.*hash must be/);
});

test("the fixed beginning of a LIKE pattern", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["ab%", "ab"],
    ["abc", "abc"],
    ["%ab", ""],
    ["\\%a%", "%a"],
    ["\\%%", "%"],
    ["\\\\%a", "\\"],
    ["\\\\\\%a%", "\\%a"],
    ["\\_\\\\\\%a_", "_\\%a"],
    ["\\i\\j\\k", "ijk"],
    ["\\0\\'\\\"\\b\\n\\r\\t\\Z\\\\", "\0'\"\b\n\r\t\x1a\\"],
    ["\\", "\\"],
  ];
  for (const [pattern, prefix] of cases) assert.equal(patternPrefix(Buffer.from(pattern)).toString(), prefix, pattern);
});

test("region_experimental and region_json", () => {
  const one = make("region_experimental", { region_bytes: "1" });
  assert.equal(mapped(one, int("1"), int("1")), "01166b40b44aba4bd6");
  assert.equal(mapped(one, int("255"), int("1")), "ff166b40b44aba4bd6");
  assert.equal(mapped(one, int("256"), int("1")), "00166b40b44aba4bd6");
  assert.equal(mapped(one, int("1")), "01-02");
  assert.equal(mapped(one, textValue("abcd"), int("256")), "none");
  assert.equal(mapped(one, int("1"), textValue("abcd")), "none");
  assert.ok(one.verify([int("1"), int("1")], Buffer.from("01166b40b44aba4bd6", "hex")));
  assert.ok(!one.verify([int("1")], Buffer.from("01", "hex")));
  const two = make("region_experimental", { region_bytes: "2" });
  assert.equal(mapped(two, int("256"), int("1")), "0100166b40b44aba4bd6");
  assert.equal(mapped(two, int("65536"), int("1")), "0000166b40b44aba4bd6");
  for (const params of [{}, { region_bytes: "0" }, { region_bytes: "3" }, { region_bytes: "x" }])
    assert.throws(() => make("region_experimental", params), /VT20005.*region_bytes/);

  const files = { "m.json": '{"United States": 1, "Canada": 770}', "bad.json": '{"x": "y"}' };
  const json = make("region_json", { region_bytes: "2", region_map: "m.json" }, files);
  assert.equal(mapped(json, int("1"), textValue("United States")), "0001166b40b44aba4bd6");
  assert.equal(mapped(json, int("1"), textValue("Canada")), "0302166b40b44aba4bd6");
  assert.equal(mapped(json, int("1"), textValue("Mars")), "none");
  assert.equal(mapped(json, int("1")), "none");
  for (const region_map of ["bad.json", "absent.json"])
    assert.throws(() => make("region_json", { region_bytes: "1", region_map }, files), /VT20005.*cannot read/);
});

test("multicol", () => {
  const three = make("multicol", { column_count: "3" });
  assert.equal(three.cost, 3);
  assert.equal(mapped(three, int("1"), int("1"), int("1")), "166b40166b40166b");
  assert.equal(mapped(three, int("255"), int("1"), int("1")), "254e88166b40166b");
  assert.equal(mapped(three, int("256"), int("1"), int("1")), "dd7c0b166b40166b");
  assert.equal(mapped(three, int("1")), "166b40-166b41");
  assert.equal(mapped(three, int("1"), int("1")), "166b40166b40-166b40166b41");
  assert.equal(mapped(three, textValue("abcd"), int("256"), int("256")), "none");
  assert.equal(mapped(three, int("256"), int("256"), textValue("abcd")), "none");
  const mixed = make("multicol", { column_count: "3", column_bytes: "1,3,4", column_vindex: "binary,,xxhash" });
  assert.equal(mapped(mixed, textValue("ab"), int("1"), int("1")), "61166b40d4640536");
  const short = make("multicol", { column_count: "2", column_bytes: "4", column_vindex: "binary,binary" });
  assert.equal(mapped(short, textValue("a"), textValue("b")), "6100000062");
  const bad: readonly (readonly [VindexParams, RegExp])[] = [
    [{}, /column_count is missing/],
    [{ column_count: "0" }, /between 1 and 8/],
    [{ column_count: "9" }, /between 1 and 8/],
    [{ column_count: "3", column_bytes: "1,2,3,4" }, /more parts than columns/],
    [{ column_count: "3", column_bytes: "100,200" }, /more than the 8 bytes/],
    [{ column_count: "3", column_bytes: "a" }, /which is no number/],
    [{ column_count: "2", column_vindex: "binary,binary,binary" }, /more parts than columns/],
    [{ column_count: "2", column_vindex: "binary,null" }, /does not hash single values/],
    [{ column_count: "2", column_vindex: "binary,cfc" }, /does not hash single values/],
    [{ column_count: "2", column_vindex: "lookup" }, /no vindex type 'lookup'/],
  ];
  for (const [params, message] of bad) assert.throws(() => make("multicol", params), message);
  assert.deepEqual(make("multicol", { column_count: "1", hello: "world" }).unknownParams, []);
});
