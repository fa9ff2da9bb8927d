/** Vitess's statements about VSchema and schema migrations. */
import type { Commented } from "./commented.ts";
import type { TableName } from "./query.ts";

export type VitessDdlStatement = AlterVSchema | AlterMigration | Revert;

export interface AlterVSchema extends Commented {
  readonly kind: "AlterVSchema";
  readonly action:
    | "CREATE VINDEX"
    | "DROP VINDEX"
    | "ADD TABLE"
    | "DROP TABLE"
    | "ADD SEQUENCE"
    | "DROP SEQUENCE"
    /** ON table … */
    | "ADD TABLE VINDEX"
    | "DROP TABLE VINDEX"
    | "ADD AUTO_INCREMENT"
    | "DROP AUTO_INCREMENT";
  /** The table or sequence. */
  readonly table: TableName | undefined;
  /** keyspace.name, or the name alone. */
  readonly vindex: TableName | undefined;
  readonly type: string | undefined;
  readonly columns: readonly string[];
  readonly parameters: readonly VindexParameter[];
  readonly sequence: TableName | undefined;
}

export interface VindexParameter {
  readonly kind: "VindexParameter";
  readonly name: string;
  readonly value: string;
}

/** ALTER VITESS_MIGRATION 'uuid' action, ALTER VITESS_MIGRATION action ALL, … CONTEXT 'context'. */
export interface AlterMigration extends Commented {
  readonly kind: "AlterMigration";
  readonly action:
    | "RETRY"
    | "CLEANUP"
    | "LAUNCH"
    | "COMPLETE"
    | "POSTPONE COMPLETE"
    | "CANCEL"
    | "THROTTLE"
    | "UNTHROTTLE"
    | "FORCE_CUTOVER"
    | "CUTOVER_THRESHOLD";
  readonly scope: "one" | "all" | "context";
  readonly migration: string | undefined;
  readonly context: string | undefined;
  readonly shards: string | undefined;
  readonly expire: string | undefined;
  readonly ratio: string | undefined;
  readonly threshold: string | undefined;
}

export interface Revert extends Commented {
  readonly kind: "Revert";
  readonly migration: string;
}

export type VitessDdlPart = VindexParameter;
