/**
 * A map that forgets what was not used lately once the sizes of its values add up to more than `sizeMax`. Using an entry
 * only marks it: it is moved to the young end when its turn to leave comes. A look-up is one look-up in a Map.
 */

interface Entry<V> {
  readonly value: V;
  readonly size: number;
  isUsed: boolean;
}

export class Lru<K, V> {
  readonly #entries = new Map<K, Entry<V>>();
  readonly #sizeMax: number;
  readonly #dropped: ((key: K, value: V) => void) | undefined;
  #size = 0;

  /** `dropped` is told of every entry that leaves for want of room. */
  constructor(sizeMax: number, dropped?: (key: K, value: V) => void) {
    this.#sizeMax = sizeMax;
    this.#dropped = dropped;
  }

  get count(): number {
    return this.#entries.size;
  }
  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    found.isUsed = true;
    return found.value;
  }

  /** A value larger than the whole map is not kept. */
  set(key: K, value: V, size = 1): void {
    this.delete(key);
    if (size > this.#sizeMax) return;
    this.#makeRoom(size);
    this.#entries.set(key, { value, size, isUsed: false });
    this.#size += size;
  }

  #makeRoom(size: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#size + size <= this.#sizeMax) return;
      this.#entries.delete(key);
      if (entry.isUsed) {
        entry.isUsed = false;
        this.#entries.set(key, entry); // The loop meets it again, after all others.
        continue;
      }
      this.#size -= entry.size;
      this.#dropped?.(key, entry.value);
    }
  }

  delete(key: K): boolean {
    const found = this.#entries.get(key);
    if (found === undefined) return false;
    this.#size -= found.size;
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  /** Those that will leave first come first. */
  entries(): IterableIterator<[K, V]> {
    return [...this.#entries].map(([key, entry]): [K, V] => [key, entry.value]).values();
  }
}
