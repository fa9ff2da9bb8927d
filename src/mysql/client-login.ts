/**
 * The connection phase as a client sees it: a pure step function, (state, event) to (state, what to do). The shell
 * (`client.ts`) sends `send`, goes over to TLS on `startTls`, and is logged in at phase "done".
 *
 * Passwords never travel readable over TCP without TLS: clear text is refused there, caching_sha2_password encrypts
 * with the server's RSA key.
 */
import { ServerError } from "../base/errors.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { encryptPassword, nativeResponse, sha2Response } from "./auth/scramble.ts";
import { decodeError } from "./packets/answers.ts";
import { backendCapabilities, capability, packetPayloadMax } from "./packets/capabilities.ts";
import { decodeAuthSwitch, decodeGreeting, encodeLogin, encodeTlsRequest, type Greeting } from "./packets/handshake.ts";

export interface LoginWishes {
  readonly username: string;
  readonly password: string;
  /** Empty: none. */
  readonly database: string;
  /** Affected rows count rows found, not rows changed. */
  readonly foundRows: boolean;
  /** Give up rather than go on without TLS. */
  readonly tls: boolean;
  /** Nobody can listen: a unix socket. TLS counts too, once it is up. */
  readonly isPrivate: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** 0: the server's own where that is utf8mb4. */
  readonly collation: number;
}

export type LoginState =
  | { readonly phase: "greeting" }
  | { readonly phase: "tls"; readonly greeting: Greeting }
  | { readonly phase: "auth"; readonly greeting: Greeting; readonly method: string; readonly salt: Buffer }
  | { readonly phase: "key"; readonly greeting: Greeting; readonly salt: Buffer }
  | { readonly phase: "done"; readonly greeting: Greeting };

/** A payload from the server, or the news that TLS is up. */
export type LoginEvent = Buffer | "tls-is-up";

export interface LoginStep {
  readonly state: LoginState;
  readonly send?: Buffer;
  readonly startTls?: true;
}

export const loginBegins: LoginState = { phase: "greeting" };

/** Throws ServerError when the server refuses, MalformedBytes when it does not follow the protocol. */
export function stepLogin(state: LoginState, event: LoginEvent, wishes: LoginWishes): LoginStep {
  if (event === "tls-is-up") {
    if (state.phase !== "tls") throw new MalformedBytes("TLS came up out of turn");
    return sendLogin(state.greeting, wishes);
  }
  if (event[0] === 0xff) throw decodeError(event);
  switch (state.phase) {
    case "greeting":
      return greeted(decodeGreeting(event), wishes);
    case "auth":
      return authAnswered(state, event, wishes);
    case "key": {
      const password = encryptPassword(wishes.password, state.salt, Buffer.from(event.subarray(1)));
      return { state: { ...state, phase: "auth", method: sha2 }, send: password };
    }
    case "tls":
    case "done":
      throw new MalformedBytes(`a packet in phase ${state.phase}`);
  }
}

const sha2 = "caching_sha2_password";
const native = "mysql_native_password";
const clear = "mysql_clear_password";

function greeted(greeting: Greeting, wishes: LoginWishes): LoginStep {
  const needed = capability.protocol41 | capability.pluginAuth | capability.deprecateEof;
  if ((greeting.capabilities & needed) !== needed)
    throw new ServerError(2007, "HY000", `server ${greeting.serverVersion} is too old for us`);
  if (!wishes.tls) return sendLogin(greeting, wishes);
  if ((greeting.capabilities & capability.ssl) === 0)
    throw new ServerError(2026, "HY000", "TLS is required but the server does not offer it");
  return { state: { phase: "tls", greeting }, startTls: true, send: encodeTlsRequest(headOf(greeting, wishes)) };
}

function headOf(greeting: Greeting, wishes: LoginWishes) {
  const wanted =
    backendCapabilities |
    (wishes.tls ? capability.ssl : 0) |
    (wishes.foundRows ? capability.foundRows : 0) |
    (wishes.database === "" ? 0 : capability.connectWithDatabase);
  // MariaDB clears longPassword to say that it is MariaDB; what is left of our set it has.
  const capabilities = (wanted & (greeting.capabilities | capability.longPassword)) >>> 0;
  return { capabilities, packetSizeMax: packetPayloadMax + 1, collation: wishes.collation || collationFor(greeting) };
}

/** The server's own utf8mb4 collation where its default is one, so that literals compare as they do in its own tools. */
function collationFor({ collation }: Greeting): number {
  const isUtf8mb4 = collation === 45 || collation === 46 || (collation >= 224 && collation <= 255);
  return isUtf8mb4 ? collation : 45;
}

function sendLogin(greeting: Greeting, wishes: LoginWishes): LoginStep {
  const method = greeting.authMethod === sha2 || greeting.authMethod === native ? greeting.authMethod : native;
  const authResponse = responseFor(method, greeting.salt, wishes);
  const { username, database, attributes } = wishes;
  const login = { ...headOf(greeting, wishes), username, database, attributes, authMethod: method, authResponse };
  return { state: { phase: "auth", greeting, method, salt: greeting.salt }, send: encodeLogin(login) };
}

function responseFor(method: string, salt: Buffer, wishes: LoginWishes): Buffer {
  if (method === native) return nativeResponse(wishes.password, salt);
  if (method === sha2) return sha2Response(wishes.password, salt);
  if (method === clear && (wishes.isPrivate || wishes.tls)) return Buffer.from(`${wishes.password}\0`);
  if (method === "auth_socket" || method === "unix_socket") return Buffer.alloc(0);
  throw new ServerError(2059, "HY000", `we do not do the authentication method ${method} on this connection`);
}

function authAnswered(state: Extract<LoginState, { phase: "auth" }>, payload: Buffer, wishes: LoginWishes): LoginStep {
  const { greeting } = state;
  if (payload[0] === 0x00) return { state: { phase: "done", greeting } };
  if (payload[0] === 0xfe) {
    const { method, salt } = decodeAuthSwitch(payload);
    return { state: { phase: "auth", greeting, method, salt }, send: responseFor(method, salt, wishes) };
  }
  if (payload[0] === 0x01 && state.method === sha2) {
    if (payload[1] === 0x03) return { state }; // The server knew the password's hash: OK comes next.
    if (payload[1] === 0x04) return sendWholePassword(state, wishes);
  }
  throw new MalformedBytes(`an unexpected packet while logging in by ${state.method}`);
}

function sendWholePassword(state: Extract<LoginState, { phase: "auth" }>, wishes: LoginWishes): LoginStep {
  if (wishes.isPrivate || wishes.tls) return { state, send: Buffer.from(`${wishes.password}\0`) };
  const askForKey = Buffer.from([0x02]);
  return { state: { phase: "key", greeting: state.greeting, salt: state.salt }, send: askForKey };
}
