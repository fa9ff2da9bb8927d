/**
 * A queue between a producer that pushes and a consumer that iterates. It holds at most `itemsMax` items; a producer
 * that pushes more without heeding the answer of `push` gets an error, so that memory stays bounded.
 */
import { assert } from "./assert.ts";

export class Queue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #itemsMax: number;
  readonly #drained: (() => void) | undefined;
  #waiting: { readonly resolve: (r: IteratorResult<T>) => void; readonly reject: (e: unknown) => void } | undefined;
  #ended: { readonly error?: unknown } | undefined;
  #closed = false;

  /** `drained` is called when the consumer took the last item, so that a paused producer may go on. */
  constructor(itemsMax: number, drained?: () => void) {
    this.#itemsMax = itemsMax;
    this.#drained = drained;
  }

  /** True while there is room for more. After end or close the item is dropped. */
  push(item: T): boolean {
    if (this.#ended !== undefined || this.#closed) return false;
    if (this.#waiting !== undefined) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ value: item, done: false });
      return true;
    }
    assert(this.#items.length < this.#itemsMax, `a queue of ${this.#itemsMax} items was pushed beyond its limit`);
    this.#items.push(item);
    return this.#items.length < this.#itemsMax;
  }

  /** No more items. With an error, the consumer gets it after the items already queued. */
  end(error?: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = error === undefined ? {} : { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    if (error === undefined) waiting.resolve({ value: undefined, done: true });
    else waiting.reject(error);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: () => {
        const item = this.#items.shift();
        if (item !== undefined) {
          if (this.#items.length === 0) this.#drained?.();
          return Promise.resolve({ value: item, done: false });
        }
        if (this.#closed || (this.#ended !== undefined && this.#ended.error === undefined))
          return Promise.resolve({ value: undefined, done: true });
        if (this.#ended !== undefined) return Promise.reject(this.#ended.error);
        return new Promise((resolve, reject) => {
          this.#waiting = { resolve, reject };
        });
      },
      return: () => {
        this.#closed = true;
        this.#items.length = 0;
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }
}
