/**
 * The AST: one union of readonly plain objects, told apart by `kind`. A node is never changed; rewriting answers new
 * nodes that share what stayed the same. Every field is always there: what a statement leaves out is `undefined`, an
 * empty list or false. Nodes carry no positions. `parse(print(node))` deep-equals `node` (but for SelectItem.text).
 *
 * To add a kind: its interface and a place in its family's union (ast/*.ts); then the tables of children (children.ts),
 * printers (printer.ts) and privileges do not compile until it has its line.
 */
import type { AdministrationPart, AdministrationStatement } from "./ast/administration.ts";
import type { CallPart } from "./ast/call.ts";
import type { Delete, DmlPart, DmlStatement, Insert, Update } from "./ast/dml.ts";
import type { Expression, When } from "./ast/expression.ts";
import type { ProgramPart, ProgramStatement } from "./ast/program.ts";
import type { Query, QueryPart } from "./ast/query.ts";
import type { SchemaPart, SchemaStatement } from "./ast/schema.ts";
import type { SessionPart, SessionStatement } from "./ast/session.ts";
import type { TablePart, TableStatement } from "./ast/table.ts";
import type { VitessStatement } from "./ast/vitess.ts";
import type { VitessDdlPart, VitessDdlStatement } from "./ast/vitess-ddl.ts";

/** Statements that keep comments where they stand, or none. */
export type StatementWithin = Query | Insert | Update | Delete | ProgramStatement;

/** All others. */
export type PlainStatement =
  | Exclude<DmlStatement, StatementWithin>
  | SessionStatement
  | VitessStatement
  | TableStatement
  | SchemaStatement
  | AdministrationStatement
  | VitessDdlStatement;

/** What a client may send. */
export type Statement = StatementWithin | PlainStatement;

export type Node =
  | Statement
  | Expression
  | When
  | CallPart
  | QueryPart
  | DmlPart
  | SessionPart
  | TablePart
  | SchemaPart
  | ProgramPart
  | AdministrationPart
  | VitessDdlPart;

export type Kind = Node["kind"];
export type NodeOf<K extends Kind> = Extract<Node, { readonly kind: K }>;
