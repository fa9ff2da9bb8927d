/**
 * What a statement's tree says that its text alone does not: Vitess's name of its plan, its tables, the privileges it
 * needs, whether equal ones may share an answer, and which rows it will lock. Parsing costs more than running a small
 * statement, so it is done once per text and only where somebody asks.
 */
import type { Node, Statement } from "../../sqlparser/ast.ts";
import { type Environment, mysqlEnvironment } from "../../sqlparser/environment.ts";
import { parse, print } from "../../sqlparser/parse.ts";
import { privilegesOf } from "../../sqlparser/privileges.ts";
import type { Needs } from "../../sqlparser/privileges-need.ts";
import { findAll, walk } from "../../sqlparser/walk.ts";
import { directivesOf } from "../../sqlparser/directives.ts";
import type { PlanType } from "./plan-type.ts";
import { isForeignMode, sqlModeSet, syntaxChange } from "./syntax-changes.ts";

export interface StatementFacts {
  readonly planType: PlanType;
  /** Without their databases, each once. */
  readonly tables: readonly string[];
  readonly needs: Needs;
  /** Equal ones that run at the same time may share one answer. */
  readonly isShareable: boolean;
  /** Of an UPDATE or DELETE of one table: what picks its rows, with its binds. */
  readonly lockedRows: string | undefined;
  /** What it sets that would make the server read texts otherwise than our parser. */
  readonly syntaxChange: string | undefined;
  /** The sql_mode that it gives its session. */
  readonly sqlModeSet: string | undefined;
}

const unknownFacts: StatementFacts = {
  planType: "OtherRead",
  tables: [],
  needs: "unknown",
  isShareable: false,
  lockedRows: undefined,
  syntaxChange: undefined,
  sqlModeSet: undefined,
};

/** A text that cannot be parsed needs what nobody has; the server will say what is wrong with it. */
export function statementFacts(text: string, environment: Environment = mysqlEnvironment): StatementFacts {
  let tree: Statement;
  try {
    tree = parse(text, environment);
  } catch {
    return unknownFacts;
  }
  const tables = new Set(findAll(tree, "TableName").map(({ name }) => name));
  return {
    planType: planTypes[tree.kind]?.(tree) ?? "OtherRead",
    tables: [...tables],
    needs: isForeignMode(environment.sqlMode) ? "unknown" : neededFor(tree, privilegesOf(tree)),
    isShareable: isShareable(tree),
    lockedRows: lockedRows(tree),
    syntaxChange: syntaxChange(tree),
    sqlModeSet: sqlModeSet(tree),
  };
}

const always = (type: PlanType) => () => type;
const lockCalls = new Set("get_lock release_lock release_all_locks is_free_lock is_used_lock".split(" "));
const select = (tree: Node): PlanType => {
  if (findAll(tree, "NextValues").length > 0) return "Nextval";
  const locks = findAll(tree, "Call").some(
    ({ schema, name }) => schema === undefined && lockCalls.has(name.toLowerCase()),
  );
  return locks ? "SelectLockFunc" : "Select";
};
const administration = (tree: Node): PlanType =>
  tree.kind === "Administration" && tree.name.startsWith("FLUSH") ? "Flush" : "OtherAdmin";
const limited = (with_: PlanType, without: PlanType) => (tree: Node) =>
  "limit" in tree && tree.limit !== undefined ? with_ : without;

const planTypes: Partial<Record<Statement["kind"], (tree: Node) => PlanType>> = {
  Select: select,
  SetOperation: always("Select"),
  ValuesQuery: always("Select"),
  TableQuery: always("Select"),
  Wrapped: select,
  Insert: always("Insert"),
  Update: limited("UpdateLimit", "Update"),
  Delete: limited("DeleteLimit", "Delete"),
  Set: always("Set"),
  SetTransaction: always("Set"),
  Savepoint: always("Savepoint"),
  ReleaseSavepoint: always("Release"),
  Rollback: always("SRollback"),
  Show: always("Show"),
  LoadFile: always("Load"),
  UnlockTables: always("UnlockTables"),
  CallProcedure: always("CallProc"),
  CreateTable: always("DDL"),
  AlterTable: always("DDL"),
  DropTable: always("DDL"),
  RenameTables: always("DDL"),
  TruncateTable: always("DDL"),
  CreateIndex: always("DDL"),
  DropIndex: always("DDL"),
  CreateView: always("DDL"),
  DropView: always("DDL"),
  CreateSequence: always("DDL"),
  AlterSequence: always("DDL"),
  DropSequence: always("DDL"),
  CreateDatabase: always("DDL"),
  AlterDatabase: always("DDL"),
  DropDatabase: always("DDL"),
  CreateTrigger: always("DDL"),
  CreateRoutine: always("DDL"),
  Administration: administration,
};

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Only what is known to answer the same each time; what is not in these lists runs alone. */
const shareableKinds = words(`
  Select SetOperation Wrapped With CommonTable SelectItem GroupBy Limit OrderItem Star
  Table TableName IndexHint Join TableGroup Derived Subquery Exists
  Literal Null Introduced Bind ListBind Column Row Case When Collate Cast CastType
  Unary Not Binary Comparison Quantified And Or Xor Is In Between Like
  Aggregate GroupConcat JsonExtract Interval Call
`);
const shareableCalls = words(`
  abs ceil ceiling floor round truncate mod sign power pow sqrt greatest least
  concat concat_ws lower lcase upper ucase length char_length left right substring
  substr trim ltrim rtrim replace reverse repeat lpad rpad instr locate hex
  unhex md5 sha1 sha2 crc32 if ifnull nullif coalesce isnull field elt
  date year month day hour minute second date_format date_add date_sub datediff
  json_extract json_unquote json_value json_contains json_length
`);

/**
 * As Vitess asks: a sequence's next value is a write, and an UPDATE or DELETE that answers no rows and asks nothing else
 * reads its own tables on the way to writing them, for which the right to write is enough.
 */
function neededFor(tree: Statement, needs: Needs): Needs {
  if (needs === "unknown") return needs;
  if (findAll(tree, "NextValues").length > 0)
    return needs.map((need) => (need.privilege === "SELECT" ? { ...need, privilege: "UPDATE" } : need));
  const isPlainWrite = (tree.kind === "Update" || tree.kind === "Delete") && tree.returning.length === 0;
  if (!isPlainWrite || findAll(tree, "Select").length > 0) return needs;
  const written = needs.filter(({ privilege }) => privilege === "UPDATE" || privilege === "DELETE");
  return needs.filter(
    ({ privilege, database, table }) =>
      privilege !== "SELECT" || !written.some((one) => one.database === database && one.table === table),
  );
}

function isShareable(tree: Statement): boolean {
  if (tree.kind !== "Select" && tree.kind !== "SetOperation") return false;
  if (tree.locks.length > 0 || tree.into !== undefined) return false;
  if (directivesOf(tree).CONSOLIDATOR === "disabled") return false;
  let isKnown = true;
  walk(tree, (node) => {
    if (!shareableKinds.has(node.kind)) isKnown = false;
    if (node.kind === "Call" && (node.schema !== undefined || !shareableCalls.has(node.name.toLowerCase())))
      isKnown = false;
    return isKnown;
  });
  return isKnown;
}

function lockedRows(tree: Statement): string | undefined {
  if (tree.kind !== "Update" && tree.kind !== "Delete") return undefined;
  const [only] = tree.from;
  if (tree.from.length !== 1 || only?.kind !== "Table" || tree.where === undefined) return undefined;
  return `${only.name.name} where ${print(tree.where)}`;
}
