/**
 * A keyspace id is a string of bytes, usually 8, that says where a row lives: the shard whose key range contains it.
 * Bytes beyond the end count as zeros, so "80" and "8000" are the same place.
 */

export type KeyspaceId = Buffer;

/** Negative, zero or positive, as in sort functions. */
export function compareKeyspaceIds(a: Uint8Array, b: Uint8Array): number {
  const size = Math.max(a.length, b.length);
  for (let i = 0; i < size; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The bytes of hexadecimal text; undefined where it is none. */
export function parseHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? Buffer.from(text, "hex") : undefined;
}
