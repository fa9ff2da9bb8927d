/** A number that threads count together: what a limit over all of them is checked against. */

export class SharedCount {
  readonly #cell: Int32Array;

  /** Threads that give the same memory and place share the number. */
  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT), place = 0) {
    this.#cell = new Int32Array(memory, place * Int32Array.BYTES_PER_ELEMENT, 1);
  }

  get value(): number {
    return Atomics.load(this.#cell, 0);
  }
  /** Answers the sum. */
  add(delta: number): number {
    return Atomics.add(this.#cell, 0, delta) + delta;
  }
}
