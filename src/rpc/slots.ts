/**
 * Numbers for what a link sends again and again: the sender's side. `find` answers a slot and whether its content must be
 * sent with it. When all slots are taken the oldest is used again; the receiver replaces what it had there.
 */

export class Slots<K> {
  readonly #slotsMax: number;
  readonly #slotOf = new Map<K, number>();
  readonly #keys: K[] = [];
  #next = 0;

  /** Slots are 1 … slotsMax; 0 means none. */
  constructor(slotsMax: number) {
    this.#slotsMax = slotsMax;
  }

  /** Positive: the slot, known to the receiver. Negative: the slot, to be defined. */
  find(key: K): number {
    const known = this.#slotOf.get(key);
    if (known !== undefined) return known;
    const index = this.#next;
    this.#next = (index + 1) % this.#slotsMax;
    const old = this.#keys[index];
    if (old !== undefined) this.#slotOf.delete(old);
    this.#keys[index] = key;
    this.#slotOf.set(key, index + 1);
    return -(index + 1);
  }
}
