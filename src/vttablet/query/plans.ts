/** The plans of the statements' texts: made once each, kept by size, with how they were used. */
import { Lru } from "../../base/lru.ts";
import { PlanUse } from "./plan-use.ts";
import { planStatement, type StatementPlan } from "./statement-plan.ts";

export type UsedPlan = StatementPlan & { readonly use: PlanUse };

/** What a plan takes besides its text. */
const planSize = 400;

export class Plans {
  readonly #plans: Lru<string, UsedPlan>;
  misses = 0;

  constructor(bytesMax: number) {
    this.#plans = new Lru(bytesMax);
  }

  of(text: string): UsedPlan {
    let plan = this.#plans.get(text);
    if (plan === undefined) {
      this.misses++;
      plan = { ...planStatement(text), use: new PlanUse(text) };
      this.#plans.set(text, plan, text.length * 2 + planSize);
    }
    return plan;
  }
}
