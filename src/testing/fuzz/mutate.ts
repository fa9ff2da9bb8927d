/** Bytes changed at random, as a broken or hostile peer would send them; and cut anywhere, as a network delivers them. */
import type { Random } from "../../base/random.ts";

const extremes = [0, 1, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];

/** One to four changes: bytes flipped or set, pieces cut out, doubled, put in, or the end cut off. */
export function mutate(random: Random, original: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let left = 1 + random.below(4); left > 0; left--) bytes = mutateOnce(random, bytes);
  return bytes;
}

/** One change. */
export function mutateOnce(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const size = random.below(1 + Math.min(16, bytes.length - at));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random.below(6)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = extremes[random.below(extremes.length)] ?? 0;
      return bytes;
    case 2:
      return Buffer.concat([before, after.subarray(size)]);
    case 3:
      return Buffer.concat([before, after.subarray(0, size), after]);
    case 4:
      return Buffer.concat([before, random.bytes(size), after]);
    default:
      return Buffer.from(before);
  }
}

/** `bytes` in pieces. */
export function cut(random: Random, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = random.below(4) === 0 ? 1 + random.below(8) : 1 + random.below(bytes.length);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** A turn of the event loop, with all that was put off to its end. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const pick = <T>(random: Random, choices: readonly T[]): T => choices[random.below(choices.length)] as T;
