/** ALTER VSCHEMA, ALTER VITESS_MIGRATION, REVERT VITESS_MIGRATION. */
import type { Bare } from "../ast/commented.ts";
import type { AlterMigration, AlterVSchema, Revert, VindexParameter } from "../ast/vitess-ddl.ts";
import { parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";

/** Behind ALTER. */
export function parseAlterVSchema(p: Parser): Bare<AlterVSchema> {
  p.expect("VSCHEMA");
  const start = {
    kind: "AlterVSchema",
    table: undefined,
    vindex: undefined,
    type: undefined,
    columns: [],
    parameters: [],
    sequence: undefined,
  } as const;
  if (p.accept("ON")) {
    const table = parseTableName(p);
    return { ...start, table, ...parseTableAction(p) };
  }
  const verb = p.expectOneOf("CREATE", "DROP", "ADD");
  const what =
    verb === "ADD"
      ? p.expectOneOf("TABLE", "SEQUENCE")
      : verb === "CREATE"
        ? p.expectOneOf("VINDEX")
        : p.expectOneOf("VINDEX", "TABLE", "SEQUENCE");
  const table = parseTableName(p);
  if (what !== "VINDEX") return { ...start, action: `${verb as "ADD" | "DROP"} ${what}`, table };
  if (verb === "DROP") return { ...start, action: "DROP VINDEX", vindex: table };
  return { ...start, action: "CREATE VINDEX", vindex: table, ...parseVindexType(p) };
}

type TableAction = Pick<AlterVSchema, "action"> & Partial<AlterVSchema>;

/** Behind ON table. */
function parseTableAction(p: Parser): TableAction {
  if (p.accept("DROP")) {
    if (p.accept("AUTO_INCREMENT")) return { action: "DROP AUTO_INCREMENT" };
    p.expect("VINDEX");
    return { action: "DROP TABLE VINDEX", vindex: parseTableName(p) };
  }
  p.expect("ADD");
  if (p.accept("AUTO_INCREMENT")) {
    const columns = [p.identifier()];
    p.expect("USING");
    return { action: "ADD AUTO_INCREMENT", columns, sequence: parseTableName(p) };
  }
  p.expect("VINDEX");
  const vindex = parseTableName(p);
  const columns = p.parenthesized((inside) => inside.list((each) => each.identifier()));
  return { action: "ADD TABLE VINDEX", vindex, columns, ...parseVindexType(p) };
}

/** USING type WITH name=value, …, or nothing. */
function parseVindexType(p: Parser): Pick<AlterVSchema, "type" | "parameters"> {
  const type = p.accept("USING") ? p.identifier() : undefined;
  const parameters = p.accept("WITH") ? p.list(parseParameter) : [];
  return { type, parameters };
}

function parseParameter(p: Parser): VindexParameter {
  const name = p.word(); // "from" is one.
  p.expect("=");
  const isText = p.token === "string";
  const value = isText ? p.string() : p.token === "integer" ? p.integer() : p.word();
  return { kind: "VindexParameter", name, value };
}

/** Behind ALTER. */
export function parseAlterMigration(p: Parser): Bare<AlterMigration> {
  p.expect("VITESS_MIGRATION");
  const start = {
    kind: "AlterMigration",
    migration: undefined,
    context: undefined,
    shards: undefined,
    expire: undefined,
    ratio: undefined,
    threshold: undefined,
  } as const;
  if (p.token === "string") {
    const migration = p.string();
    return { ...start, migration, ...parseMigrationAction(p), scope: "one" };
  }
  const action = parseMigrationAction(p);
  const context = p.accept("CONTEXT") ? p.string() : undefined;
  if (context === undefined) p.expect("ALL");
  const rest = action.action === "THROTTLE" ? parseThrottle(p) : {};
  return { ...start, ...action, ...rest, scope: context === undefined ? "all" : "context", context };
}

type MigrationAction = Pick<AlterMigration, "action"> & Partial<AlterMigration>;

function parseMigrationAction(p: Parser): MigrationAction {
  const word = p.expectOneOf(
    "RETRY",
    "CLEANUP",
    "LAUNCH",
    "COMPLETE",
    "POSTPONE",
    "CANCEL",
    "THROTTLE",
    "UNTHROTTLE",
    "FORCE_CUTOVER",
    "CUTOVER_THRESHOLD",
  );
  switch (word) {
    case "POSTPONE":
      p.expect("COMPLETE");
      return { action: "POSTPONE COMPLETE" };
    case "LAUNCH":
    case "COMPLETE":
      return p.accept("VITESS_SHARDS") ? { action: word, shards: p.string() } : { action: word };
    case "THROTTLE":
      return { action: word, ...parseThrottle(p) };
    case "CUTOVER_THRESHOLD":
      return { action: word, threshold: p.string() };
    default:
      return { action: word };
  }
}

/** EXPIRE '1h' RATIO 0.5 */
function parseThrottle(p: Parser): Pick<AlterMigration, "expire" | "ratio"> {
  const expire = p.accept("EXPIRE") ? p.string() : undefined;
  let ratio: string | undefined;
  if (p.accept("RATIO")) {
    if (p.token !== "decimal" && p.token !== "integer") p.fail();
    ratio = p.text;
    p.next();
  }
  return { expire, ratio };
}

/** REVERT VITESS_MIGRATION 'uuid' */
export function parseRevert(p: Parser): Bare<Revert> {
  p.expect("REVERT");
  p.expect("VITESS_MIGRATION");
  return { kind: "Revert", migration: p.string() };
}
