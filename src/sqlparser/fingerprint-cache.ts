/**
 * What is remembered by fingerprint: a statement's plan, found again without parsing.
 *
 * An entry keeps a copy of the statement it was made for. A new statement is the same when its skeleton equals that
 * copy byte by byte, slot for slot, with the same kinds and the same pattern of equal literals, and when every *pinned*
 * slot has the same bytes. Whoever stores an entry says which slots are free; all others are pinned: a slot is free only if
 * the plan works for any value in it (ORDER BY 1, CHAR(10) and 'alias' are literals to the scanner, but not to a plan).
 */
import { type Fingerprint, slotStride } from "./fingerprint.ts";

/** How many entries may differ in pinned values alone; the oldest leaves first. */
const variantsMax = 16;

interface Entry<Value> {
  readonly environment: number;
  readonly body: Buffer;
  /** As in the scanner, offsets relative to `body`. */
  readonly slots: Int32Array;
  readonly masks: Int32Array;
  /** One byte a slot: 1 when its value must be the same. */
  readonly pinned: Uint8Array;
  readonly value: Value;
}

/** All entries with one hash. */
interface Bucket<Value> {
  readonly variants: readonly Entry<Value>[];
  readonly size: number;
  /** Found since the cache last looked for something to forget: a second chance costs less than an exact order of use. */
  used: boolean;
}

export class FingerprintCache<Value> {
  readonly #buckets = new Map<number, Bucket<Value>>();
  readonly #sizeMax: number;
  #size = 0;

  /** `sizeMax`: what the statements of all entries may add up to, in bytes. */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get count(): number {
    return this.#buckets.size;
  }

  /** What was stored for a statement that is the same but for its free slots. `scan` has just answered true. */
  find(scan: Fingerprint, environment: number): Value | undefined {
    const bucket = this.#buckets.get(scan.hash);
    if (bucket === undefined) return undefined;
    const { variants } = bucket;
    for (let i = 0; i < variants.length; i++) {
      const entry = variants[i] as Entry<Value>;
      if (!isSame(entry, scan, environment)) continue;
      bucket.used = true;
      return entry.value;
    }
    return undefined;
  }

  /** Stores `value` for the statement just scanned. `isFree(slot)`: may this slot hold any value of its kind? */
  store(scan: Fingerprint, environment: number, isFree: (slot: number) => boolean, value: Value): void {
    const entry = makeEntry(scan, environment, isFree, value);
    const old = this.#buckets.get(scan.hash);
    const others = (old?.variants ?? []).filter((other) => !isSame(other, scan, environment));
    const variants = [entry, ...others].slice(0, variantsMax);
    const size = variants.reduce((sum, { body, slots }) => sum + body.length + slots.byteLength, 0);
    this.#forget(scan.hash);
    if (size > this.#sizeMax) return;
    this.#buckets.set(scan.hash, { variants, size, used: false });
    this.#size += size;
    this.#makeRoom();
  }

  clear(): void {
    this.#buckets.clear();
    this.#size = 0;
  }

  #forget(hash: number): void {
    this.#size -= this.#buckets.get(hash)?.size ?? 0;
    this.#buckets.delete(hash);
  }

  #makeRoom(): void {
    for (const [hash, bucket] of this.#buckets) {
      if (this.#size <= this.#sizeMax) return;
      this.#forget(hash);
      if (!bucket.used) continue;
      this.#buckets.set(hash, { ...bucket, used: false }); // To the end: the loop meets it again, unused.
      this.#size += bucket.size;
    }
  }
}

function makeEntry<Value>(
  scan: Fingerprint,
  environment: number,
  isFree: (slot: number) => boolean,
  value: Value,
): Entry<Value> {
  const slots = scan.slots.slice(0, scan.slotCount * slotStride);
  const pinned = new Uint8Array(scan.slotCount);
  for (let slot = 0; slot < scan.slotCount; slot++) {
    const at = slot * slotStride;
    slots[at] = (slots[at] as number) - scan.bodyStart;
    slots[at + 1] = (slots[at + 1] as number) - scan.bodyStart;
    if (!isFree(slot)) pinned[slot] = 1;
  }
  const body = Buffer.from(scan.bytes.subarray(scan.bodyStart, scan.bodyEnd));
  return { environment, body, slots, masks: scan.masks.slice(0, scan.maskCount), pinned, value };
}

function isSame(entry: Entry<unknown>, scan: Fingerprint, environment: number): boolean {
  const { body, slots, pinned } = entry;
  const { bytes, bodyEnd } = scan;
  if (entry.environment !== environment || pinned.length !== scan.slotCount) return false;
  let mine = 0;
  let theirs = scan.bodyStart;
  for (let slot = 0; slot <= pinned.length; slot++) {
    const at = slot * slotStride;
    const isLast = slot === pinned.length;
    const mineEnd = isLast ? body.length : (slots[at] as number);
    const theirsEnd = isLast ? bodyEnd : (scan.slots[at] as number);
    if (!equalBytes(body, mine, mineEnd, bytes, theirs, theirsEnd)) return false;
    if (isLast) return true;
    mine = slots[at + 1] as number;
    theirs = scan.slots[at + 1] as number;
    if (!isSameSlot(entry, scan, at)) return false;
    if (pinned[slot] === 1 && !equalBytes(body, mineEnd, mine, bytes, theirsEnd, theirs)) return false;
  }
  return true;
}

/** Kind, pattern of equals and kinds in the columns. */
function isSameSlot(entry: Entry<unknown>, scan: Fingerprint, at: number): boolean {
  const { slots, masks } = entry;
  if (slots[at + 2] !== scan.slots[at + 2] || slots[at + 3] !== scan.slots[at + 3]) return false;
  const columns = slots[at + 7] as number;
  const first = slots[at + 6] as number;
  if (columns !== scan.slots[at + 7] || first !== scan.slots[at + 6]) return false;
  for (let i = first; i < first + columns; i++) if (masks[i] !== scan.masks[i]) return false;
  return true;
}

function equalBytes(a: Uint8Array, at: number, aEnd: number, b: Uint8Array, bAt: number, bEnd: number): boolean {
  if (aEnd - at !== bEnd - bAt) return false;
  while (at < aEnd) if (a[at++] !== b[bAt++]) return false;
  return true;
}
