/**
 * Rows of a file for LOAD DATA, out of chunks that split anywhere: the servers' own rules of terminators, enclosing and
 * escaping. Fields are bytes, or null (\N, or NULL where fields are enclosed).
 * https://dev.mysql.com/doc/refman/8.4/en/load-data.html
 */
import { VtError } from "../base/errors.ts";

/** The longest file, where nothing else is said. */
export const localFileBytesDefault = 1 << 30;

export interface InfileFormat {
  readonly fieldsTerminatedBy: Buffer;
  /** A byte; -1: none. */
  readonly enclosedBy: number;
  readonly escapedBy: number;
  /** Empty: none. */
  readonly linesStartingBy: Buffer;
  readonly linesTerminatedBy: Buffer;
  readonly linesIgnored: number;
  /** What a line has beyond is left out. */
  readonly fieldsMax: number;
  readonly rowBytesMax: number;
}

export type InfileField = Buffer | null;
export interface InfileRow {
  /** Fewer than `fieldsMax` where the line ends early. */
  readonly fields: readonly InfileField[];
  readonly hasMore: boolean;
}

/** The bytes at hand end in mid-row. */
class Cut extends Error {}
const cut = new Cut("cut");

export class InfileRows {
  readonly #format: InfileFormat;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** With fewer bytes the row that was cut is not tried again. */
  #tryAt = 0;
  #isLast = false;
  #linesToIgnore: number;

  constructor(format: InfileFormat) {
    this.#format = format;
    this.#linesToIgnore = format.linesIgnored;
  }

