/**
 * The packets of the connection phase: greeting, TLS request, the client's response, authentication switch. Payloads
 * only, both ways; what they mean is in `client-login.ts` and `server-login.ts`.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
import { MalformedBytes, WireReader, WireWriter } from "../../sqltypes/wire.ts";
import { capability } from "./capabilities.ts";

export interface Greeting {
  readonly serverVersion: string;
  readonly connectionId: number;
  /** 20 bytes, none of them zero. */
  readonly salt: Buffer;
  readonly capabilities: number;
  readonly collation: number;
  readonly statusFlags: number;
  readonly authMethod: string;
}

export const saltSize = 20;

export function encodeGreeting(greeting: Greeting): Buffer {
  return new WireWriter(128)
    .u8(10)
    .zeroEndedText(greeting.serverVersion)
    .u32(greeting.connectionId)
    .raw(greeting.salt.subarray(0, 8))
    .u8(0)
    .u16(greeting.capabilities & 0xffff)
    .u8(greeting.collation & 0xff)
    .u16(greeting.statusFlags)
    .u16(greeting.capabilities >>> 16)
    .u8(saltSize + 1)
    .zeros(10)
    .raw(greeting.salt.subarray(8, saltSize))
    .u8(0)
    .zeroEndedText(greeting.authMethod)
    .finish();
}

export function decodeGreeting(payload: Buffer): Greeting {
  const from = new WireReader(payload);
  const version = from.u8();
  if (version !== 10) throw new MalformedBytes(`protocol version ${version}, expected 10`);
  const serverVersion = from.zeroEndedText();
  const connectionId = from.u32();
  const saltHead = from.view(8);
  from.skip(1);
  const low = from.u16();
  const collation = from.u8();
  const statusFlags = from.u16();
  const capabilities = (low | (from.u16() << 16)) >>> 0;
  const saltLength = from.u8();
  from.skip(10);
  const tail = from.view(Math.max(13, saltLength - 8));
  const salt = Buffer.concat([saltHead, tail.subarray(0, saltSize - 8)]);
  const authMethod = (capabilities & capability.pluginAuth) === 0 ? "mysql_native_password" : readMethod(from);
  return { serverVersion, connectionId, salt, capabilities, collation, statusFlags, authMethod };
}

/** Some servers leave the closing zero away. */
function readMethod(from: WireReader): string {
  const rest = from.rest();
  const end = rest.indexOf(0);
  return rest.toString("latin1", 0, end < 0 ? rest.length : end);
}

export interface LoginRequest {
  readonly capabilities: number;
  readonly packetSizeMax: number;
  readonly collation: number;
  readonly username: string;
  readonly authResponse: Buffer;
  readonly database: string;
  readonly authMethod: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of clients that compress with zstd; else 0. */
  readonly zstdLevel: number;
}

function loginHead(request: Pick<LoginRequest, "capabilities" | "packetSizeMax" | "collation">): WireWriter {
  return new WireWriter(256)
    .u32(request.capabilities >>> 0)
    .u32(request.packetSizeMax)
    .u8(request.collation & 0xff)
    .zeros(23);
}

/** What a client sends before its login when it wants TLS: the login's first 32 bytes. */
export function encodeTlsRequest(request: Pick<LoginRequest, "capabilities" | "packetSizeMax" | "collation">): Buffer {
  return loginHead(request).finish();
}

export function encodeLogin(request: Omit<LoginRequest, "zstdLevel">): Buffer {
  const to = loginHead(request).zeroEndedText(request.username);
  if ((request.capabilities & capability.pluginAuthLenenc) !== 0) to.lenencRaw(request.authResponse);
  else to.u8(request.authResponse.length).raw(request.authResponse);
  if ((request.capabilities & capability.connectWithDatabase) !== 0) to.zeroEndedText(request.database);
  if ((request.capabilities & capability.pluginAuth) !== 0) to.zeroEndedText(request.authMethod);
  if ((request.capabilities & capability.connectAttributes) !== 0) {
    const pairs = new WireWriter();
    for (const [key, value] of Object.entries(request.attributes)) pairs.lenencText(key).lenencText(value);
    to.lenencRaw(pairs.finish());
  }
  return to.finish();
}

