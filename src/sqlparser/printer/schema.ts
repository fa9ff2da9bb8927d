/** Printers of databases, views, sequences, triggers, events and routines. */
import type {
  Account,
  AlterEvent,
  CreateEvent,
  CreatePackage,
  CreateRoutine,
  CreateView,
  PackageRoutine,
  RoutineOptions,
  SchemaPart,
  SchemaStatement,
} from "../ast/schema.ts";
import type { Printer, Printers } from "../printer.ts";
import { quoteName } from "../quote.ts";
import { printOptions, printWait } from "./table.ts";

/** create or replace definer = account: what begins the definition of a program. */
function printHead(replace: boolean, definer: Account | undefined, out: Printer): void {
  out.write(replace ? "create or replace " : "create ");
  out.optional("definer = ", definer, " ");
}

function printView(node: CreateView, out: Printer): void {
  out.write(node.alter ? "alter" : "create");
  if (node.replace) out.write(" or replace");
  if (node.algorithm !== undefined) out.write(` algorithm = ${node.algorithm.toLowerCase()}`);
  if (node.materialized) out.write(" materialized");
  out.optional(" definer = ", node.definer);
  if (node.security !== undefined) out.write(` sql security ${node.security.toLowerCase()}`);
  if (node.duality) out.write(" json relational duality");
  out.write(" view ");
  if (node.ifNotExists) out.write("if not exists ");
  out.node(node.view);
  out.names("", node.columns);
  out.optional(" as ", node.query);
  if (node.checkOption === undefined) return;
  out.write(" with");
  if (node.checkOption !== "") out.words(node.checkOption);
  out.write(" check option");
}

function printEventClauses(node: CreateEvent | AlterEvent, out: Printer): void {
  out.optional(" on schedule ", node.schedule);
  if (node.preserve !== undefined) out.write(node.preserve ? " on completion preserve" : " on completion not preserve");
  if (node.kind === "AlterEvent") out.optional(" rename to ", node.renameTo);
  if (node.state !== undefined) printState(node.state, out);
  out.optionalString(" comment ", node.comment);
  out.optional(" do ", node.body);
}

/** MariaDB knows no REPLICA here. */
function printState(state: string, out: Printer): void {
  out.words(state === "DISABLE ON REPLICA" && out.rules.mariadb ? "disable on slave" : state);
}

function printRoutineOptions(node: RoutineOptions, out: Printer): void {
  if (node.language !== undefined) out.write(` language ${node.language.toLowerCase()}`);
  if (node.deterministic !== undefined) out.write(node.deterministic ? " deterministic" : " not deterministic");
  out.words(node.access);
  if (node.security !== undefined) out.write(` sql security ${node.security.toLowerCase()}`);
  out.optionalString(" comment ", node.comment);
  out.optionalList(" using (", node.libraries, ")");
}

function printSignature(node: CreateRoutine | PackageRoutine, out: Printer): void {
  out.write("(");
  out.list(node.parameters);
  out.write(")");
  out.optional(" returns ", node.returns);
  out.node(node.options);
  out.optional(" ", node.body);
}

function printRoutine(node: CreateRoutine, out: Printer): void {
  printHead(node.replace, node.definer, out);
  if (node.aggregate) out.write("aggregate ");
  out.write(`${node.what.toLowerCase()} `);
  if (node.ifNotExists) out.write("if not exists ");
  out.node(node.name);
  printSignature(node, out);
  out.optionalString(" as ", node.source);
}

function printPackage(node: CreatePackage, out: Printer): void {
  printHead(node.replace, node.definer, out);
  out.write(node.body ? "package body " : "package ");
  if (node.ifNotExists) out.write("if not exists ");
  out.node(node.name);
  out.node(node.options);
  for (const part of [...node.declarations, ...node.routines]) {
    out.write(" ");
    out.node(part);
    out.write(";");
  }
  out.write(" end");
}

