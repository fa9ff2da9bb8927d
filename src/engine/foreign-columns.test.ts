/** Types of another keyspace's columns as definitions. That servers take them for the same: parity.live.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeColumn } from "../sqltypes/column-packet.ts";
import type { Column } from "../sqltypes/result.ts";
import { checkMembers, emptyTable } from "./foreign-columns.ts";

const column = (type: Column["type"], more: Partial<Column> = {}): Column => ({ ...madeColumn("x", type), ...more });

function definitionOf(one: Column, cellMax = 0): string {
  const text = emptyTable("mysql", [one], [{ collation: "latin1_bin", definition: undefined }], [cellMax]);
  return /columns \(c0 (.*) path '/.exec(text)?.[1] ?? text;
}

test("types are as the columns say", () => {
  assert.equal(definitionOf(column("DECIMAL", { columnLength: 10, decimals: 2, flags: 0 })), "decimal(8,2)");
  assert.equal(definitionOf(column("DECIMAL", { columnLength: 9, decimals: 2, flags: 32 })), "decimal(8,2)");
  assert.equal(definitionOf(column("UINT64")), "bigint unsigned");
  assert.equal(definitionOf(column("FLOAT64", { decimals: 31 })), "double");
  assert.equal(definitionOf(column("DATETIME", { decimals: 3 })), "DATETIME(3)");
  const text = column("VARCHAR", { columnLength: 40 });
  assert.equal(definitionOf(text), "varchar(10) character set latin1 collate latin1_bin");
  assert.equal(definitionOf(text, 25), "varchar(25) character set latin1 collate latin1_bin");
});

test("what a server cannot be told is refused", () => {
  assert.throws(() => checkMembers("mariadb", column("ENUM"), "enum('a')"), /VT12001/);
  assert.throws(() => checkMembers("mysql", column("ENUM"), undefined), /VT12001/);
  checkMembers("mysql", column("ENUM"), "enum('a')");
  assert.throws(() => definitionOf(column("CHAR", { flags: 32 })), /VT12001/);
});
