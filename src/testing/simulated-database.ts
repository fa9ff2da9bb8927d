/**
 * A database server in a simulation: a log of transactions that survives crashes, replication by pulling from a source,
 * and commits that may wait for a replica's acknowledgement (semi-sync). It boots read-only.
 */
import { assert } from "../base/assert.ts";
import { sleep } from "../base/clock.ts";
import type { ProcessLife } from "./simulated-process.ts";

export interface Transaction {
  /** "<uuid>:<number>" of the server that made it. */
  readonly id: string;
  readonly text: string;
}

export interface Pull {
  readonly kind: "pull";
  readonly have: number;
  readonly lastId: string;
  /** Whether having a transaction counts as acknowledging it. */
  readonly isAcker: boolean;
}

const pullMs = 50;
const pullTimeoutMs = 400;
const pulledMax = 100;
const ackTimeoutMs = 1_500;

export class SimulatedDatabase {
  isReadOnly = true;
  isSemiSync = false;
  /** Since when nothing came from the source, though something should. */
  brokenSinceMs: number | undefined;
  readonly #life: ProcessLife;
  readonly #uuid: string;
  readonly #acked = new Map<string, number>();

  constructor(life: ProcessLife, uid: number) {
    this.#life = life;
    this.#uuid = `00000000-0000-0000-0000-${String(uid).padStart(12, "0")}`;
    if (!life.disk.has("log")) life.disk.set("log", []);
    life.clock.every(pullMs, () => void this.#pull());
  }

  get log(): readonly Transaction[] {
    return this.#log;
  }
  get source(): string {
    return (this.#life.disk.get("source") as string | undefined) ?? "";
  }

  /** What the server has, as a MySQL GTID set; transactions of one server come in order. */
  get position(): string {
    const last = new Map<string, number>();
    for (const { id } of this.#log) {
      const [uuid = "", number = "0"] = id.split(":");
      last.set(uuid, Number(number));
    }
    const parts = [...last].map(([uuid, number]) => `${uuid}:${number === 1 ? "1" : `1-${number}`}`);
    return `MySQL56/${parts.sort().join(",")}`;
  }

  has(text: string): boolean {
    return this.#log.some((transaction) => transaction.text === text);
  }

  follow(source: string, isAcker: boolean): void {
    this.isReadOnly = true;
    this.#life.disk.set("source", source);
    this.#life.disk.set("isAcker", isAcker);
    this.brokenSinceMs = undefined;
  }

  lead(isSemiSync: boolean): void {
    this.#life.disk.set("source", "");
    this.#acked.clear();
    this.isSemiSync = isSemiSync;
  }

  reset(): void {
    this.#life.disk.set("log", []);
    this.#life.disk.set("source", "");
  }

  /** Resolves when the transaction is durable here, and with semi-sync on a replica too; else nobody knows. */
  async commit(text: string): Promise<void> {
    if (this.isReadOnly) throw new Error("the server is read-only");
    const own = this.#log.filter(({ id }) => id.startsWith(this.#uuid)).length;
    this.#log.push({ id: `${this.#uuid}:${own + 1}`, text });
    const size = this.#log.length;
    const endMs = this.#life.clock.monotonicMs() + ackTimeoutMs;
    while (this.isSemiSync && ![...this.#acked.values()].some((have) => have >= size)) {
      if (this.#life.clock.monotonicMs() > endMs) throw new Error("no replica acknowledged");
      await sleep(this.#life.clock, 10);
    }
  }

  /** What a replica lacks. Refused when it has something that this server has not. */
  serve(from: string, pull: Pull): readonly Transaction[] {
    if (pull.have > this.#log.length || (this.#log[pull.have - 1]?.id ?? "") !== pull.lastId)
      throw new Error(`${from} has transactions that its source has not`);
    if (pull.isAcker) this.#acked.set(from, pull.have);
    return this.#log.slice(pull.have, pull.have + pulledMax);
  }

  async #pull(): Promise<void> {
    const { source } = this;
    if (source === "") return;
    const have = this.#log.length;
    const isAcker = this.#life.disk.get("isAcker") === true;
    const pull: Pull = { kind: "pull", have, lastId: this.#log.at(-1)?.id ?? "", isAcker };
    try {
      const news = (await this.#life.ask(source, pull, pullTimeoutMs)) as readonly Transaction[];
      if (this.source !== source || this.#log.length !== have) return; // Another pull was faster, or the source changed.
      this.#log.push(...news);
      this.brokenSinceMs = undefined;
    } catch {
      this.brokenSinceMs ??= this.#life.clock.monotonicMs(); // Tried again in a moment.
    }
  }

  get #log(): Transaction[] {
    const log = this.#life.disk.get("log");
    assert(Array.isArray(log), "the log is on disk from the first boot");
    return log as Transaction[];
  }
}
