/**
 * The one authorizer of the tablet's query service: every text that a request brings (its statement, SET statements of its
 * connection, savepoints) goes through `check` before it goes to the database. What a statement needs comes from its tree.
 */
import { VtError } from "../../base/errors.ts";
import type { Caller, QueryRequest } from "../../rpc/query-service.ts";
import type { Plans } from "./plans.ts";
import { deniedTablesRule, findRule, type QueryRule } from "./query-rules.ts";
import type { StatementFacts } from "./statement-facts.ts";
import { type AclQuestion, askAcl, type TableAcl } from "./table-acl.ts";

export interface AuthorizerOptions {
  /** The tablet's database: what is not qualified is in it. */
  readonly database: string;
  /** queryserver-config-strict-table-acl; without it nobody is denied. */
  readonly isStrict: boolean;
  /** queryserver-config-enable-table-acl-dry-run: counted, and let through. */
  readonly isDryRun: boolean;
  /** queryserver-config-acl-exempt-acl: members of this group may do all. */
  readonly exemptGroup: string;
}

/** Counts of one outcome for one group of tables. */
export type AclOutcome = "allowed" | "denied" | "pseudoDenied" | "exempt";
export type CountAcl = (outcome: AclOutcome, question: AclQuestion, planType: string, username: string) => void;

export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #plans: Plans;
  readonly #count: CountAcl;
  /** Undefined where table ACLs are off. */
  acl: TableAcl | undefined;
  readonly #rules = new Map<string, readonly QueryRule[]>();
  #deniedTables: readonly string[] = [];
  #allRules: readonly QueryRule[] = [];
  /** Told when the rules changed. */
  onRules: () => void = () => undefined;

  constructor(options: AuthorizerOptions, plans: Plans, count: CountAcl) {
    this.#options = options;
    this.#plans = plans;
    this.#count = count;
  }

  /** False: `check` would let everything through. */
  get isOn(): boolean {
    return this.acl !== undefined || this.#allRules.length > 0;
  }
  get rules(): readonly QueryRule[] {
    return this.#allRules;
  }

  /** The rules of one source ("file", "topo", "denied tables") are these from now on. */
  setRules(source: string, rules: readonly QueryRule[]): void {
    this.#rules.set(source, rules);
    this.#allRules = [...this.#rules.values()].flat();
    this.onRules();
  }
  setDeniedTables(tables: readonly string[]): void {
    if (tables.join("\0") === this.#deniedTables.join("\0")) return; // Each look at the server says it again.
    this.#deniedTables = tables;
    this.setRules("denied tables", tables.length === 0 ? [] : [deniedTablesRule(tables)]);
  }

  /**
   * `facts` are those of the request's text. Throws VT26013 (no permission), VT26014 or VT26015 (a rule). Answers the rule that
   * holds the statement back until the rules change, where there is one.
   */
  check(request: QueryRequest, facts: StatementFacts): QueryRule | undefined {
    const { caller, settings } = request;
    const rule = this.#checkRules(facts, request);
    if (rule !== undefined) return rule;
    this.checkSettings(settings, caller);
    this.#checkAcl(facts, caller);
    const isHeld = request.transactionId !== 0 || request.reservedId !== 0 || request.reserve;
    if (this.acl !== undefined && facts.sqlModeSet !== undefined && !isHeld)
      throw VtError.of("VT12001", "SET sql_mode on a connection that others use too, with table ACLs");
    for (const text of request.savepoints) this.#checkAcl(this.#plans.of(text, settings).use.facts, caller);
    return undefined;
  }

  /** Each may change how the server reads those after it. */
  checkSettings(settings: readonly string[], caller: Caller): void {
    settings.forEach((text, i) => this.#checkAcl(this.#plans.of(text, settings.slice(0, i)).use.facts, caller));
  }

  #checkRules(facts: StatementFacts, request: QueryRequest): QueryRule | undefined {
    const rule = findRule(this.#allRules, facts, request);
    if (rule?.action === "FAIL") throw VtError.of("VT26014", rule.description || rule.name);
    if (rule?.action === "FAIL_RETRY") throw VtError.of("VT26015", rule.description || rule.name);
    return rule;
  }

  #checkAcl({ needs, planType, syntaxChange }: StatementFacts, { immediate }: Caller): void {
    if (this.acl === undefined) return;
    if (syntaxChange !== undefined) throw VtError.of("VT12001", `${syntaxChange} of that kind with table ACLs`);
    const { isStrict, isDryRun, exemptGroup, database } = this.#options;
    const isExempt =
      exemptGroup !== "" && (immediate.username === exemptGroup || immediate.groups.includes(exemptGroup));
    for (const question of askAcl(this.acl, needs, database, immediate)) {
      const outcome = isExempt
        ? "exempt"
        : question.isAllowed
          ? "allowed"
          : isDryRun || !isStrict
            ? "pseudoDenied"
            : "denied";
      this.#count(outcome, question, planType, immediate.username);
      if (outcome === "denied")
        throw VtError.of("VT26013", planType, immediate.username, immediate.groups.join(", "), question.table);
    }
  }
}
