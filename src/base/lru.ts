/**
 * A map that forgets what was least recently used once the sizes of its values add up to more than `sizeMax`.
 */

export class Lru<K, V> {
  readonly #entries = new Map<K, { readonly value: V; readonly size: number }>();
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
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found.value;
  }

  /** A value larger than the whole map is not kept. */
  set(key: K, value: V, size = 1): void {
    this.delete(key);
    if (size > this.#sizeMax) return;
    this.#entries.set(key, { value, size });
    this.#size += size;
    while (this.#size > this.#sizeMax) {
      const [oldest] = this.#entries.keys();
      const entry = this.#entries.get(oldest as K);
      this.delete(oldest as K);
      if (entry !== undefined) this.#dropped?.(oldest as K, entry.value);
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

  /** Oldest first. */
  entries(): IterableIterator<[K, V]> {
    return [...this.#entries].map(([key, entry]): [K, V] => [key, entry.value]).values();
  }
}
