/** A `Column` as query.Field, both ways; and binds as query.BindVariable. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import { type BindVariable, type Field, FieldSchema, type BindVariableSchema } from "../proto/generated/query_pb.js";
import { madeColumn } from "./column-packet.ts";
import type { Column } from "./result.ts";
import { type SqlType, sqlTypeOf, sqlTypes } from "./types.ts";
import type { Binds, BindValue, Value } from "./value.ts";

export function toField(column: Column): Field {
  return create(FieldSchema, {
    name: column.name,
    type: sqlTypes[column.type].number,
    table: column.table,
    orgTable: column.orgTable,
    database: column.database,
    orgName: column.orgName,
    columnLength: column.columnLength,
    charset: column.collation,
    decimals: column.decimals,
    flags: column.flags,
  });
}

/** Peers that were asked for names and types only leave the rest out: it is as for a column that we make. */
export function fromField(field: Field): Column {
  const type = typeOf(field.type);
  const made = madeColumn(field.name, type);
  const isBare = field.charset === 0;
  return {
    name: field.name,
    type,
    table: field.table,
    orgTable: field.orgTable,
    database: field.database,
    orgName: field.orgName,
    columnLength: isBare && field.columnLength === 0 ? made.columnLength : field.columnLength,
    collation: isBare ? made.collation : field.charset,
    decimals: isBare && field.decimals === 0 ? made.decimals : field.decimals,
    flags: isBare && field.flags === 0 ? made.flags : field.flags,
  };
}

function typeOf(number: number): SqlType {
  const type = sqlTypeOf(number);
  if (type === undefined) throw VtError.of("VT13001", `a peer sent the SQL type ${number}`);
  return type;
}

type BindInit = MessageInitShape<typeof BindVariableSchema>;

export function toBindVariables(binds: Binds): Record<string, BindInit> {
  return Object.fromEntries(Object.entries(binds).map(([name, bind]) => [name, toBindVariable(bind)]));
}

export function toBindVariable(bind: BindValue): BindInit {
  if ("values" in bind) return { type: sqlTypes.TUPLE.number, values: bind.values.map(toValue) };
  return toValue(bind);
}

/** On the wire NULL is a type: a value cannot be absent. */
function toValue({ type, bytes }: Value) {
  if (bytes === undefined) return { type: sqlTypes.NULL_TYPE.number };
  return { type: sqlTypes[type].number, value: bytes };
}

export function fromBindVariables(variables: Readonly<Record<string, BindVariable>>): Binds {
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, fromBindVariable(variable)]));
}

export function fromBindVariable({ type, value, values }: BindVariable): BindValue {
  if (type === sqlTypes.TUPLE.number) return { type: "TUPLE", values: values.map((each) => fromValue(each)) };
  return fromValue({ type, value });
}

function fromValue({ type: number, value }: { readonly type: number; readonly value: Uint8Array }): Value {
  const type = typeOf(number);
  if (type === "NULL_TYPE") return { type, bytes: undefined };
  return { type, bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
}
