/** MariaDB's packages: CREATE PACKAGE and CREATE PACKAGE BODY. */
import type { Bare } from "../ast/commented.ts";
import type { CreatePackage, PackageRoutine } from "../ast/schema.ts";
import type { Statement } from "../ast.ts";
import type { DefinitionHead } from "./create.ts";
import { acceptIfNotExists, parseProgramName } from "./names.ts";
import type { Parser } from "./parser.ts";
import { parseBody, parseDeclaration } from "./program.ts";
import { parseParameters, parseReturns, parseRoutineOptions } from "./routine.ts";

/** Stands at PACKAGE. */
export function parseCreatePackage(p: Parser, { replace, definer }: DefinitionHead): Bare<CreatePackage> {
  p.next();
  const body = p.accept("BODY");
  const ifNotExists = acceptIfNotExists(p);
  const name = parseProgramName(p);
  const options = parseRoutineOptions(p);
  const declarations: Statement[] = [];
  const routines: PackageRoutine[] = [];
  while (body && p.token === "DECLARE") {
    declarations.push(parseDeclaration(p));
    p.expect(";");
  }
  while (p.token === "PROCEDURE" || p.token === "FUNCTION") {
    routines.push(parsePackageRoutine(p, body));
    p.expect(";");
  }
  p.expect("END");
  return { kind: "CreatePackage", replace, definer, body, ifNotExists, name, options, declarations, routines };
}

function parsePackageRoutine(p: Parser, hasBody: boolean): PackageRoutine {
  const what = p.expectOneOf("PROCEDURE", "FUNCTION");
  const name = p.identifier();
  const parameters = p.token === "(" ? parseParameters(p, what) : [];
  const returns = what === "FUNCTION" ? parseReturns(p) : undefined;
  const options = parseRoutineOptions(p);
  const isDeclaration = !hasBody || p.token === ";";
  return {
    kind: "PackageRoutine",
    what,
    name,
    parameters,
    returns,
    options,
    body: isDeclaration ? undefined : parseBody(p),
  };
}
