/**
 * Query rules (inventory 7.015): an operator's list of which statements not to run, in Vitess's JSON. Conditions that a rule
 * gives must all hold; the first rule that fits decides. Denied tables of the shard's record are rules too.
 */
import { FlagError } from "../../base/flag-values.ts";
import type { QueryRequest } from "../../rpc/query-service.ts";
import type { BindValue } from "../../sqltypes/value.ts";
import { type PlanType, planTypes } from "./plan-type.ts";
import type { StatementFacts } from "./statement-facts.ts";
import { isRecord } from "./table-acl.ts";

const ruleActions = ["CONTINUE", "FAIL", "FAIL_RETRY", "BUFFER"] as const;
export type RuleAction = (typeof ruleActions)[number];

export interface QueryRule {
  readonly name: string;
  readonly description: string;
  readonly action: RuleAction;
  /** Of the gateway, or of whoever else asks this tablet. */
  readonly requestIp: RegExp | undefined;
  readonly user: RegExp | undefined;
  readonly query: RegExp | undefined;
  readonly leadingComment: RegExp | undefined;
  readonly trailingComment: RegExp | undefined;
  /** Empty: any. */
  readonly plans: readonly PlanType[];
  readonly tables: readonly string[];
  readonly binds: readonly BindCondition[];
}

/** `test` is undefined for a rule that only asks whether the bind is there. */
interface BindCondition {
  readonly name: string;
  readonly onAbsent: boolean;
  readonly onMismatch: boolean;
  readonly test: ((bind: BindValue) => boolean | "mismatch") | undefined;
}

const rulesMax = 10_000;

/** Throws FlagError where the text is not such a list, or asks for what this tablet cannot tell. */
export function parseQueryRules(text: string): readonly QueryRule[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new FlagError("the query rules are no JSON");
  }
  if (!Array.isArray(parsed) || parsed.length > rulesMax || !parsed.every(isRecord))
    throw new FlagError(`query rules are a list of at most ${rulesMax} objects`);
  return parsed.map(parseRule);
}

const known = new Set(
  "Name Description Action RequestIP User Query LeadingComment TrailingComment Plans TableNames BindVarConds".split(
    " ",
  ),
);

function parseRule(rule: Record<string, unknown>): QueryRule {
  const name = textOf(rule, "Name");
  for (const key of Object.keys(rule))
    if (!known.has(key)) throw new FlagError(`query rule ${name}: this tablet has no condition ${key}`);
  const wanted = textOf(rule, "Action") || "FAIL";
  const action = ruleActions.find((one) => one === wanted);
  if (action === undefined) throw new FlagError(`query rule ${name}: this tablet has no action ${wanted}`);
  const plans = listOf(rule, "Plans");
  const unknown = plans.find((plan) => !planTypes.includes(plan as PlanType));
  if (unknown !== undefined) throw new FlagError(`query rule ${name}: there are no plans of type ${unknown}`);
  return {
    name,
    description: textOf(rule, "Description"),
    action,
    requestIp: patternOf(rule, "RequestIP"),
    user: patternOf(rule, "User"),
    query: patternOf(rule, "Query"),
    leadingComment: patternOf(rule, "LeadingComment"),
    trailingComment: patternOf(rule, "TrailingComment"),
    plans: plans as PlanType[],
    tables: listOf(rule, "TableNames"),
    binds: conditionsOf(rule, name),
  };
}

function textOf(rule: Record<string, unknown>, key: string): string {
  const found = rule[key] ?? "";
  if (typeof found !== "string") throw new FlagError(`query rules: ${key} is a text`);
  return found;
}

function listOf(rule: Record<string, unknown>, key: string): readonly string[] {
  const found = rule[key] ?? [];
  if (!Array.isArray(found) || !found.every((one): one is string => typeof one === "string"))
    throw new FlagError(`query rules: ${key} is a list of names`);
  return found;
}

/** The whole text must fit, as in Vitess. */
function patternOf(rule: Record<string, unknown>, key: string): RegExp | undefined {
  const source = textOf(rule, key);
  return source === "" ? undefined : pattern(source);
}

function pattern(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, "s");
  } catch {
    throw new FlagError(`query rules: ${source} is no regular expression`);
  }
}

function conditionsOf(rule: Record<string, unknown>, rule_: string): readonly BindCondition[] {
  const found = rule["BindVarConds"] ?? [];
  if (!Array.isArray(found) || !found.every(isRecord))
    throw new FlagError(`query rule ${rule_}: BindVarConds is a list of objects`);
  return found.map((one) => ({
    name: textOf(one, "Name"),
    onAbsent: one["OnAbsent"] === true,
    onMismatch: one["OnMismatch"] === true,
    test: testOf(textOf(one, "Operator"), one["Value"], rule_),
  }));
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  EQ: (order) => order === 0,
  NE: (order) => order !== 0,
  LT: (order) => order < 0,
  GE: (order) => order >= 0,
  GT: (order) => order > 0,
  LE: (order) => order <= 0,
};

