/** Printers of statements about the session, and of Vitess's own. */
import type { Commit, Explain, Kill, SessionPart, SessionStatement, Set, SetNames, Xa } from "../ast/session.ts";
import type { VitessStatement } from "../ast/vitess.ts";
import type { Printer, Printers } from "../printer.ts";
import { isReservedAnywhere } from "../keywords.ts";
import { quoteName } from "../quote.ts";

function printCompletion(out: Printer, { chain, release }: Pick<Commit, "chain" | "release">): void {
  if (chain !== undefined) out.write(chain ? " and chain" : " and no chain");
  if (release !== undefined) out.write(release ? " release" : " no release");
}

function printSet(node: Set, out: Printer): void {
  out.write("set");
  if (node.statement !== undefined) out.write(" statement");
  out.optionalList(" ", node.assignments);
  out.optional(" for ", node.statement);
}

function printSetNames({ what, charset, collation }: SetNames, out: Printer): void {
  out.write(what.toLowerCase());
  out.write(charset === undefined ? " default" : ` ${charset === "binary" ? charset : quoteName(charset)}`);
  if (collation !== undefined) out.write(` collate ${collation === "binary" ? collation : quoteName(collation)}`);
}

function printXa({ action, xid, option }: Xa, out: Printer): void {
  out.write("xa");
  out.words(action);
  out.optional(" ", xid);
  if (option === "FORMAT RAW") out.write(" format = raw");
  else if (option === "FORMAT SQL") out.write(" format = sql");
  else out.words(option);
}

function printFormat(out: Printer, format: string | undefined): void {
  if (format === undefined) return;
  out.write(" format = ");
  if (/^[A-Z_]+$/.test(format)) out.name(format.toLowerCase());
  else out.string(format);
}

function printExplain(node: Explain, out: Printer): void {
  out.write(node.analyze && out.rules.mariadb ? "analyze" : node.analyze ? "explain analyze" : "explain");
  out.words(node.extra);
  printFormat(out, node.format);
  out.optional(" into ", node.into);
  out.optionalName(" for schema ", node.schema);
  out.optional(" ", node.statement);
}

function printKill(node: Kill, out: Printer): void {
  out.write("kill");
  out.words(node.severity);
  out.words(node.what);
  out.optional(" ", node.connection);
  if ((node.what === "USER" || node.what === "QUERY USER") && node.user === undefined) out.write(" current_user");
  out.optionalString(" ", node.user);
  out.optionalString("@", node.host);
}

export const sessionPrinters: Printers<SessionStatement | SessionPart | VitessStatement> = {
  Begin: ({ consistentSnapshot, access }, out) => {
    const options = [consistentSnapshot ? "with consistent snapshot" : "", access?.toLowerCase() ?? ""];
    const given = options.filter((option) => option !== "").join(", ");
    out.write(given === "" ? "start transaction" : `start transaction ${given}`); // BEGIN is a block in programs.
  },
  Commit: (node, out) => {
    out.write("commit");
    printCompletion(out, node);
  },
  Rollback: (node, out) => {
    out.write("rollback");
    out.optionalName(" to ", node.savepoint);
    printCompletion(out, node);
  },
  Savepoint: ({ name }, out) => out.optionalName("savepoint ", name),
  ReleaseSavepoint: ({ name }, out) => out.optionalName("release savepoint ", name),
  SetTransaction: ({ scope, isolation, access }, out) => {
    out.write("set");
    out.words(scope);
    out.write(" transaction");
    if (isolation !== undefined) out.write(` isolation level ${isolation.toLowerCase()}`);
    if (access !== undefined) out.write(`${isolation === undefined ? "" : ","} ${access.toLowerCase()}`);
  },
  Xa: printXa,
  Xid: ({ globalId, branch, format }, out) => {
    out.node(globalId);
    out.optional(", ", branch);
    if (format !== undefined) out.write(`, ${format}`);
  },
  LockTables: ({ tables, waitSeconds }, out) => {
    out.optionalList("lock tables ", tables);
    if (waitSeconds !== undefined) out.write(` wait ${waitSeconds}`);
  },
  TableLock: ({ table, alias, lock }, out) => {
    out.node(table);
    out.optionalName(" as ", alias);
    out.words(lock);
  },
  UnlockTables: (_, out) => out.write("unlock tables"),
  LockInstance: ({ lock }, out) => out.write(lock ? "lock instance for backup" : "unlock instance"),
  Set: printSet,
  SetVariable: ({ target, value }, out) => {
    out.node(target);
    out.write(" = ");
    // Some reserved words are values of SET: ON, ALL, ROW, SYSTEM, BINARY.
    const isWord = value.kind === "Column" && value.table === undefined && isReservedAnywhere(value.name);
    if (isWord) out.write(value.name);
    else out.node(value);
  },
  BareVariable: ({ qualifier, name }, out) => {
    if (qualifier !== undefined)
      out.write(qualifier.toUpperCase() === "DEFAULT" ? "default." : `${quoteName(qualifier)}.`);
    out.name(name);
  },
  SetNames: printSetNames,
  Prepare: ({ name, source }, out) => {
    out.optionalName("prepare ", name);
    out.optional(" from ", source);
  },
  Execute: ({ name, using }, out) => {
    out.optionalName("execute ", name);
    out.optionalList(" using ", using);
  },
  Deallocate: ({ name }, out) => out.optionalName("deallocate prepare ", name),
  ExecuteImmediate: ({ source, using }, out) => {
    out.optional("execute immediate ", source);
    out.optionalList(" using ", using);
  },
  Explain: printExplain,
  ExplainConnection: ({ format, connection }, out) => {
    out.write("explain");
    printFormat(out, format);
    out.optional(" for connection ", connection);
  },
  DescribeTable: ({ table, column }, out) => {
    out.optional("describe ", table);
    out.optionalString(" ", column);
  },
  Use: ({ database }, out) => out.optionalName("use ", database),
  Kill: printKill,
  VExplain: ({ what, statement }, out) => out.optional(`vexplain ${what.toLowerCase()} `, statement),
  Stream: ({ table }, out) => {
    out.write("stream");
    out.optional(" * from ", table);
  },
  VStream: ({ table, where, limit }, out) => {
    out.write("vstream");
    out.optional(" * from ", table);
    out.optional(" where ", where);
    out.optional(" ", limit);
  },
};
