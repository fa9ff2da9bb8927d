/**
 * The connection phase as our server sees it: a pure step function, (state, payload) to (state, what to do). Nothing is
 * served before phase "done"; a client that is refused gets one ERR packet and the end.
 */
import { MalformedBytes } from "../sqltypes/wire.ts";
import type { Authentication, AuthMethod, Identity } from "./authentication.ts";
import { encodeError } from "./packets/answers.ts";
import { capability, frontendCapabilities } from "./packets/capabilities.ts";
import { decodeLogin, encodeAuthSwitch, isTlsRequest, type LoginRequest } from "./packets/handshake.ts";

export interface LoginRules {
  readonly authentication: Authentication;
  readonly tls: "off" | "offered" | "required";
  readonly remoteAddress: string;
  readonly salt: Buffer;
}

export interface AcceptedLogin {
  readonly identity: Identity;
  readonly username: string;
  readonly database: string;
  readonly collation: number;
  /** What both sides have. */
  readonly capabilities: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export type ServerLoginState =
  | { readonly phase: "first"; readonly isSecure: boolean }
  | { readonly phase: "tls" }
  | {
      readonly phase: "switched";
      readonly isSecure: boolean;
      readonly request: LoginRequest;
      readonly method: AuthMethod;
    }
  | { readonly phase: "done"; readonly login: AcceptedLogin }
  | { readonly phase: "refused" };

export interface ServerLoginStep {
  readonly state: ServerLoginState;
  readonly send: readonly Buffer[];
  readonly startTls?: true;
}

/** Before anybody has proved anything, a payload may be this long. */
export const loginPayloadMax = 64 * 1024;

export function serverCapabilities(tls: LoginRules["tls"]): number {
  return (frontendCapabilities | (tls === "off" ? 0 : capability.ssl)) >>> 0;
}

export function stepServerLogin(state: ServerLoginState, payload: Buffer, rules: LoginRules): ServerLoginStep {
  switch (state.phase) {
    case "first": {
      if (isTlsRequest(payload) && !state.isSecure && rules.tls !== "off")
        return { state: { phase: "tls" }, send: [], startTls: true };
      return firstAnswer(decodeLogin(payload), state.isSecure, rules);
    }
    case "switched":
      return judge(state.request, state.method, Buffer.from(payload), rules);
    case "tls":
    case "done":
    case "refused":
      throw new MalformedBytes(`a login packet in phase ${state.phase}`);
  }
}

function firstAnswer(request: LoginRequest, isSecure: boolean, rules: LoginRules): ServerLoginStep {
  const isLocal = rules.remoteAddress === "";
  if (rules.tls === "required" && !isSecure && !isLocal)
    return refuse(3159, "HY000", "Connections using insecure transport are prohibited by this server");
  const method = rules.authentication.methodFor(request.username, request.authMethod);
  if (method === "mysql_clear_password" && !isSecure && !isLocal)
    return refuse(1045, "28000", "a password in clear text is taken over TLS only");
  if (request.authMethod === method || isEmptyNative(request, method))
    return judge(request, method, request.authResponse, rules);
  const send = [encodeAuthSwitch({ method, salt: rules.salt })];
  return { state: { phase: "switched", isSecure, request, method }, send };
}

/** Old clients name no method and mean mysql_native_password. */
function isEmptyNative(request: LoginRequest, method: AuthMethod): boolean {
  return request.authMethod === "" && method === "mysql_native_password";
}

function judge(request: LoginRequest, method: AuthMethod, response: Buffer, rules: LoginRules): ServerLoginStep {
  const { username } = request;
  const { remoteAddress, salt } = rules;
  const identity = rules.authentication.check({ username, method, salt, response, remoteAddress });
  if (identity === undefined) {
    const from = remoteAddress === "" ? "localhost" : remoteAddress;
    const gave = response.length > 0 ? "YES" : "NO";
    return refuse(1045, "28000", `Access denied for user '${username}'@'${from}' (using password: ${gave})`);
  }
  const capabilities = (request.capabilities & serverCapabilities(rules.tls)) >>> 0;
  const { database, collation, attributes } = request;
  const login = { identity, username, database, collation, capabilities, attributes };
  // The fast exchange of caching_sha2_password says that it succeeded before OK does.
  const send = method === "caching_sha2_password" && response.length > 0 ? [Buffer.from([0x01, 0x03])] : [];
  return { state: { phase: "done", login }, send };
}

function refuse(errno: number, sqlState: string, text: string): ServerLoginStep {
  return { state: { phase: "refused" }, send: [encodeError(errno, sqlState, text)] };
}
