/**
 * Statements of accounts, servers, replication and SHOW. They are read by a grammar that is data (parser/administration-grammar.ts)
 * into a flat list of parts in the order of writing: words, names, strings, tables, accounts. `name` says which statement it
 * is; `partOf` and `hasWord` (administration.ts) find what a reader wants of it.
 */
import type { Commented } from "./commented.ts";
import type { AdministrationName, ShowName } from "../parser/administration-grammar.ts";
import type { Limit } from "./call.ts";
import type { Expression } from "./expression.ts";
import type { TableName } from "./query.ts";
import type { Account } from "./schema.ts";

export type AdministrationStatement = Administration | Show;

export interface Administration extends Commented {
  readonly kind: "Administration";
  /** The words it begins with: "CREATE USER", "CHANGE MASTER". */
  readonly name: AdministrationName;
  readonly parts: readonly AdministrationPiece[];
}

export interface Show extends Commented {
  readonly kind: "Show";
  /** What is shown: "TABLES", "CREATE TABLE", "VITESS_SHARDS". */
  readonly what: ShowName;
  readonly parts: readonly AdministrationPiece[];
}

/** What a list of parts is made of. */
export type AdministrationPiece = Words | Name | Filter | TableName | Account | Limit | Expression;

export type AdministrationPart = Words | Name | Filter;

/** Keywords and marks in capitals with one space between them: "IF NOT EXISTS". */
export interface Words {
  readonly kind: "Words";
  readonly text: string;
}
/** The name of a thing; `role` says of what: "database", "engine", "user" …. */
export interface Name {
  readonly kind: "Name";
  readonly role: string;
  readonly name: string;
}
/** LIKE 'pattern', or WHERE condition, of SHOW. */
export interface Filter {
  readonly kind: "Filter";
  readonly like: string | undefined;
  readonly where: Expression | undefined;
}
