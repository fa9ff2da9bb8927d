/**
 * Messages as JSON, in the two forms that Vitess's tools print:
 * - `protoJson`: vtctldclient's. Field names with underscores, enums by name, 64-bit integers as strings; every field is
 *   there, an absent message is null. `compact` leaves out what is empty.
 * - `plainJson`: VTAdmin's. Field names with underscores, enums and 64-bit integers as numbers; what is empty is left out.
 * Fields stand in the order of their declaration.
 */
import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";

type Shaped = { readonly [name: string]: JsonValue };

export function protoJson(schema: DescMessage, message: Message, compact = false): Shaped {
  const json = toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: !compact }) as JsonObject;
  return shape(schema, json, { nulls: !compact, numbers: false });
}

export function plainJson(schema: DescMessage, message: Message): Shaped {
  const json = toJson(schema, message, { useProtoFieldName: true, enumAsInteger: true }) as JsonObject;
  return shape(schema, json, { nulls: false, numbers: true });
}

interface Form {
  /** Absent messages are null. */
  readonly nulls: boolean;
  /** 64-bit integers are numbers. */
  readonly numbers: boolean;
}

function shape(schema: DescMessage, json: JsonObject, form: Form): Shaped {
  const out: Record<string, JsonValue> = {};
  for (const field of schema.fields) {
    const value = json[field.name];
    if (value !== undefined) out[field.name] = shapeField(field, value, form);
    else if (form.nulls && field.fieldKind === "message" && field.oneof === undefined) out[field.name] = null;
  }
  return out;
}

function shapeField(field: DescField, value: JsonValue, form: Form): JsonValue {
  switch (field.fieldKind) {
    case "message":
      return shape(field.message, value as JsonObject, form);
    case "list":
      return (value as JsonValue[]).map((item) => shapeItem(field, item, form));
    case "map": {
      const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(entries.map(([key, item]) => [key, shapeItem(field, item, form)]));
    }
    case "scalar":
      return scalar(field.scalar, value, form);
    case "enum":
      return value;
  }
}

function shapeItem(field: DescField & { fieldKind: "list" | "map" }, item: JsonValue, form: Form): JsonValue {
  if (field.message !== undefined) return shape(field.message, item as JsonObject, form);
  return field.scalar === undefined ? item : scalar(field.scalar, item, form);
}

const wide = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64]);

const scalar = (type: ScalarType, value: JsonValue, form: Form) =>
  form.numbers && wide.has(type) ? Number(value) : value;
