/**
 * The tables of the sidecar database `_vt`, with Vitess's names and columns (inventory 7.032–7.050: those in use).
 * To add one: a line here. A tablet makes and alters them at start; see `sidecar.ts`.
 */
import type { ColumnModel, TableModel } from "../../schema/table.ts";

const column = (name: string, type: string): ColumnModel => ({ name, type, isNullable: false });
const optional = (name: string, type: string): ColumnModel => ({ name, type, isNullable: true });
const named = (name: string, type: string): ColumnModel => ({ ...column(name, type), collation: "utf8mb3_bin" });

export const sidecarName = "_vt";

export const sidecarTables: readonly TableModel[] = [
  {
    // One row for each change of primary: who, why, and where the new primary's history began.
    name: "reparent_journal",
    columns: [
      column("time_created_ns", "bigint unsigned"),
      column("action_name", "varbinary(255)"),
      column("primary_alias", "varbinary(255)"),
      optional("replication_position", "varbinary(64000)"),
    ],
    primaryKey: ["time_created_ns"],
  },
  {
    // Written by the primary; a replica reads its own copy to know how old its data is.
    name: "heartbeat",
    columns: [
      column("keyspaceShard", "varbinary(256)"),
      column("tabletUid", "int unsigned"),
      column("ts", "bigint unsigned"),
    ],
    primaryKey: ["keyspaceShard"],
  },
  {
    // A write that proves that semi-sync acknowledgements arrive.
    name: "semisync_heartbeat",
    columns: [column("ts", "bigint unsigned")],
    primaryKey: ["ts"],
  },
  {
    // The schema that gateways were last told of, so that they are told only of what changed.
    name: "tables",
    columns: [
      named("TABLE_SCHEMA", "varchar(64)"),
      named("TABLE_NAME", "varchar(64)"),
      optional("CREATE_STATEMENT", "longtext"),
      optional("CREATE_TIME", "bigint"),
    ],
    primaryKey: ["TABLE_SCHEMA", "TABLE_NAME"],
  },
  {
    name: "views",
    columns: [
      named("TABLE_SCHEMA", "varchar(64)"),
      named("TABLE_NAME", "varchar(64)"),
      optional("CREATE_STATEMENT", "longtext"),
      column("VIEW_DEFINITION", "longtext"),
    ],
    primaryKey: ["TABLE_SCHEMA", "TABLE_NAME"],
  },
  {
    name: "udfs",
    columns: [
      named("FUNCTION_NAME", "varchar(128)"),
      named("FUNCTION_RETURN_TYPE", "varchar(20)"),
      named("FUNCTION_TYPE", "varchar(20)"),
    ],
    primaryKey: ["FUNCTION_NAME"],
  },
];
