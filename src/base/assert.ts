/**
 * Checks for what cannot be. A failure here is a bug of ours, never bad input: bad input gets a `VtError`.
 */

/** Throws AssertionError when `condition` is false. `why` says what was believed to be always true. */
export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new AssertionError(why);
}

/** Answers `value`, which the caller knows to be there; throws AssertionError when it is not. */
export function must<T>(value: T | null | undefined, why: string): T {
  if (value === undefined || value === null) throw new AssertionError(why);
  return value;
}

/** Ends a switch over a union: does not compile while a kind is missing. */
export function never(value: never): never {
  throw new AssertionError(`unexpected value: ${JSON.stringify(value)}`);
}

export class AssertionError extends Error {
  override readonly name = "AssertionError";
}
