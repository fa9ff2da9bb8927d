/** The salt of a greeting. */
import type { Random } from "../../base/random.ts";
import { saltSize } from "../packets/handshake.ts";

/** Old clients take it for a string: no zero bytes, 7 bits. */
export function saltOf(random: Random): Buffer {
  return random.bytes(saltSize).map((byte) => byte & 0x7f || 1) as Buffer;
}
