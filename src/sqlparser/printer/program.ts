/** Printers of what the bodies of stored programs are made of. */
import type { For, ProgramPart, ProgramStatement } from "../ast/program.ts";
import type { Statement } from "../ast.ts";
import type { Printer, Printers } from "../printer.ts";
import { quoteName } from "../quote.ts";

function printLabel(label: string | undefined, out: Printer): void {
  if (label !== undefined) out.write(`${quoteName(label)}: `);
}

/** Each with its semicolon. */
function printStatements(statements: readonly Statement[], out: Printer): void {
  for (const statement of statements) {
    out.write(" ");
    out.node(statement);
    out.write(";");
  }
}

function printOtherwise(statements: readonly Statement[] | undefined, out: Printer): void {
  if (statements === undefined) return;
  out.write(" else");
  printStatements(statements, out);
}

function printFor(node: For, out: Printer): void {
  printLabel(node.label, out);
  out.write(`for ${quoteName(node.variable)} in `);
  if (node.reverse) out.write("reverse ");
  out.optional("", node.low);
  out.optional(" .. ", node.high);
  out.optionalName("", node.cursor);
  out.optionalList("(", node.arguments, ")");
  out.optional("(", node.query, ")");
  out.write(" do");
  printStatements(node.statements, out);
  out.write(" end for");
}

export const programPrinters: Printers<ProgramStatement | ProgramPart> = {
  Block: ({ label, notAtomic, statements }, out) => {
    printLabel(label, out);
    out.write(notAtomic ? "begin not atomic" : "begin");
    printStatements(statements, out);
    out.write(" end");
  },
  DeclareVariables: ({ names, type, default: value }, out) => {
    out.write(`declare ${names.map(quoteName).join(", ")} `);
    out.node(type);
    out.optional(" default ", value);
  },
  DeclareCondition: ({ name, value }, out) => out.optional(`declare ${quoteName(name)} condition for `, value),
  ConditionValue: ({ what, value }, out) => {
    if (what === "SQLSTATE") out.optionalString("sqlstate ", value);
    else if (what === "errno") out.write(value);
    else if (what === "name") out.name(value);
    else out.write(what.toLowerCase());
  },
  DeclareCursor: ({ name, parameters, query }, out) => {
    out.write(`declare ${quoteName(name)} cursor`);
    out.optionalList("(", parameters, ")");
    out.optional(" for ", query);
  },
  DeclareHandler: ({ action, conditions, body }, out) => {
    out.optionalList(`declare ${action.toLowerCase()} handler for `, conditions);
    out.optional(" ", body);
  },
  If: ({ branches, otherwise }, out) => {
    for (const [i, branch] of branches.entries()) {
      out.write(i === 0 ? "if " : " elseif ");
      out.node(branch);
    }
    printOtherwise(otherwise, out);
    out.write(" end if");
  },
  Branch: ({ condition, statements }, out) => {
    out.node(condition);
    out.write(" then");
    printStatements(statements, out);
  },
  CaseStatement: ({ operand, branches, otherwise }, out) => {
    out.write("case");
    out.optional(" ", operand);
    for (const branch of branches) out.optional(" when ", branch);
    printOtherwise(otherwise, out);
    out.write(" end case");
  },
  Loop: ({ label, statements }, out) => {
    printLabel(label, out);
    out.write("loop");
    printStatements(statements, out);
    out.write(" end loop");
  },
  While: ({ label, condition, statements }, out) => {
    printLabel(label, out);
    out.optional("while ", condition, " do");
    printStatements(statements, out);
    out.write(" end while");
  },
  Repeat: ({ label, statements, until }, out) => {
    printLabel(label, out);
    out.write("repeat");
    printStatements(statements, out);
    out.optional(" until ", until, " end repeat");
  },
  For: printFor,
  Leave: ({ label }, out) => out.optionalName("leave ", label),
  Iterate: ({ label }, out) => out.optionalName("iterate ", label),
  Return: ({ value }, out) => out.optional("return ", value),
  OpenCursor: ({ name, arguments: given }, out) => {
    out.optionalName("open ", name);
    out.optionalList("(", given, ")");
  },
  FetchCursor: ({ groupNextRow, name, variables }, out) => {
    out.write(groupNextRow ? "fetch group next row" : "fetch");
    out.optionalName(" ", name);
    out.optionalList(" into ", variables);
  },
  CloseCursor: ({ name }, out) => out.optionalName("close ", name),
  Signal: ({ resignal, condition, items }, out) => {
    out.write(resignal ? "resignal" : "signal");
    out.optional(" ", condition);
    out.optionalList(" set ", items);
  },
  SignalItem: ({ name, value }, out) => out.optional(`${name.toLowerCase()} = `, value),
  GetDiagnostics: ({ area, condition, items }, out) => {
    out.write("get");
    out.words(area);
    out.write(" diagnostics");
    out.optional(" condition ", condition);
    out.optionalList(" ", items);
  },
  DiagnosticsItem: ({ target, name }, out) => {
    out.node(target);
    out.write(` = ${name.toLowerCase()}`);
  },
};