/** "" and NOOP; MATCH, NOMATCH; U, I or S for the kind of number or text, before EQ NE LT GE GT LE. */
function testOf(operator: string, value: unknown, rule: string): BindCondition["test"] {
  if (operator === "" || operator === "NOOP") return undefined;
  if (operator === "MATCH" || operator === "NOMATCH") {
    const wanted = pattern(String(value));
    return (bind) => {
      const text = textOfBind(bind);
      return text === undefined ? "mismatch" : wanted.test(text) === (operator === "MATCH");
    };
  }
  const compare = comparisons[operator.slice(1)];
  const kind = operator[0];
  if (compare === undefined || !["U", "I", "S"].includes(kind ?? ""))
    throw new FlagError(`query rule ${rule}: there is no operator ${operator}`);
  if (kind === "S") {
    const wanted = Buffer.from(String(value));
    return (bind) => {
      const text = textOfBind(bind);
      return text === undefined ? "mismatch" : compare(Buffer.compare(Buffer.from(text), wanted));
    };
  }
  if (!/^-?\d+$/.test(String(value))) throw new FlagError(`query rule ${rule}: ${String(value)} is no whole number`);
  const wanted = BigInt(String(value));
  return (bind) => {
    const number = integerOfBind(bind);
    return number === undefined ? "mismatch" : compare(number < wanted ? -1 : number > wanted ? 1 : 0);
  };
}

const integers = new Set(["INT8", "INT16", "INT24", "INT32", "INT64", "UINT8", "UINT16", "UINT24", "UINT32", "UINT64"]);

function integerOfBind(bind: BindValue): bigint | undefined {
  if (!("bytes" in bind) || bind.bytes === undefined || !integers.has(bind.type)) return undefined;
  return BigInt(bind.bytes.toString("latin1"));
}

function textOfBind(bind: BindValue): string | undefined {
  if (!("bytes" in bind) || bind.bytes === undefined || integers.has(bind.type)) return undefined;
  return bind.bytes.toString("utf8");
}

/** The first rule that fits and does not say CONTINUE. */
export function findRule(
  rules: readonly QueryRule[],
  facts: StatementFacts,
  request: Pick<QueryRequest, "sql" | "binds" | "caller">,
): QueryRule | undefined {
  if (rules.length === 0) return undefined;
  const parts = splitComments(request.sql);
  return rules.find(
    (rule) =>
      rule.action !== "CONTINUE" &&
      (rule.plans.length === 0 || rule.plans.includes(facts.planType)) &&
      (rule.tables.length === 0 || rule.tables.some((table) => facts.tables.includes(table))) &&
      fits(rule.requestIp, request.caller.peer ?? "") &&
      fits(rule.user, request.caller.immediate.username) &&
      fits(rule.query, parts.query) &&
      fits(rule.leadingComment, parts.leading) &&
      fits(rule.trailingComment, parts.trailing) &&
      rule.binds.every((condition) => holds(condition, request.binds[condition.name])),
  );
}

const fits = (wanted: RegExp | undefined, text: string) => wanted === undefined || wanted.test(text);

function holds({ onAbsent, onMismatch, test }: BindCondition, bind: BindValue | undefined): boolean {
  if (bind === undefined) return onAbsent;
  if (test === undefined) return !onAbsent;
  const result = test(bind);
  return result === "mismatch" ? onMismatch : result;
}

const leading = /^(?:\s*\/\*.*?\*\/)*\s*/s;
const trailing = /\s*(?:\/\*(?:(?!\*\/).)*\*\/\s*)*$/s;

function splitComments(text: string): { readonly leading: string; readonly query: string; readonly trailing: string } {
  const before = leading.exec(text)?.[0] ?? "";
  const rest = text.slice(before.length);
  const after = trailing.exec(rest)?.[0] ?? "";
  return { leading: before, query: rest.slice(0, rest.length - after.length), trailing: after };
}

/** Statements that touch these tables wait until the gateway knows where they went. */
export function deniedTablesRule(tables: readonly string[]): QueryRule {
  return {
    name: "denied_table",
    description: "enforce denied tables",
    action: "FAIL_RETRY",
    requestIp: undefined,
    user: undefined,
    query: undefined,
    leadingComment: undefined,
    trailingComment: undefined,
    plans: [],
    tables,
    binds: [],
  };
}
