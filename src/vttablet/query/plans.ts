/** The plans of the statements' texts: made once each, kept by size, with how they were used. */
import { Lru } from "../../base/lru.ts";
import { type Environment, mysqlEnvironment } from "../../sqlparser/environment.ts";
import { PlanUse } from "./plan-use.ts";
import { planStatement, type StatementPlan } from "./statement-plan.ts";

export type UsedPlan = StatementPlan & { readonly use: PlanUse };

/** What a plan takes besides its text. */
const planSize = 400;

export class Plans {
  readonly #plans: Lru<string, UsedPlan>;
  readonly #environment: Environment;
  misses = 0;
  /** Told of each plan that leaves for want of room. */
  onDropped: (plan: UsedPlan) => void = () => undefined;

  /** `environment` says how the database server reads texts. */
  constructor(bytesMax: number, environment: Environment = mysqlEnvironment) {
    this.#environment = environment;
    this.#plans = new Lru(bytesMax, (_text, plan) => this.onDropped(plan));
  }

  get count(): number {
    return this.#plans.count;
  }
  get size(): number {
    return this.#plans.size;
  }
  all(): readonly UsedPlan[] {
    return [...this.#plans.entries()].map(([, plan]) => plan);
  }

  of(text: string): UsedPlan {
    let plan = this.#plans.get(text);
    if (plan === undefined) {
      this.misses++;
      plan = { ...planStatement(text), use: new PlanUse(text, this.#environment) };
      this.#plans.set(text, plan, text.length * 2 + planSize);
    }
    return plan;
  }
}
