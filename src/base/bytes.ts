/** Copying bytes where most pieces are small. */

/** Up to here a loop is faster than a call out of JavaScript. */
const loopMax = 96;

/** from[start, end) to `to`, from `at` on. */
export function copyBytes(from: Buffer, start: number, end: number, to: Buffer, at: number): void {
  if (end - start > loopMax) from.copy(to, at, start, end);
  else for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] as number;
}
