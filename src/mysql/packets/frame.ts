/**
 * Payloads into packets: three bytes of length, one of sequence number. A payload of 16 MiB - 1 or more goes on in the
 * packets after it, and the last of them is shorter (empty if need be).
 */
import { packetPayloadMax } from "./capabilities.ts";

export const packetHeaderSize = 4;

export function writePacketHeader(to: Buffer, at: number, size: number, sequence: number): void {
  to[at] = size & 0xff;
  to[at + 1] = (size >>> 8) & 0xff;
  to[at + 2] = size >>> 16;
  to[at + 3] = sequence & 0xff;
}

/** The payload's size by the header at `at`. */
export function sizeAt(bytes: Buffer, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
}

/** The wire bytes of `payload`, numbered from `sequence` on. */
export function framePacket(payload: Buffer, sequence: number): Buffer {
  if (payload.length < packetPayloadMax) {
    const packet = Buffer.allocUnsafe(packetHeaderSize + payload.length);
    writePacketHeader(packet, 0, payload.length, sequence);
    payload.copy(packet, packetHeaderSize);
    return packet;
  }
  const count = packetCount(payload.length);
  const packets = Buffer.allocUnsafe(payload.length + count * packetHeaderSize);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const part = payload.subarray(i * packetPayloadMax, (i + 1) * packetPayloadMax);
    writePacketHeader(packets, at, part.length, sequence + i);
    part.copy(packets, at + packetHeaderSize);
    at += packetHeaderSize + part.length;
  }
  return packets;
}

/** How many packets a payload of `size` bytes takes. */
export function packetCount(size: number): number {
  return Math.floor(size / packetPayloadMax) + 1;
}
