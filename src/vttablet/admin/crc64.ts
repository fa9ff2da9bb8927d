/** CRC-64 with the ISO polynomial, reflected: the checksum by which Vitess compares passwords without showing them. */

const polynomial = 0xd800_0000_0000_0000n;

const table: readonly bigint[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  return crc;
});

export function crc64(bytes: Uint8Array): bigint {
  let crc = 0xffff_ffff_ffff_ffffn;
  for (const byte of bytes) crc = (table[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (crc >> 8n);
  return crc ^ 0xffff_ffff_ffff_ffffn;
}
