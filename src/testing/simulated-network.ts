/**
 * A network of named nodes in a simulation. A message arrives after a seeded delay, or never, or twice; messages may
 * overtake each other. Nodes can be cut off from each other, one pair at a time. What a node does with a message is its
 * own affair: it listens while it is up. Questions wait for their answer until a timeout, and may be answered twice.
 */
import type { Clock } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { EventLog } from "./event-log.ts";

export interface NetworkWeather {
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** Of a thousand messages so many are lost, and so many arrive twice. */
  readonly lostPerMille: number;
  readonly doubledPerMille: number;
}

export const calm: NetworkWeather = { delayMsMin: 0.1, delayMsMax: 1, lostPerMille: 0, doubledPerMille: 0 };
export const stormy: NetworkWeather = { delayMsMin: 0.1, delayMsMax: 500, lostPerMille: 100, doubledPerMille: 50 };

/** What came in; an answer goes back when the message was a question. */
export type Listener = (from: string, body: unknown) => Promise<unknown>;

interface Packet {
  readonly from: string;
  readonly to: string;
  readonly body: unknown;
  /** Set on questions and answers. */
  readonly question: number;
  readonly kind: "message" | "question" | "answer" | "refusal";
}

export class SimulatedNetwork {
  weather: NetworkWeather = calm;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: EventLog;
  readonly #listeners = new Map<string, Listener>();
  readonly #cuts = new Set<string>();
  readonly #waiting = new Map<number, (packet: Packet) => void>();
  #questions = 0;

  constructor(clock: Clock, random: Random, log: EventLog) {
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  /** The node hears from now on. Answers how it falls silent. */
  listen(node: string, listener: Listener): () => void {
    this.#listeners.set(node, listener);
    return () => {
      if (this.#listeners.get(node) === listener) this.#listeners.delete(node);
    };
  }

  send(from: string, to: string, body: unknown): void {
    this.#transmit({ from, to, body, question: 0, kind: "message" });
  }

  /** Rejects with the other side's refusal, or after `timeoutMs`. `clock` is the asker's: a dead one never hears. */
  ask(clock: Clock, from: string, to: string, body: unknown, timeoutMs: number): Promise<unknown> {
    const question = ++this.#questions;
    return new Promise((resolve, reject) => {
      const timer = clock.after(timeoutMs, () => {
        this.#waiting.delete(question);
        reject(new Error(`${to} did not answer ${from} within ${timeoutMs} ms`));
      });
      this.#waiting.set(question, (packet) => {
        timer.cancel();
        this.#waiting.delete(question);
        if (packet.kind === "answer") resolve(packet.body);
        else reject(new Error(String(packet.body)));
      });
      this.#transmit({ from, to, body, question, kind: "question" });
    });
  }

  /** Nothing passes between the two, in either direction, until `mend`. */
  cut(a: string, b: string): void {
    this.#cuts.add(pair(a, b));
    this.#log.add("network", `cut ${pair(a, b)}`);
  }

  mend(a: string, b: string): void {
    if (this.#cuts.delete(pair(a, b))) this.#log.add("network", `mended ${pair(a, b)}`);
  }

  mendAll(): void {
    if (this.#cuts.size > 0) this.#log.add("network", "mended all");
    this.#cuts.clear();
  }

  isCut(a: string, b: string): boolean {
    return this.#cuts.has(pair(a, b));
  }

  #transmit(packet: Packet): void {
    const { delayMsMin, delayMsMax, lostPerMille, doubledPerMille } = this.weather;
    const copies = this.#random.below(1000) < doubledPerMille ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = delayMsMin + (this.#random.below(1_000_000) / 1_000_000) * (delayMsMax - delayMsMin);
      const isLost = this.#random.below(1000) < lostPerMille;
      if (!isLost) this.#clock.after(delayMs, () => this.#deliver(packet));
    }
  }

  #deliver(packet: Packet): void {
    const { from, to, body, question, kind } = packet;
    if (this.#cuts.has(pair(from, to))) return;
    if (kind === "answer" || kind === "refusal") return this.#waiting.get(question)?.(packet);
    const listener = this.#listeners.get(to);
    if (listener === undefined) return;
    const reply = (kindOfReply: "answer" | "refusal", replyBody: unknown) => {
      if (kind === "question") this.#transmit({ from: to, to: from, body: replyBody, question, kind: kindOfReply });
    };
    listener(from, body).then(
      (answer) => reply("answer", answer),
      (error: unknown) => reply("refusal", errorText(error)),
    );
  }
}

function pair(a: string, b: string): string {
  return a < b ? `${a} | ${b}` : `${b} | ${a}`;
}
