/**
 * The connection phase as our server sees it: a pure step function, (state, payload) to (state, what to do). Nothing is
 * served before phase "done"; a client that is refused gets one ERR packet and the end.
 */
import { MalformedBytes } from "../sqltypes/wire.ts";
import {
  type Authentication,
  type AuthMethod,
  type Identity,
  isClear,
  type PeerCertificate,
} from "./authentication.ts";
import { encodeError } from "./packets/answers.ts";
import { capability, frontendCapabilities } from "./packets/capabilities.ts";
import { decodeLogin, encodeAuthSwitch, isTlsRequest, type LoginRequest } from "./packets/handshake.ts";

export interface LoginRules {
  readonly authentication: Authentication;
  readonly tls: "off" | "offered" | "required";
  /** Capabilities that are offered besides the usual ones: of compression. */
  readonly extraCapabilities: number;
  /** Empty: a unix socket, which nobody can listen to. */
  readonly remoteAddress: string;
  readonly salt: Buffer;
  readonly certificate: PeerCertificate | undefined;
  /** Passwords in clear text are taken without TLS too. */
  readonly trustsNetwork: boolean;
}

export interface AcceptedLogin {
  readonly identity: Identity;
  readonly username: string;
  readonly database: string;
  readonly collation: number;
  /** What both sides have. */
  readonly capabilities: number;
  readonly zstdLevel: number;
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
  /** The password itself comes, for the hash of it that was sent proved nothing. */
  | { readonly phase: "password"; readonly request: LoginRequest }
  | { readonly phase: "done"; readonly login: AcceptedLogin }
  | { readonly phase: "refused" };

export interface ServerLoginStep {
  readonly state: ServerLoginState;
  readonly send: readonly Buffer[];
  readonly startTls?: true;
}

/** Before anybody has proved anything, a payload may be this long. */
export const loginPayloadMax = 64 * 1024;

export function serverCapabilities({ tls, extraCapabilities }: Pick<LoginRules, "tls" | "extraCapabilities">): number {
  return (frontendCapabilities | extraCapabilities | (tls === "off" ? 0 : capability.ssl)) >>> 0;
}

export function stepServerLogin(state: ServerLoginState, payload: Buffer, rules: LoginRules): ServerLoginStep {
  switch (state.phase) {
    case "first": {
      if (isTlsRequest(payload) && !state.isSecure && rules.tls !== "off")
        return { state: { phase: "tls" }, send: [], startTls: true };
      return firstAnswer(decodeLogin(payload), state.isSecure, rules);
    }
    case "switched":
      return judge(state, Buffer.from(payload), rules);
    case "password": {
      const password = Buffer.from(payload);
      return judge({ isSecure: true, request: state.request, method: "mysql_clear_password" }, password, rules);
    }
    case "tls":
    case "done":
    case "refused":
      throw new MalformedBytes(`a login packet in phase ${state.phase}`);
  }
}

function firstAnswer(request: LoginRequest, isEncrypted: boolean, rules: LoginRules): ServerLoginStep {
  const isSecure = isEncrypted || rules.remoteAddress === "";
  if (rules.tls === "required" && !isSecure)
    return refuse(3159, "HY000", "Connections using insecure transport are prohibited by this server");
  const method = rules.authentication.methodFor(request.username, request.authMethod, isSecure);
  if (request.authMethod === method || isEmptyNative(request, method))
    return judge({ isSecure, request, method }, request.authResponse, rules);
  return switchTo(method, request, isSecure, rules);
}

/** The client is asked to prove itself by `method`. */
export function switchTo(
  method: AuthMethod,
  request: LoginRequest,
  isSecure: boolean,
  rules: Pick<LoginRules, "salt" | "trustsNetwork">,
): ServerLoginStep {
  if (isClear(method) && !isSecure && !rules.trustsNetwork) return refuse(1045, "28000", clearTextRefused);
  return {
    state: { phase: "switched", isSecure, request, method },
    send: [encodeAuthSwitch({ method, salt: method === "dialog" ? passwordQuestion : rules.salt })],
  };
}

const clearTextRefused = "a password in clear text is taken over TLS only";
/** The only question of a dialog, and its answer is not shown. */
const passwordQuestion = Buffer.from("\u0005Password: ");

/** Old clients name no method and mean mysql_native_password. */
function isEmptyNative(request: LoginRequest, method: AuthMethod): boolean {
  return request.authMethod === "" && method === "mysql_native_password";
}

interface Claim {
  readonly isSecure: boolean;
  readonly request: LoginRequest;
  readonly method: AuthMethod;
}

function judge({ isSecure, request, method }: Claim, response: Buffer, rules: LoginRules): ServerLoginStep {
  if (isClear(method) && !isSecure && !rules.trustsNetwork) return refuse(1045, "28000", clearTextRefused);
  const { username } = request;
  const { remoteAddress, salt, certificate } = rules;
  const identity = rules.authentication.check({ username, method, salt, response, remoteAddress, certificate });
  if (identity === "needs password" && isSecure)
    return { state: { phase: "password", request }, send: [Buffer.from([0x01, 0x04])] };
  if (identity === undefined || identity === "needs password") {
    const from = remoteAddress === "" ? "localhost" : remoteAddress;
    const gave = response.length > 0 ? "YES" : "NO";
    return refuse(1045, "28000", `Access denied for user '${username}'@'${from}' (using password: ${gave})`);
  }
  const capabilities = (request.capabilities & serverCapabilities(rules)) >>> 0;
  const { database, collation, attributes, zstdLevel } = request;
  const login = { identity, username, database, collation, capabilities, attributes, zstdLevel };
  // The fast exchange of caching_sha2_password says that it succeeded before OK does.
  const send = method === "caching_sha2_password" && response.length > 0 ? [Buffer.from([0x01, 0x03])] : [];
  return { state: { phase: "done", login }, send };
}

function refuse(errno: number, sqlState: string, text: string): ServerLoginStep {
  return { state: { phase: "refused" }, send: [encodeError(errno, sqlState, text)] };
}
