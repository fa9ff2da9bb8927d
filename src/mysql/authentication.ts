/**
 * Who may log in to our server, as a lookup that the connection phase asks. `noAuthentication` lets everybody in,
 * `staticAuthentication` knows users from a table (Vitess's static auth file, read by the gateway), and
 * `certificateAuthentication` believes the client's certificate.
 */
import type { BatchedSocket } from "../base/socket.ts";
import { isNativeResponse, isSameSecret, isSha2Response, nativeHash, sha2Hash } from "./auth/scramble.ts";

/** dialog is mysql_clear_password for clients of MariaDB. */
export type AuthMethod = "mysql_native_password" | "caching_sha2_password" | ClearMethod;
export type ClearMethod = "mysql_clear_password" | "dialog";

/** How one user may prove who they are. A user can stand several times: once per password or source. */
export interface UserEntry {
  readonly password?: string;
  /** SHA1(SHA1(password)), 20 bytes. */
  readonly nativeHash?: Buffer;
  /** SHA256(SHA256(password)), 32 bytes. */
  readonly sha2Hash?: Buffer;
  /** Empty: from anywhere; "localhost": only over the unix socket; else the IP address. */
  readonly sourceHost?: string;
  /** The caller id's user; default the username. */
  readonly userName?: string;
  readonly groups?: readonly string[];
}

export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
}

/** A client's certificate that our authorities have signed. */
export interface PeerCertificate {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
}

/** What the peer of a connection showed, verified. */
export function certificateOf({ isEncrypted, peerName, peerDnsNames }: BatchedSocket): PeerCertificate | undefined {
  if (!isEncrypted || peerName === "") return undefined;
  return { commonName: peerName, dnsNames: peerDnsNames };
}

export interface LoginAttempt {
  readonly username: string;
  readonly method: AuthMethod;
  readonly salt: Buffer;
  readonly response: Buffer;
  /** IP address; empty on a unix socket. */
  readonly remoteAddress: string;
  readonly certificate: PeerCertificate | undefined;
}

export interface Authentication {
  /** What the greeting offers. */
  readonly defaultMethod: AuthMethod;
  /** The method `username` must use; `offered` is what the client began with. A secure connection hides passwords. */
  methodFor(username: string, offered: string, isSecure: boolean): AuthMethod;
  /**
   * Who it is; undefined: refused. "needs password": the response to a salt proves nothing here, for only a hash of another
   * kind is stored; the password itself would.
   */
  check(attempt: LoginAttempt): Identity | "needs password" | undefined;
}

/** Everybody is who they say they are. */
export const noAuthentication: Authentication = {
  defaultMethod: "mysql_native_password",
  methodFor: (_username, offered) =>
    offered === "caching_sha2_password" || offered === "mysql_clear_password" ? offered : "mysql_native_password",
  check: ({ username }) => ({ username, groups: [] }),
};

/**
 * The user is the common name of the client's certificate, its groups are the certificate's DNS names. Whatever password
 * comes is not looked at.
 */
export function certificateAuthentication(method: ClearMethod): Authentication {
  return {
    defaultMethod: method,
    methodFor: () => method,
    check: ({ username, certificate }) =>
      certificate === undefined || username === "" || certificate.commonName !== username
        ? undefined
        : { username, groups: certificate.dnsNames },
  };
}

export type UserTable = Readonly<Record<string, readonly UserEntry[]>>;

/** `users` is read anew on each login, so that a reload takes effect. */
export function staticAuthentication(
  users: () => UserTable,
  defaultMethod: AuthMethod = "caching_sha2_password",
): Authentication {
  const entriesOf = (username: string) => (Object.hasOwn(users(), username) ? (users()[username] ?? []) : []);
  return {
    defaultMethod,
    methodFor(username, offered, isSecure) {
      const entries = entriesOf(username);
      const knows = (method: AuthMethod) => entries.some((entry) => storesFor(entry, method));
      if (isKnownMethod(offered) && knows(offered)) return offered;
      // The password itself can be asked for: clients of MySQL 9 know no other method.
      if (offered === "caching_sha2_password" && isSecure && entries.length > 0) return offered;
      const others: readonly AuthMethod[] = ["caching_sha2_password", "mysql_native_password"];
      return [defaultMethod, ...others].find(knows) ?? defaultMethod;
    },
    check(attempt) {
      const entries = entriesOf(attempt.username).filter(({ sourceHost }) =>
        comesFrom(attempt.remoteAddress, sourceHost ?? ""),
      );
      const right = entries.find((entry) => isRight(entry, attempt));
      if (right !== undefined) return { username: right.userName || attempt.username, groups: right.groups ?? [] };
      const isOpen = attempt.method === "caching_sha2_password" && attempt.response.length > 0;
      return isOpen && entries.some((entry) => !storesFor(entry, attempt.method)) ? "needs password" : undefined;
    },
  };
}

function isKnownMethod(method: string): method is AuthMethod {
  return method === "mysql_native_password" || method === "caching_sha2_password" || isClear(method);
}

export function isClear(method: string): method is ClearMethod {
  return method === "mysql_clear_password" || method === "dialog";
}

function storesFor(entry: UserEntry, method: AuthMethod): boolean {
  if (entry.password !== undefined || isClear(method)) return true;
  return method === "mysql_native_password" ? entry.nativeHash !== undefined : entry.sha2Hash !== undefined;
}

function comesFrom(remoteAddress: string, sourceHost: string): boolean {
  if (sourceHost === "") return true;
  if (sourceHost === "localhost") return remoteAddress === "";
  return remoteAddress === sourceHost || remoteAddress === `::ffff:${sourceHost}`;
}

function isRight(entry: UserEntry, { method, response, salt }: LoginAttempt): boolean {
  if (entry.password === "") return response.length === 0 || (response.length === 1 && response[0] === 0);
  const { password } = entry;
  if (isClear(method)) return isRightClearText(entry, response);
  if (method === "mysql_native_password") {
    const stored = entry.nativeHash ?? (password === undefined ? undefined : nativeHash(password));
    return stored !== undefined && isNativeResponse(response, salt, stored);
  }
  const stored = entry.sha2Hash ?? (password === undefined ? undefined : sha2Hash(password));
  return stored !== undefined && isSha2Response(response, salt, stored);
}

function isRightClearText(entry: UserEntry, response: Buffer): boolean {
  const end = response.at(-1) === 0 ? response.length - 1 : response.length;
  const given = response.toString("utf8", 0, end);
  if (entry.password !== undefined) return isSameSecret(given, entry.password);
  if (entry.sha2Hash !== undefined)
    return isSameSecret(sha2Hash(given).toString("hex"), entry.sha2Hash.toString("hex"));
  return (
    entry.nativeHash !== undefined && isSameSecret(nativeHash(given).toString("hex"), entry.nativeHash.toString("hex"))
  );
}
