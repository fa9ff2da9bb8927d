/**
 * Dates and times of the binary protocol as the text that SQL writes, both flavours.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html
 */
import { MalformedBytes } from "./wire.ts";

const pad = (n: number, width: number) => String(n).padStart(width, "0");

function checkSize(bytes: Buffer, sizes: readonly number[], what: string): void {
  if (!sizes.includes(bytes.length)) throw new MalformedBytes(`a ${what} of ${bytes.length} bytes`);
}

/** `decimals` digits of a second's fraction; undefined: six where there is any fraction, else none. */
function fraction(micros: number, decimals: number | undefined): string {
  const digits = decimals ?? (micros === 0 ? 0 : 6);
  return digits === 0 ? "" : `.${pad(micros, 6).slice(0, digits)}`;
}

/** "2024-02-29", "2024-02-29 13:14:15.123456". `bytes` come after their length byte: 0, 4, 7 or 11 of them. */
export function formatDateTime(bytes: Buffer, isDate: boolean, decimals?: number): string {
  checkSize(bytes, [0, 4, 7, 11], "date");
  const year = bytes.length >= 4 ? bytes.readUInt16LE(0) : 0;
  const day = `${pad(year, 4)}-${pad(bytes[2] ?? 0, 2)}-${pad(bytes[3] ?? 0, 2)}`;
  if (isDate) return day;
  const micros = bytes.length === 11 ? bytes.readUInt32LE(7) : 0;
  const time = `${pad(bytes[4] ?? 0, 2)}:${pad(bytes[5] ?? 0, 2)}:${pad(bytes[6] ?? 0, 2)}`;
  return `${day} ${time}${fraction(micros, decimals)}`;
}

/** "-838:59:59.000000". `bytes` come after their length byte: 0, 8 or 12 of them. */
export function formatTime(bytes: Buffer, decimals?: number): string {
  checkSize(bytes, [0, 8, 12], "time");
  if (bytes.length === 0) return `00:00:00${fraction(0, decimals)}`;
  const hours = bytes.readUInt32LE(1) * 24 + (bytes[5] ?? 0);
  const micros = bytes.length === 12 ? bytes.readUInt32LE(8) : 0;
  const sign = bytes[0] === 1 ? "-" : "";
  return `${sign}${pad(hours, 2)}:${pad(bytes[6] ?? 0, 2)}:${pad(bytes[7] ?? 0, 2)}${fraction(micros, decimals)}`;
}
