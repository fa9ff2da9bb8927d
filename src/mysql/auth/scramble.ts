/**
 * The arithmetic of MySQL's password methods, both sides. Nothing here does I/O or keeps a password.
 *
 * Both methods store a hash of a hash and prove knowledge of the first hash by XOR with a salted digest:
 * mysql_native_password with SHA-1 over salt + stored, caching_sha2_password with SHA-256 over stored + salt.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 */
import { constants, createHash, publicEncrypt, timingSafeEqual } from "node:crypto";

const digest = (algorithm: "sha1" | "sha256", ...parts: readonly Uint8Array[]) => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
};

function xor(a: Buffer, b: Buffer): Buffer {
  const out = Buffer.alloc(a.length);
  for (let i = 0; i < a.length; i++) out[i] = (a[i] ?? 0) ^ (b[i % b.length] ?? 0);
  return out;
}

const noResponse = Buffer.alloc(0);

/** What a server stores of a password: 20 bytes. */
export function nativeHash(password: string): Buffer {
  return digest("sha1", digest("sha1", Buffer.from(password)));
}

export function nativeResponse(password: string, salt: Buffer): Buffer {
  if (password === "") return noResponse;
  const once = digest("sha1", Buffer.from(password));
  return xor(once, digest("sha1", salt, digest("sha1", once)));
}

export function isNativeResponse(response: Buffer, salt: Buffer, stored: Buffer): boolean {
  if (response.length !== 20) return false;
  const once = xor(response, digest("sha1", salt, stored));
  return timingSafeEqual(digest("sha1", once), stored);
}

/** What our side stores for caching_sha2_password's fast exchange: 32 bytes. */
export function sha2Hash(password: string): Buffer {
  return digest("sha256", digest("sha256", Buffer.from(password)));
}

export function sha2Response(password: string, salt: Buffer): Buffer {
  if (password === "") return noResponse;
  const once = digest("sha256", Buffer.from(password));
  return xor(once, digest("sha256", digest("sha256", once), salt));
}

export function isSha2Response(response: Buffer, salt: Buffer, stored: Buffer): boolean {
  if (response.length !== 32) return false;
  const once = xor(response, digest("sha256", stored, salt));
  return timingSafeEqual(digest("sha256", once), stored);
}

/** The whole password for a server without TLS: XOR with the salt, then the server's RSA key. */
export function encryptPassword(password: string, salt: Buffer, publicKeyPem: Buffer): Buffer {
  const masked = xor(Buffer.from(`${password}\0`), salt);
  return publicEncrypt({ key: publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING }, masked);
}

/** Equal secrets, in time that does not tell where they differ. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest("sha256", Buffer.from(a)), digest("sha256", Buffer.from(b)));
}
