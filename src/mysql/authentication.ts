/**
 * Who may log in to our server, as a lookup that the connection phase asks. `noAuthentication` lets everybody in,
 * `staticAuthentication` knows users from a table (Vitess's static auth file, read by the gateway).
 */
import { isNativeResponse, isSameSecret, isSha2Response, nativeHash, sha2Hash } from "./auth/scramble.ts";

export type AuthMethod = "mysql_native_password" | "caching_sha2_password" | "mysql_clear_password";

/** How one user may prove who they are. A user can stand several times: once per password or source. */
export interface UserEntry {
  readonly password?: string;
  /** SHA1(SHA1(password)), 20 bytes. */
  readonly nativeHash?: Buffer;
  /** SHA256(SHA256(password)), 32 bytes. */
  readonly sha2Hash?: Buffer;
  /** Empty: from anywhere; "localhost": only over a unix socket or the loopback address; else the IP address. */
  readonly sourceHost?: string;
  /** The caller id's user; default the username. */
  readonly userName?: string;
  readonly groups?: readonly string[];
}

export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
}

export interface LoginAttempt {
  readonly username: string;
  readonly method: AuthMethod;
  readonly salt: Buffer;
  readonly response: Buffer;
  /** IP address; empty on a unix socket. */
  readonly remoteAddress: string;
}

export interface Authentication {
  /** What the greeting offers. */
  readonly defaultMethod: AuthMethod;
  /** The method `username` must use; `offered` is what the client began with. */
  methodFor(username: string, offered: string): AuthMethod;
  /** Who it is, or undefined: refused. */
  check(attempt: LoginAttempt): Identity | undefined;
}

/** Everybody is who they say they are. */
export const noAuthentication: Authentication = {
  defaultMethod: "mysql_native_password",
  methodFor: (_username, offered) =>
    offered === "caching_sha2_password" || offered === "mysql_clear_password" ? offered : "mysql_native_password",
  check: ({ username }) => ({ username, groups: [] }),
};

export type UserTable = Readonly<Record<string, readonly UserEntry[]>>;

/** `users` is read anew on each login, so that a reload takes effect. */
export function staticAuthentication(
  users: () => UserTable,
  defaultMethod: AuthMethod = "caching_sha2_password",
): Authentication {
  const entriesOf = (username: string) => (Object.hasOwn(users(), username) ? (users()[username] ?? []) : []);
  return {
    defaultMethod,
    methodFor(username, offered) {
      const entries = entriesOf(username);
      const knows = (method: AuthMethod) => entries.some((entry) => storesFor(entry, method));
      if (isKnownMethod(offered) && knows(offered)) return offered;
      const others: readonly AuthMethod[] = ["caching_sha2_password", "mysql_native_password"];
      return [defaultMethod, ...others].find(knows) ?? defaultMethod;
    },
    check(attempt) {
      for (const entry of entriesOf(attempt.username)) {
        if (!comesFrom(attempt.remoteAddress, entry.sourceHost ?? "") || !isRight(entry, attempt)) continue;
        return { username: entry.userName || attempt.username, groups: entry.groups ?? [] };
      }
      return undefined;
    },
  };
}

function isKnownMethod(method: string): method is AuthMethod {
  return method === "mysql_native_password" || method === "caching_sha2_password" || method === "mysql_clear_password";
}

function storesFor(entry: UserEntry, method: AuthMethod): boolean {
  if (entry.password !== undefined) return true;
  return method === "mysql_native_password" ? entry.nativeHash !== undefined : entry.sha2Hash !== undefined;
}

function comesFrom(remoteAddress: string, sourceHost: string): boolean {
  if (sourceHost === "") return true;
  if (sourceHost === "localhost") return ["", "127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(remoteAddress);
  return remoteAddress === sourceHost || remoteAddress === `::ffff:${sourceHost}`;
}

function isRight(entry: UserEntry, { method, response, salt }: LoginAttempt): boolean {
  if (entry.password === "") return response.length === 0 || (response.length === 1 && response[0] === 0);
  const { password } = entry;
  if (method === "mysql_clear_password") return isRightClearText(entry, response);
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
  if (entry.sha2Hash !== undefined) return sha2Hash(given).equals(entry.sha2Hash);
  return entry.nativeHash !== undefined && nativeHash(given).equals(entry.nativeHash);
}