  /** The rows that are whole by now. */
  push(chunk: Buffer): readonly InfileRow[] {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
    if (this.#bytes.length < this.#tryAt) return [];
    const rows = this.#rows();
    const left = this.#bytes.length - this.#at;
    if (left > this.#format.rowBytesMax)
      throw VtError.of("VT21001", `${this.#format.rowBytesMax} bytes`, "mysql-server-max-allowed-packet");
    this.#tryAt = left * 2;
    return rows;
  }

  /** The rest: a last line needs no terminator. */
  end(): readonly InfileRow[] {
    this.#isLast = true;
    return this.#rows();
  }

  #rows(): readonly InfileRow[] {
    const rows: InfileRow[] = [];
    for (;;) {
      const from = this.#at;
      try {
        const row = this.#row();
        if (row === undefined) return rows;
        if (row !== "ignored") rows.push(row);
      } catch (thrown) {
        if (thrown !== cut) throw thrown;
        this.#at = from;
        return rows;
      }
    }
  }

  /** Undefined at the end of the file. */
  #row(): InfileRow | "ignored" | undefined {
    if (this.#linesToIgnore > 0) {
      if (!this.#skipLine()) return undefined;
      this.#linesToIgnore--;
      return "ignored";
    }
    if (!this.#skipStart()) return undefined;
    const fields: InfileField[] = [];
    for (;;) {
      if (this.#at === this.#bytes.length) {
        if (!this.#isLast) throw cut;
        return fields.length === 0 ? undefined : { fields, hasMore: false };
      }
      const { value, endsLine } = this.#field();
      fields.push(value);
      if (endsLine) return { fields, hasMore: false };
      if (fields.length < this.#format.fieldsMax) continue;
      const before = this.#at;
      this.#skipLine();
      return { fields, hasMore: this.#at - before > this.#format.linesTerminatedBy.length };
    }
  }

  /** False at the end of the file. What stands before the words of LINES STARTING BY is left out. */
  #skipStart(): boolean {
    const { linesStartingBy: start } = this.#format;
    if (start.length === 0) return true;
    const found = this.#bytes.indexOf(start, this.#at);
    if (found < 0 && !this.#isLast) throw cut;
    this.#at = found < 0 ? this.#bytes.length : found + start.length;
    return found >= 0;
  }

  /** Goes behind the end of the line, whatever is enclosed in it; false where the file ends before. */
  #skipLine(): boolean {
    const { escapedBy, linesTerminatedBy } = this.#format;
    const bytes = this.#bytes;
    for (let at = this.#at; at < bytes.length; at++) {
      if (bytes[at] === escapedBy) at++;
      else if (this.#isAt(linesTerminatedBy, at)) {
        this.#at = at + linesTerminatedBy.length;
        return true;
      }
    }
    if (!this.#isLast) throw cut;
    this.#at = bytes.length;
    return false;
  }

  /** One field, and its terminator. */
  #field(): { readonly value: InfileField; readonly endsLine: boolean } {
    const { fieldsTerminatedBy, linesTerminatedBy, enclosedBy, escapedBy } = this.#format;
    const bytes = this.#bytes;
    const from = this.#at;
    const isEnclosed = bytes[from] === enclosedBy;
    const out = new FieldBytes(bytes, isEnclosed ? from + 1 : from);
    let at = isEnclosed ? from + 1 : from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === escapedBy) {
        const next = this.#byteAt(at + 1);
        if (next === undefined) {
          at = bytes.length;
          break;
        }
        if (escapedBy !== enclosedBy || next === escapedBy) {
          out.escaped(at, next);
          at++;
          continue;
        }
      }
      if (!isEnclosed) {
        if (this.#isAt(linesTerminatedBy, at)) return this.#ended(out.upTo(at), false, at, linesTerminatedBy, true);
        if (this.#isAt(fieldsTerminatedBy, at)) return this.#ended(out.upTo(at), false, at, fieldsTerminatedBy, false);
      } else if (byte === enclosedBy) {
        const next = this.#byteAt(at + 1);
        if (next === enclosedBy) {
          out.skip(at);
          at++;
        } else if (next === undefined || this.#isAt(linesTerminatedBy, at + 1))
          return this.#ended(out.upTo(at), true, at + 1, linesTerminatedBy, true);
        else if (this.#isAt(fieldsTerminatedBy, at + 1))
          return this.#ended(out.upTo(at), true, at + 1, fieldsTerminatedBy, false);
      }
    }
    if (!this.#isLast) throw cut;
    this.#at = bytes.length;
    const value = out.upTo(bytes.length); // What was opened and never closed keeps its first byte.
    const kept = isEnclosed && value !== null ? Buffer.concat([Buffer.of(enclosedBy), value]) : value;
    return { value: kept, endsLine: true };
  }

  #ended(value: InfileField, isEnclosed: boolean, at: number, terminator: Buffer, endsLine: boolean) {
    this.#at = Math.min(at + terminator.length, this.#bytes.length);
    const isWord = !isEnclosed && this.#format.enclosedBy >= 0 && value?.equals(nullWord) === true;
    return { value: isWord ? null : value, endsLine };
  }

  /** Undefined at the end of the file. */
  #byteAt(at: number): number | undefined {
    if (at >= this.#bytes.length && !this.#isLast) throw cut;
    return this.#bytes[at];
  }

  #isAt(wanted: Buffer, at: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < wanted.length; i++) {
      if (at + i >= bytes.length && !this.#isLast) throw cut;
      if (bytes[at + i] !== wanted[i]) return false;
    }
    return true;
  }
}

const nullWord = Buffer.from("NULL");

/** What escapes mean that do not mean the byte itself. */
const escapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: 10, t: 9, r: 13, b: 8, "0": 0, Z: 26 }).map(([letter, byte]) => [letter.charCodeAt(0), byte]),
);
const letterN = 78;

/** A field's bytes: pieces of the source, and what stands for escapes between them. */
class FieldBytes {
  readonly #source: Buffer;
  readonly #pieces: Buffer[] = [];
  #from: number;
  #isNull = false;

  constructor(source: Buffer, from: number) {
    this.#source = source;
    this.#from = from;
  }

  escaped(at: number, next: number): void {
    this.#pieces.push(this.#source.subarray(this.#from, at), Buffer.of(escapes.get(next) ?? next));
    this.#from = at + 2;
    if (next === letterN) this.#isNull = true;
  }

  /** Leaves out the byte at `at`. */
  skip(at: number): void {
    this.#pieces.push(this.#source.subarray(this.#from, at));
    this.#from = at + 1;
  }

  /** Null where it is \N and nothing else. */
  upTo(end: number): InfileField {
    const last = this.#source.subarray(this.#from, Math.max(this.#from, end));
    const whole = this.#pieces.length === 0 ? Buffer.from(last) : Buffer.concat([...this.#pieces, last]);
    return this.#isNull && whole.length === 1 ? null : whole;
  }
}
