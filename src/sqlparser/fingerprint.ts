/**
 * The byte scanner in front of the plan cache: it finds the literals of one statement and hashes what is left, without
 * parsing and without making a string.
 *
 * In: a statement in a character set where every byte below 128 means itself (utf8mb4, latin1 …; never gbk, big5,
 * sjis, cp932, gb18030), and the two SQL modes that decide where strings end.
 * Out: a 53-bit hash and *slots*: the literals, and the lists of literals after IN and VALUES, in order of appearance.
 * What stands between the slots is the skeleton. Two statements whose `FingerprintEntry` says "same" (see
 * fingerprint-entry.ts) have the same tokens but for the values in slots that nobody pinned.
 *
 * `scan` answers false ("ask the parser") for what it cannot judge: unterminated quotes, version comments, several
 * statements, odd numbers, too many literals. It never guesses. Comments before and after the statement are outside
 * the key, unless they carry a directive.
 */
import {
  byteClasses,
  commentEnd,
  commentIsDirective,
  literalEnd,
  literalKind,
  quotedEnd,
  variableEnd,
  wordEnd,
} from "./fingerprint-bytes.ts";
import { equalLiterals, hashLiteral } from "./fingerprint-equal.ts";
import { continuedFlag, listSlot, literalKinds } from "./fingerprint-kinds.ts";
import { scanList } from "./fingerprint-list.ts";

/** More literals than this go to the parser. */
export const literalsMax = 16_384;
const masksMax = 4096;
/** Numbers a literal takes in `literals`: start, end, kind. */
export const literalStride = 3;
/** Numbers a slot takes in `slots`: start, end, kind, sameAs, first literal, literals, first mask, columns. */
export const slotStride = 8;

const previousOther = 0;
const previousWord = 1;
const previousString = 2;

export interface ScanMode {
  /** "x" is an identifier. */
  readonly ansiQuotes: boolean;
  /** A backslash in a string is a backslash. */
  readonly noBackslashEscapes: boolean;
}

/**
 * One scanner, made once and used for every statement: results stand in its fields until the next `scan`. Offsets are
 * into the buffer that was scanned.
 */
export class Fingerprint {
  readonly literals: Int32Array = new Int32Array(literalsMax * literalStride);
  readonly slots: Int32Array = new Int32Array(literalsMax * slotStride);
  /** Which kinds occur in each column of the lists: one bit a kind. */
  readonly masks: Int32Array = new Int32Array(masksMax);
  literalCount = 0;
  slotCount = 0;
  maskCount = 0;
  /** The statement without its margins is [bodyStart, bodyEnd); comments before and after it are the rest of the text. */
  bodyStart = 0;
  bodyEnd = 0;
  bytes: Uint8Array = new Uint8Array(0);

  readonly #seed: number;
  readonly #buckets = new Int32Array(literalsMax * 4);
  readonly #bucketRounds = new Int32Array(literalsMax * 4);
  #round = 0;
  #hashLow = 0;
  #hashHigh = 0;
  #hashed = 0;
  #previous = previousOther;
  #wordStart = 0;
  #wordEnd = 0;
  #strings = 0;
  #continued = false;
  #ansiQuotes = false;
  #backslash = true;
  #end = 0;

  /** `seed`: a random number, so that nobody can choose statements that collide. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** A safe integer for a Map's key. Meaningful after `scan` answered true. */
  get hash(): number {
    return (this.#hashHigh & 0x1fffff) * 4294967296 + (this.#hashLow >>> 0);
  }

  /** Finds slots and hash of bytes[from, to). `environment` numbers everything else in the key (modes, target, schema …). */
  scan(bytes: Uint8Array, from: number, to: number, mode: ScanMode, environment: number): boolean {
    this.#begin(bytes, to, mode, environment);
    let at = this.#skipMargin(from);
    if (at < 0 || at >= to) return false;
    this.bodyStart = at;
    this.#hashed = at;
    let end = at;
    while (at < to) {
      const start = at;
      switch (byteClasses[bytes[at] as number]) {
        case 1: // A letter.
          at = this.#word(at);
          end = at;
          break;
        case 0: // A space.
          at++;
          break;
        case 2: // A digit.
          at = this.#literal(at);
          end = at;
          break;
        case 4: // A quote, a dot, a sign, a comment's beginning …
          at = this.#special(at);
          if (at > 0 && !this.#isComment(start)) end = at;
          break;
        case 5: // A semicolon.
          at = this.#skipMargin(at + 1);
          if (at !== to) return false;
          break;
        default:
          this.#previous = previousOther;
          end = ++at;
      }
      if (at < 0) return false;
    }
    this.bodyEnd = end;
    this.#hashSkeleton(end);
    this.#finishHash();
    return true;
  }

  #begin(bytes: Uint8Array, to: number, mode: ScanMode, environment: number): void {
    this.bytes = bytes;
    this.#end = to;
    this.literalCount = 0;
    this.slotCount = 0;
    this.maskCount = 0;
    this.#previous = previousOther;
    this.#strings = 0;
    this.#continued = false;
    this.#ansiQuotes = mode.ansiQuotes;
    this.#backslash = !mode.noBackslashEscapes;
    this.#hashLow = Math.imul(this.#seed ^ environment, 0x9e3779b1);
    this.#hashHigh = Math.imul(this.#seed + environment, 0x85ebca6b) ^ 0x27d4eb2f;
    this.#round = (this.#round + 1) | 0;
    if (this.#round <= 0) {
      this.#bucketRounds.fill(0);
      this.#round = 1;
    }
  }

  /** The first place from `at` on that is neither space nor plain comment; -1 when a comment has no end. */
  #skipMargin(at: number): number {
    const bytes = this.bytes;
    const to = this.#end;
    while (at < to) {
      const byte = bytes[at] as number;
      if (byteClasses[byte] === 0) {
        at++;
        continue;
      }
      const end = byteClasses[byte] === 4 ? commentEnd(bytes, at, to) : at;
      if (end < 0) return -1;
      if (end === at || commentIsDirective(bytes, at)) return at;
      at = end;
    }
    return at;
  }

