/** The plans of the statements' texts: made once each for each way of reading them, kept by size, with how they were used. */
import { Lru } from "../../base/lru.ts";
import { type Environment, mysqlEnvironment } from "../../sqlparser/environment.ts";
import { PlanUse } from "./plan-use.ts";
import { ReadingModes } from "./reading-modes.ts";
import { planStatement, type StatementPlan } from "./statement-plan.ts";

export type UsedPlan = StatementPlan & { readonly use: PlanUse };

const noSettings: readonly string[] = [];
/** What a plan takes besides its text. */
const planSize = 400;

export class Plans {
  readonly #plans: Lru<string, UsedPlan>;
  /** How connections read texts. */
  readonly modes: ReadingModes;
  readonly sizeMax: number;
  /** Since the start. */
  misses = 0;
  hits = 0;
  evictions = 0;
  /** Told of each plan that leaves for want of room. */
  onDropped: (plan: UsedPlan) => void = () => undefined;

  /** `environment` says how the database server reads texts, its sql_mode included. */
  constructor(bytesMax: number, environment: Environment = mysqlEnvironment) {
    this.modes = new ReadingModes(environment);
    this.sizeMax = bytesMax;
    this.#plans = new Lru(bytesMax, (_text, plan) => {
      this.evictions++;
      this.onDropped(plan);
    });
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

  /** `settings`: the SET statements of the connection that the text goes to. */
  of(text: string, settings: readonly string[] = noSettings): UsedPlan {
    const { base } = this.modes;
    const environment = settings.length === 0 ? base : this.modes.of(settings);
    const key = environment === base ? text : `${environment.sqlMode}\0${text}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      this.misses++;
      plan = { ...planStatement(text, environment), use: new PlanUse(text, environment) };
      this.#plans.set(key, plan, text.length * 2 + planSize);
    } else this.hits++;
    return plan;
  }

  /** New connections read by this sql_mode. True: otherwise than before, and all plans are forgotten. */
  setServerMode(sqlMode: string): boolean {
    if (!this.modes.setServerMode(sqlMode)) return false;
    for (const [, plan] of this.#plans.entries()) this.onDropped(plan);
    this.#plans.clear();
    return true;
  }
}
