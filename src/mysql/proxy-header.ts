/**
 * The PROXY protocol, versions 1 and 2: what a proxy says of its client before the client's own bytes. Pure.
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
import { isIpAddress } from "../base/network.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";

export interface ProxyHeader {
  /** Where the client's own bytes begin. */
  readonly size: number;
  /** The client's address; undefined where the proxy speaks for itself, or does not know. */
  readonly remoteAddress: string | undefined;
}

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const textStart = Buffer.from("PROXY ", "latin1");
/** A line of version 1, its end included. */
const lineBytesMax = 107;
/** What follows the fixed head of version 2: addresses, and whatever a proxy likes to add. */
const bodyBytesMax = 4096;
const headSize = 16;

/** The header at the beginning of `bytes`, or undefined while it is not whole; throws where there is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (beginsWith(bytes, signature)) return bytes.length < headSize ? undefined : binaryHeader(bytes);
  if (beginsWith(bytes, textStart)) return textHeader(bytes);
  throw new MalformedBytes("no PROXY header from a proxy's network");
}

/** As far as there are bytes. */
function beginsWith(bytes: Buffer, start: Buffer): boolean {
  const size = Math.min(bytes.length, start.length);
  return bytes.subarray(0, size).equals(start.subarray(0, size));
}

function textHeader(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, lineBytesMax).indexOf("\r\n");
  if (end < 0) {
    if (bytes.length < lineBytesMax) return undefined;
    throw new MalformedBytes(`a PROXY line over ${lineBytesMax} bytes`);
  }
  const [, family, source = "", , ...ports] = bytes.toString("latin1", 0, end).split(" ");
  const size = end + 2;
  if (family === "UNKNOWN") return { size, remoteAddress: undefined };
  const version = family === "TCP4" ? 4 : family === "TCP6" ? 6 : 0;
  if (version === 0 || ports.length !== 2 || isIpAddress(source) !== version)
    throw new MalformedBytes("a PROXY line that names no address");
  return { size, remoteAddress: source };
}

const local = 0x20;
const proxied = 0x21;
const overTcp4 = 0x11;
const overTcp6 = 0x21;

function binaryHeader(bytes: Buffer): ProxyHeader | undefined {
  const command = bytes[12];
  const family = bytes[13];
  const bodySize = bytes.readUInt16BE(14);
  if (bodySize > bodyBytesMax) throw new MalformedBytes(`a PROXY header over ${bodyBytesMax} bytes`);
  if (command !== local && command !== proxied) throw new MalformedBytes(`PROXY command ${command}`);
  const size = headSize + bodySize;
  if (bytes.length < size) return undefined;
  const body = bytes.subarray(headSize, size);
  if (command === local) return { size, remoteAddress: undefined };
  if (family === overTcp4 && bodySize >= 12) return { size, remoteAddress: body.subarray(0, 4).join(".") };
  if (family === overTcp6 && bodySize >= 36) return { size, remoteAddress: addressOf(body.subarray(0, 16)) };
  if (family === overTcp4 || family === overTcp6) throw new MalformedBytes("a PROXY header without its addresses");
  return { size, remoteAddress: undefined };
}

/** IPv6, in full. */
function addressOf(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(":");
}
