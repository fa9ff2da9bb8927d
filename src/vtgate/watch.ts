/** What a plan did while it ran, for VEXPLAIN: the calls to shards, in their order, and each primitive's runs and rows. */
import type { Answered, Calls, Primitive, ShardCall } from "../engine/primitive.ts";

interface Counts {
  runs: number;
  rows: number;
  shards: number;
}

/** Calls of one statement that are kept in mind. */
const callsMax = 10_000;

export class Watch {
  readonly calls: ShardCall[] = [];
  readonly #counts = new Map<Primitive, Counts>();
  #under: Counts | undefined;

  sent({ calls }: Calls): void {
    this.calls.push(...calls.slice(0, callsMax - this.calls.length));
    if (this.#under !== undefined) this.#under.shards += calls.length;
  }

  /** The same answer, counted. */
  async *count(node: Primitive, answered: Answered): Answered {
    const counts = this.#counts.get(node) ?? { runs: 0, rows: 0, shards: 0 };
    this.#counts.set(node, counts);
    counts.runs++;
    for (;;) {
      const outer = this.#under;
      this.#under = counts;
      const step = await answered.next();
      this.#under = outer;
      if (step.done === true) return step.value;
      counts.rows += step.value.count;
      yield step.value;
    }
  }

  /** Of primitives that a parent asks its shards for itself, nothing is known but by that parent. */
  readonly measured = (node: Primitive): Readonly<Record<string, unknown>> => {
    const counts = this.#counts.get(node);
    if (counts === undefined) return {};
    const { runs, rows, shards } = counts;
    return {
      NoOfCalls: runs,
      AvgNumberOfRows: rows / runs,
      ...(shards > 0 && { ShardsQueried: shards }),
    };
  };
}
