/** Where the rows of a query go besides the client: what its text says, found before it is planned. */
import { ServerError } from "../base/errors.ts";
import { setsInsertId } from "../planner/session-hazards.ts";
import type { Statement } from "../sqlparser/ast.ts";

export interface RowTarget {
  /** SELECT … INTO @a: variables, in small letters, that take the only row in the client's place. */
  readonly variables: readonly string[] | undefined;
  /** LAST_INSERT_ID(expression): the column whose last value LAST_INSERT_ID() answers from then on. */
  readonly insertIdColumn: number | undefined;
}

/** Undefined: to the client alone. */
export function rowTargetOf(statement: Statement): RowTarget | undefined {
  const variables = variablesOf(statement);
  const insertIdColumn = insertIdColumnOf(statement);
  return variables === undefined && insertIdColumn === undefined ? undefined : { variables, insertIdColumn };
}

/** The query whose rows they are. */
export function withoutTarget(statement: Statement, { variables }: RowTarget): Statement {
  return variables === undefined ? statement : ({ ...statement, into: undefined } as Statement);
}

function variablesOf(statement: Statement): readonly string[] | undefined {
  const into = "into" in statement ? statement.into : undefined;
  if (into?.kind !== "Into" || into.target !== "VARIABLES") return undefined;
  return into.variables.map((variable) => {
    if (variable.kind === "LocalVariable")
      throw new ServerError(1327, "42000", `Undeclared variable: ${variable.name}`);
    return variable.name.toLowerCase();
  });
}

/** Only a column of its own: nobody could say which value a server saw last elsewhere. */
function insertIdColumnOf(statement: Statement): number | undefined {
  if (statement.kind !== "Select") return undefined;
  const at = statement.items.findIndex(
    (item) => item.kind === "SelectItem" && item.expression.kind === "Call" && setsInsertId(item.expression),
  );
  const isCounted = statement.items.slice(0, at).every(({ kind }) => kind === "SelectItem");
  return at >= 0 && isCounted ? at : undefined;
}
