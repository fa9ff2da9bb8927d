/** The messages, enums and methods of our .proto files are exactly those of facts.txt: names, numbers and types. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ScalarType, type DescField, type DescFile } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

const folder = import.meta.dirname;

async function readDescriptors(): Promise<readonly DescFile[]> {
  const found: DescFile[] = [];
  for (const path of globSync(`${folder}/generated/*_pb.js`)) {
    const module = (await import(path)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) if (name.startsWith("file_")) found.push(value as DescFile);
  }
  return found;
}

const scalarName = (type: ScalarType) => ScalarType[type].toLowerCase();

function typeOf(field: DescField): string {
  const oneof = field.oneof === undefined ? "" : `@${field.oneof.name}`;
  if (field.fieldKind === "map") {
    const value = field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar as ScalarType);
    return `map<${scalarName(field.mapKey)},${value}>`;
  }
  if (field.fieldKind === "list")
    return `[]${field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar as ScalarType)}`;
  const optional = field.proto.proto3Optional ? "?" : "";
  return `${optional}${field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar as ScalarType)}${oneof}`;
}

function* linesOf(file: DescFile): Iterable<string> {
  for (const type of nestedTypes(file)) {
    if (type.kind === "extension") continue;
    if (type.kind === "service") {
      for (const method of type.methods) {
        const kind = method.methodKind;
        const input = `${kind === "client_streaming" || kind === "bidi_streaming" ? "stream " : ""}${method.input.typeName}`;
        const output = `${kind === "server_streaming" || kind === "bidi_streaming" ? "stream " : ""}${method.output.typeName}`;
        yield `${type.typeName}/${method.name} ${input} -> ${output}`;
      }
    } else if (type.kind === "enum") {
      yield `enum ${type.typeName} ${type.values.map((value) => `${value.name}=${value.number}`).join(" ")}`;
    } else {
      const fields = type.fields
        .toSorted((a, b) => a.number - b.number)
        .map((field) => `${field.name}=${field.number}:${typeOf(field)}`);
      const reserved = type.proto.reservedRange.map((range) => range.start);
      yield [type.typeName, ...fields, ...(reserved.length > 0 ? [`reserved=${reserved.join(",")}`] : [])].join(" ");
    }
  }
}

test("our messages, enums and methods are those of facts.txt, both ways", async () => {
  const facts = readFileSync(`${folder}/facts.txt`, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const ours = (await readDescriptors()).flatMap((file) => [...linesOf(file)]);
  assert.ok(ours.length > 100, `only ${ours.length} lines: are the generated files there?`);
  const missing = facts.filter((line) => !ours.includes(line));
  const extra = ours.filter((line) => !facts.includes(line));
  assert.deepEqual({ missing, extra }, { missing: [], extra: [] });
  assert.equal(new Set(facts).size, facts.length, "a fact stands twice");
});