/** True when a client's first packet only asks for TLS. */
export function isTlsRequest(payload: Buffer): boolean {
  return payload.length === 32 && (payload.readUInt32LE(0) & capability.ssl) !== 0;
}

export function decodeLogin(payload: Buffer): LoginRequest {
  const from = new WireReader(payload);
  const capabilities = from.u32();
  if ((capabilities & capability.protocol41) === 0) throw new MalformedBytes("a client older than protocol 4.1");
  const packetSizeMax = from.u32();
  const collation = from.u8();
  from.skip(23);
  const username = from.zeroEndedText();
  const authResponse = readAuthResponse(from, capabilities);
  const hasDatabase = (capabilities & capability.connectWithDatabase) !== 0 && from.left > 0;
  const database = hasDatabase ? from.zeroEndedText() : "";
  const hasMethod = (capabilities & capability.pluginAuth) !== 0 && from.left > 0;
  const authMethod = hasMethod ? from.zeroEndedText() : "mysql_native_password";
  const hasAttributes = (capabilities & capability.connectAttributes) !== 0 && from.left > 0;
  const attributes = hasAttributes ? readAttributes(from) : {};
  const zstdLevel = (capabilities & capability.zstd) !== 0 && from.left > 0 ? from.u8() : 0;
  return {
    capabilities,
    packetSizeMax,
    collation,
    username,
    authResponse: Buffer.from(authResponse),
    database,
    authMethod,
    attributes,
    zstdLevel,
  };
}

/** COM_CHANGE_USER without its command byte; `login` is what holds where it says nothing. */
export function decodeChangeUser(
  body: Buffer,
  login: Pick<LoginRequest, "capabilities" | "collation" | "attributes" | "zstdLevel">,
): Omit<LoginRequest, "authResponse"> {
  const { capabilities, zstdLevel } = login;
  const from = new WireReader(body);
  const username = from.zeroEndedText();
  from.skip(from.u8()); // The response to a salt of long ago: everybody is asked anew.
  const database = from.zeroEndedText();
  const collation = from.left >= 2 ? from.u16() : login.collation;
  const hasMethod = (capabilities & capability.pluginAuth) !== 0 && from.left > 0;
  const authMethod = hasMethod ? from.zeroEndedText() : "mysql_native_password";
  const hasAttributes = (capabilities & capability.connectAttributes) !== 0 && from.left > 0;
  const attributes = hasAttributes ? readAttributes(from) : login.attributes;
  return { capabilities, packetSizeMax: 0, collation, username, database, authMethod, attributes, zstdLevel };
}

function readAuthResponse(from: WireReader, capabilities: number): Buffer {
  if ((capabilities & capability.pluginAuthLenenc) !== 0) return from.lenencView();
  if ((capabilities & capability.secureConnection) !== 0) return from.view(from.u8());
  return from.zeroEndedView();
}

function readAttributes(from: WireReader): Record<string, string> {
  const pairs = new WireReader(from.lenencView());
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  while (pairs.left > 0) {
    const key = pairs.lenencText();
    attributes[key] = pairs.lenencText();
  }
  return attributes;
}

export interface AuthSwitch {
  readonly method: string;
  readonly salt: Buffer;
}

export function encodeAuthSwitch({ method, salt }: AuthSwitch): Buffer {
  return new WireWriter(64).u8(0xfe).zeroEndedText(method).raw(salt).u8(0).finish();
}

/** The payload after its 0xfe. */
export function decodeAuthSwitch(payload: Buffer): AuthSwitch {
  const from = new WireReader(payload, 1);
  if (from.left === 0) throw new MalformedBytes("the server asks for the password hash of MySQL 4.0");
  const method = from.zeroEndedText();
  const salt = from.rest();
  const end = salt.at(-1) === 0 ? salt.length - 1 : salt.length;
  return { method, salt: Buffer.from(salt.subarray(0, end)) };
}
