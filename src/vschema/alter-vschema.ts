/**
 * ALTER VSCHEMA (inventory 4.050) on a keyspace's record: the record before and the statement in, the record after out.
 * The first vindex makes a keyspace sharded; tables without vindexes, and sequences, belong to unsharded ones. Whether
 * the result is a good VSchema is for `compileKeyspace` to say. Throws VT23013 with what stands in the way.
 */
import { clone, create } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import {
  AutoIncrementSchema,
  ColumnVindexSchema,
  type Keyspace,
  KeyspaceSchema,
  type Table,
  TableSchema,
  VindexSchema,
} from "../proto/generated/vschema_pb.js";
import type { AlterVSchema } from "../sqlparser/ast/vitess-ddl.ts";

export function alterVSchema(keyspace: string, before: Keyspace, statement: AlterVSchema): Keyspace {
  const after = clone(KeyspaceSchema, before);
  const change = changes[statement.action];
  change(after, statement, (why) => VtError.of("VT23013", keyspace, why));
  return after;
}

type Refuse = (why: string) => VtError;
type Change = (record: Keyspace, statement: AlterVSchema, refuse: Refuse) => void;

const tableOf = ({ table }: AlterVSchema) => must(table, "this action names a table").name;
const vindexOf = ({ vindex }: AlterVSchema) => must(vindex, "this action names a vindex").name;

function mustBeUnsharded({ sharded }: Keyspace, refuse: Refuse): void {
  if (sharded) throw refuse("it is sharded: its tables are added with a vindex (ALTER VSCHEMA ON … ADD VINDEX)");
}

function knownTable(record: Keyspace, name: string, refuse: Refuse): Table {
  const table = Object.hasOwn(record.tables, name) ? record.tables[name] : undefined;
  if (table === undefined) throw refuse(`it has no table ${name}`);
  return table;
}

const addTable =
  (type: string): Change =>
  (record, statement, refuse) => {
    const name = tableOf(statement);
    mustBeUnsharded(record, refuse);
    if (Object.hasOwn(record.tables, name)) throw refuse(`it has a table ${name} already`);
    record.tables[name] = create(TableSchema, { type });
  };

const dropTable: Change = (record, statement, refuse) => {
  const name = tableOf(statement);
  knownTable(record, name, refuse);
  delete record.tables[name];
};

/** Defines the statement's vindex; the parameter "owner" is a field of its own. */
function defineVindex(record: Keyspace, statement: AlterVSchema): void {
  const given = Object.fromEntries(statement.parameters.map(({ name, value }) => [name.toLowerCase(), value]));
  const { owner = "", ...params } = given;
  if (Object.keys(record.vindexes).length === 0) record.sharded = true;
  record.vindexes[vindexOf(statement)] = create(VindexSchema, { type: statement.type ?? "", params, owner });
}

const createVindex: Change = (record, statement, refuse) => {
  const name = vindexOf(statement);
  if (Object.hasOwn(record.vindexes, name)) throw refuse(`it has a vindex ${name} already`);
  if (statement.type === undefined) throw refuse(`vindex ${name} needs a type (USING …)`);
  defineVindex(record, statement);
};

const dropVindex: Change = (record, statement, refuse) => {
  const name = vindexOf(statement);
  if (!Object.hasOwn(record.vindexes, name)) throw refuse(`it has no vindex ${name}`);
  const user = Object.entries(record.tables).find(([, table]) => table.columnVindexes.some((one) => one.name === name));
  if (user !== undefined) throw refuse(`table ${user[0]} uses vindex ${name}`);
  delete record.vindexes[name];
};

/** ON table ADD VINDEX: with USING it defines the vindex too, unless one like it is there. */
const addTableVindex: Change = (record, statement, refuse) => {
  const [table, name] = [tableOf(statement), vindexOf(statement)];
  const present = Object.hasOwn(record.vindexes, name) ? record.vindexes[name] : undefined;
  if (present === undefined && statement.type === undefined) throw refuse(`it has no vindex ${name}`);
  if (present === undefined) defineVindex(record, statement);
  else if (statement.type !== undefined && !isSameVindex(record, statement))
    throw refuse(`it has another vindex ${name} already`);
  const changed = Object.hasOwn(record.tables, table) ? record.tables[table] : undefined;
  const made = changed ?? create(TableSchema);
  if (made.columnVindexes.some((one) => one.name === name)) throw refuse(`table ${table} has vindex ${name} already`);
  made.columnVindexes.push(create(ColumnVindexSchema, { name, columns: [...statement.columns] }));
  record.tables[table] = made;
};

function isSameVindex(record: Keyspace, statement: AlterVSchema): boolean {
  const name = vindexOf(statement);
  const text = ({ vindexes }: Keyspace) => {
    const { type, owner, params } = must(vindexes[name], "the vindex was just found");
    return JSON.stringify([type, owner, Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))]);
  };
  const other = clone(KeyspaceSchema, record);
  defineVindex(other, statement);
  return text(record) === text(other);
}

/** The last vindex takes the table along: without one a sharded keyspace cannot place its rows. */
const dropTableVindex: Change = (record, statement, refuse) => {
  const [name, vindex] = [tableOf(statement), vindexOf(statement)];
  const table = knownTable(record, name, refuse);
  const left = table.columnVindexes.filter((one) => one.name !== vindex);
  if (left.length === table.columnVindexes.length) throw refuse(`table ${name} has no vindex ${vindex}`);
  table.columnVindexes = left;
  if (left.length === 0) delete record.tables[name];
};

const addAutoIncrement: Change = (record, statement, refuse) => {
  const name = tableOf(statement);
  const table = knownTable(record, name, refuse);
  if (table.autoIncrement !== undefined) throw refuse(`table ${name} has auto_increment already`);
  const { schema, name: sequence } = must(statement.sequence, "this action names a sequence");
  const [column = ""] = statement.columns;
  const full = schema === undefined ? sequence : `${schema}.${sequence}`;
  table.autoIncrement = create(AutoIncrementSchema, { column, sequence: full });
};

const dropAutoIncrement: Change = (record, statement, refuse) => {
  const name = tableOf(statement);
  const table = knownTable(record, name, refuse);
  if (table.autoIncrement === undefined) throw refuse(`table ${name} has no auto_increment`);
  delete table.autoIncrement;
};

const changes: { readonly [action in AlterVSchema["action"]]: Change } = {
  "CREATE VINDEX": createVindex,
  "DROP VINDEX": dropVindex,
  "ADD TABLE": addTable(""),
  "DROP TABLE": dropTable,
  "ADD SEQUENCE": addTable("sequence"),
  "DROP SEQUENCE": dropTable,
  "ADD TABLE VINDEX": addTableVindex,
  "DROP TABLE VINDEX": dropTableVindex,
  "ADD AUTO_INCREMENT": addAutoIncrement,
  "DROP AUTO_INCREMENT": dropAutoIncrement,
};