  /** Is what starts here a comment that carries no directive? */
  #isComment(at: number): boolean {
    const byte = this.bytes[at];
    if (byte !== 47 && byte !== 45 && byte !== 35) return false;
    return commentEnd(this.bytes, at, this.#end) > at && !commentIsDirective(this.bytes, at);
  }

  #word(at: number): number {
    const bytes = this.bytes;
    const end = wordEnd(bytes, at, this.#end);
    // n'…', x'…' and b'…', unless the letter is a name: t.x'…'
    if (end - at === 1 && bytes[end] === 39 && end < this.#end && (at === 0 || bytes[at - 1] !== 46))
      if (literalEnd(bytes, at, this.#end, this.#backslash) !== at) return this.#literal(at);
    this.#previous = previousWord;
    this.#wordStart = at;
    this.#wordEnd = end;
    return end;
  }

  /** A literal at `at`: -1 to refuse. A number that turns out to be a name (1a) is a word. */
  #literal(at: number): number {
    const end = literalEnd(this.bytes, at, this.#end, this.#backslash);
    if (end < 0 || this.literalCount === literalsMax) return -1;
    if (end === at) {
      this.#previous = previousWord;
      this.#wordStart = at;
      this.#wordEnd = wordEnd(this.bytes, at, this.#end);
      return this.#wordEnd;
    }
    let kind = literalKind();
    const isString = kind === literalKinds.string || kind === literalKinds.national;
    if (kind === literalKinds.string && this.#previous === previousString) kind |= continuedFlag;
    this.#previous = isString ? previousString : previousOther;
    const first = this.literalCount;
    this.addLiteral(at, end, kind);
    if (isString && ++this.#strings > 2 && this.#continued) return -1;
    if ((kind & continuedFlag) !== 0) {
      if (this.#strings > 2) return -1; // Whether 'a' 'b' equals another string takes more than a look.
      this.#continued = true;
    }
    const same = this.#firstEqual(first, 1, kind);
    if (same < 0) return -1;
    this.#addSlot(at, end, kind, same, first, 1, 0, 0);
    return end;
  }

  #special(at: number): number {
    const bytes = this.bytes;
    const to = this.#end;
    const byte = bytes[at] as number;
    if (byte === 39 || (byte === 34 && !this.#ansiQuotes)) return this.#literal(at);
    if (byte === 40) return this.#open(at);
    if (byte === 47 || byte === 45 || byte === 35) {
      const end = commentEnd(bytes, at, to);
      if (end !== at) return end;
      this.#previous = previousOther;
      return at + 1;
    }
    if (byte === 36) return -1; // A name or a quoted body that begins with a dollar: rare.
    this.#previous = previousOther;
    if (byte === 96 || byte === 34) return quotedEnd(bytes, at, to, false);
    if (byte === 46) return this.#dot(at);
    return byte === 64 ? variableEnd(bytes, at, to, this.#backslash) : at + 1;
  }

  /** A dot: of a name, or the beginning of a number. */
  #dot(at: number): number {
    const bytes = this.bytes;
    if (at + 1 >= this.#end || byteClasses[bytes[at + 1] as number] !== 2) return at + 1;
    const before = at === this.bodyStart ? 32 : (bytes[at - 1] as number);
    const follows =
      byteClasses[before] === 1 || byteClasses[before] === 2 || before === 96 || before === 34 || before === 39;
    return follows ? -1 : this.#literal(at);
  }

  /** An opening parenthesis: after IN, VALUES and VALUE a list of literals becomes one slot. */
  #open(at: number): number {
    const length = this.#previous === previousWord ? this.#wordEnd - this.#wordStart : 0;
    this.#previous = previousOther;
    if (length !== 2 && length !== 5 && length !== 6) return at + 1;
    const isIn = length === 2 && this.#wordIs("in");
    if (!isIn && !(length === 6 && this.#wordIs("values")) && !(length === 5 && this.#wordIs("value"))) return at + 1;
    const first = this.literalCount;
    const firstMask = this.maskCount;
    const end = scanList(this, at, this.#end, isIn, this.#backslash);
    if (end < 0) {
      this.literalCount = first; // Not all literals: read it token by token.
      this.maskCount = firstMask;
      return at + 1;
    }
    const same = isIn ? this.#firstEqual(first, this.literalCount - first, listSlot) : 0; // Rows of VALUES are data: nothing compares them.
    if (same < 0) return -1;
    this.#addSlot(at, end, listSlot, same, first, this.literalCount - first, firstMask, this.maskCount - firstMask);
    return end;
  }

  #wordIs(lowerCase: string): boolean {
    for (let i = 0; i < lowerCase.length; i++)
      if (((this.bytes[this.#wordStart + i] as number) | 32) !== lowerCase.charCodeAt(i)) return false;
    return true;
  }

  /** For scanList: notes a literal; false when there is no room. */
  addLiteral(start: number, end: number, kind: number): boolean {
    if (this.literalCount === literalsMax) return false;
    const at = this.literalCount++ * literalStride;
    this.literals[at] = start;
    this.literals[at + 1] = end;
    this.literals[at + 2] = kind;
    return true;
  }

  #addSlot(
    start: number,
    end: number,
    kind: number,
    same: number,
    first: number,
    count: number,
    firstMask: number,
    columns: number,
  ): void {
    this.#hashSkeleton(start);
    this.#hashed = end;
    const slots = this.slots;
    const at = this.slotCount++ * slotStride;
    slots[at] = start;
    slots[at + 1] = end;
    slots[at + 2] = kind;
    slots[at + 3] = same;
    slots[at + 4] = first;
    slots[at + 5] = count;
    slots[at + 6] = firstMask;
    slots[at + 7] = columns;
    this.#mix(0x100 | kind);
    this.#mix(0x1000 + same);
    for (let i = 0; i < columns; i++) this.#mix(this.masks[firstMask + i] as number);
  }

  /**
   * The number of the first slot with the same kind and bytes, this one's own when it is new; -1 when the buckets are
   * too crowded to say. Statements differ when their pattern of equal literals differs: GROUP BY v+1 needs SELECT v+1.
   */
  #firstEqual(first: number, count: number, kind: number): number {
    const { bytes, literals } = this;
    let hash = this.#seed ^ kind;
    for (let i = first * literalStride; i < (first + count) * literalStride; i += literalStride)
      hash = hashLiteral(
        bytes,
        literals[i] as number,
        literals[i + 1] as number,
        literals[i + 2] as number,
        this.#backslash,
        hash,
      );
    hash ^= hash >>> 15;
    const buckets = this.#buckets;
    const wrap = buckets.length - 1;
    for (let probe = 0; probe < probesMax; probe++) {
      const bucket = (hash + probe) & wrap;
      if (this.#bucketRounds[bucket] !== this.#round) {
        this.#bucketRounds[bucket] = this.#round;
        buckets[bucket] = this.slotCount;
        return this.slotCount;
      }
      const slot = buckets[bucket] as number;
      if (this.#slotEquals(slot * slotStride, first, count, kind)) return slot;
    }
    return -1;
  }

  /** Has the slot these literals? */
  #slotEquals(slot: number, first: number, count: number, kind: number): boolean {
    const { slots, literals, bytes } = this;
    if (slots[slot + 2] !== kind || slots[slot + 5] !== count) return false;
    let mine = (slots[slot + 4] as number) * literalStride;
    let theirs = first * literalStride;
    for (let i = 0; i < count; i++, mine += literalStride, theirs += literalStride) {
      const literal = literals[mine + 2] as number;
      if (literal !== literals[theirs + 2]) return false;
      const start = literals[mine] as number;
      const end = literals[mine + 1] as number;
      const other = literals[theirs] as number;
      const otherEnd = literals[theirs + 1] as number;
      if (!equalLiterals(bytes, start, end, other, otherEnd, literal, this.#backslash)) return false;
    }
    return true;
  }

  #mix(value: number): void {
    this.#hashLow = Math.imul(this.#hashLow ^ value, 0x01000193);
    this.#hashHigh = Math.imul(this.#hashHigh + value, 0x85ebca6b) ^ (this.#hashHigh >>> 13);
  }

  /** Takes the bytes from the last slot's end up to `to` into the hash, four at a time. */
  #hashSkeleton(to: number): void {
    const bytes = this.bytes;
    let low = this.#hashLow;
    let high = this.#hashHigh;
    let at = this.#hashed;
    for (; at + 3 < to; at += 4) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      low = Math.imul(low ^ word, 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(high + word, 0x85ebca6b) ^ (high >>> 13);
    }
    for (; at < to; at++) {
      low = Math.imul(low ^ (bytes[at] as number), 0x01000193);
      high = Math.imul(high + (bytes[at] as number), 0x85ebca6b) ^ (high >>> 13);
    }
    this.#hashLow = low;
    this.#hashHigh = high;
    this.#hashed = to;
  }

  #finishHash(): void {
    let low = this.#hashLow;
    let high = this.#hashHigh;
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
    high = Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    this.#hashLow = low ^ (low >>> 13) ^ high;
    this.#hashHigh = high ^ (high >>> 16);
  }
}

const probesMax = 64;
