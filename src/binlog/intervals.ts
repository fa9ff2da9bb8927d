/**
 * Sets of whole numbers as closed ranges: [1, 5, 8, 8] is 1-5 and 8. Always sorted, never touching or overlapping; the
 * arithmetic below keeps it so and is linear in the number of ranges.
 */

export type Intervals = readonly number[];

/** Makes intervals of ranges in any order, joining what touches or overlaps. */
export function normalize(ranges: readonly (readonly [number, number])[]): Intervals {
  const out: number[] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) append(out, from, to);
  return out;
}

export function union(a: Intervals, b: Intervals): Intervals {
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const takeA = j >= b.length || (i < a.length && at(a, i) <= at(b, j));
    if (takeA) {
      append(out, at(a, i), at(a, i + 1));
      i += 2;
    } else {
      append(out, at(b, j), at(b, j + 1));
      j += 2;
    }
  }
  return out;
}

/** What is in `a` and not in `b`. */
export function subtract(a: Intervals, b: Intervals): Intervals {
  const out: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let from = at(a, i);
    const to = at(a, i + 1);
    while (j < b.length && at(b, j + 1) < from) j += 2;
    for (let k = j; k < b.length && at(b, k) <= to; k += 2) {
      if (at(b, k) > from) out.push(from, at(b, k) - 1);
      from = at(b, k + 1) + 1;
    }
    if (from <= to) out.push(from, to);
  }
  return out;
}

export function contains(a: Intervals, b: Intervals): boolean {
  return subtract(b, a).length === 0;
}

/** How many numbers are in it. */
export function size(intervals: Intervals): number {
  let sum = 0;
  for (let i = 0; i < intervals.length; i += 2) sum += at(intervals, i + 1) - at(intervals, i) + 1;
  return sum;
}

/** Adds a range that begins no earlier than the last one did. */
function append(out: number[], from: number, to: number): void {
  const last = out.length - 1;
  if (last >= 0 && from <= at(out, last) + 1) out[last] = Math.max(at(out, last), to);
  else out.push(from, to);
}

const at = (list: Intervals, index: number): number => list[index] as number;