export const schemaPrinters: Printers<SchemaStatement | SchemaPart> = {
  Account: ({ current, name, host }, out) => {
    if (current !== undefined) return out.write(current.toLowerCase());
    out.string(name);
    out.optionalString("@", host);
  },
  CreateDatabase: ({ replace, ifNotExists, name, options }, out) => {
    out.write("create");
    out.write(`${replace ? " or replace" : ""} database ${ifNotExists ? "if not exists " : ""}${quoteName(name)}`);
    printOptions(options, out);
  },
  AlterDatabase: ({ name, upgrade, options }, out) => {
    out.write("alter database");
    out.optionalName(" ", name);
    if (upgrade) out.write(" upgrade data directory name");
    printOptions(options, out);
  },
  DropDatabase: ({ ifExists, name }, out) => {
    out.write("drop");
    out.write(` database ${ifExists ? "if exists " : ""}${quoteName(name)}`);
  },
  CreateView: printView,
  DropView: ({ ifExists, views, behaviour }, out) => {
    out.write("drop");
    out.optionalList(` view ${ifExists ? "if exists " : ""}`, views);
    out.words(behaviour);
  },
  CreateSequence: ({ replace, temporary, ifNotExists, sequence, type, options, tableOptions }, out) => {
    out.write(`create${replace ? " or replace" : ""}${temporary ? " temporary" : ""} sequence `);
    if (ifNotExists) out.write("if not exists ");
    out.node(sequence);
    out.optional(" as ", type);
    printOptions([...options, ...tableOptions], out);
  },
  AlterSequence: ({ ifExists, sequence, type, options }, out) => {
    out.optional(`alter sequence ${ifExists ? "if exists " : ""}`, sequence);
    out.optional(" as ", type);
    printOptions(options, out);
  },
  DropSequence: ({ temporary, ifExists, sequences, wait }, out) => {
    out.optionalList(`drop${temporary ? " temporary" : ""} sequence ${ifExists ? "if exists " : ""}`, sequences);
    printWait(wait, out);
  },
  CreateTrigger: (node, out) => {
    printHead(node.replace, node.definer, out);
    out.write(`trigger ${node.ifNotExists ? "if not exists " : ""}`);
    out.node(node.name);
    out.write(` ${node.time.toLowerCase()} ${node.event.toLowerCase()} on `);
    out.node(node.table);
    out.write(" for each row");
    out.words(node.order);
    out.optional(" ", node.other);
    out.optional(" ", node.body);
  },
  Schedule: ({ at, every, starts, ends }, out) => {
    out.optional("at ", at);
    if (every !== undefined) {
      out.optional("every ", every.amount);
      out.words(every.unit);
    }
    out.optional(" starts ", starts);
    out.optional(" ends ", ends);
  },
  CreateEvent: (node, out) => {
    printHead(node.replace, node.definer, out);
    out.optional(`event ${node.ifNotExists ? "if not exists " : ""}`, node.name);
    printEventClauses(node, out);
  },
  AlterEvent: (node, out) => {
    out.write("alter ");
    out.optional("definer = ", node.definer, " ");
    out.optional("event ", node.name);
    printEventClauses(node, out);
  },
  RoutineOptions: printRoutineOptions,
  LibraryUse: ({ library, alias }, out) => {
    out.node(library);
    out.optionalName(" as ", alias);
  },
  Parameter: ({ mode, name, type, default: value }, out) => {
    if (mode !== undefined) out.write(`${mode.toLowerCase()} `);
    out.name(name);
    out.optional(" ", type);
    out.optional(" default ", value);
  },
  CreateRoutine: printRoutine,
  CreateLoadableFunction: ({ replace, aggregate, ifNotExists, name, returns, library }, out) => {
    out.write(`create ${replace ? "or replace " : ""}${aggregate ? "aggregate " : ""}function `);
    out.write(`${ifNotExists ? "if not exists " : ""}${quoteName(name)} returns ${returns.toLowerCase()}`);
    out.optionalString(" soname ", library);
  },
  AlterRoutine: ({ what, name, options }, out) => {
    out.optional(`alter ${what.toLowerCase()} `, name);
    out.node(options);
  },
  CreatePackage: printPackage,
  PackageRoutine: (node, out) => {
    out.write(`${node.what.toLowerCase()} ${quoteName(node.name)}`);
    printSignature(node, out);
  },
  DropProgram: ({ what, ifExists, name }, out) =>
    out.optional(`drop ${what.toLowerCase()} ${ifExists ? "if exists " : ""}`, name),
};
