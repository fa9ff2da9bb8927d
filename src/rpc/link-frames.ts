/**
 * The query link's bytes, pure. A frame is [payload size u32][stream id u32][kind u8] and a payload; integers are
 * little-endian. A link begins with `hello` and is answered by `welcome` or `refused`; nothing else comes before that.
 *
 *     gateway                                tablet
 *     execute(stream, …)              →
 *     credit(stream, bytes) cancel    →
 *                                     ←      columns(stream) rows(stream)… end(stream) | fail(stream)
 *     begin commit rollback release
 *     getSchema (stream, …)           →
 *                                     ←      reply(stream) | fail(stream)
 *     streamHealth(stream) cancel     →
 *                                     ←      health(stream)… end by fail(stream)
 *
 * What repeats is sent once and then named by a slot number: statement texts, the context of a call (target, options,
 * caller, settings) by the gateway; column definitions by the tablet. A slot that is defined again is replaced.
 */
import { VtError } from "../base/errors.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";
import { sqlTypeOf, sqlTypes } from "../sqltypes/types.ts";
import type { Binds, BindValue, Value } from "../sqltypes/value.ts";
import type { BatchedSocket } from "../base/socket.ts";
import { MalformedBytes, WireReader, WireWriter } from "../sqltypes/wire.ts";
import type { Status } from "./errors.ts";
import type { CallState, Caller, QueryOptions, SchemaReply, TabletHealth, Target } from "./query-service.ts";

export const linkVersion = 1;
export const frameHeaderSize = 9;
/** The largest statement with its binds. */
export const framePayloadMax = 72 * 1024 * 1024;
/** Before the hello is accepted. */
export const helloPayloadMax = 8 * 1024;
/** Rows that may be on their way to one reader. */
export const creditBytes = 256 * 1024;
export const textSlotsMax = 4096;
export const contextSlotsMax = 1024;
export const columnSlotsMax = 1024;
/** Longer statements are not worth a slot. */
export const slotTextMax = 2048;

export const frameKind = {
  hello: 1,
  execute: 2,
  credit: 3,
  cancel: 4,
  begin: 5,
  commit: 6,
  rollback: 7,
  release: 8,
  streamHealth: 9,
  getSchema: 10,
  welcome: 32,
  columns: 33,
  rows: 34,
  end: 35,
  fail: 36,
  reply: 37,
  health: 38,
} as const;

/** One writer for all frames: each is copied into its socket's batch before the next begins. */
let scratch = new WireWriter(16 * 1024);
/** A writer that grew beyond this for one large frame is not kept. */
const scratchKeptMax = 1024 * 1024;

/** Begins a frame: write its payload, then `sendFrame`. */
export function beginFrame(kind: number, stream: number): WireWriter {
  return scratch.reset().u32(0).u32(stream).u8(kind);
}

export function sendFrame(socket: BatchedSocket, to: WireWriter): void {
  to.patchU32(0, to.size - frameHeaderSize);
  socket.writeStart(to.memory, to.size);
  if (to.memory.length > scratchKeptMax) scratch = new WireWriter(16 * 1024);
}

/** A frame whose payload is at hand. */
export function frame(kind: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderSize + payload.length);
  writeFrameHeader(bytes, 0, kind, stream, payload.length);
  payload.copy(bytes, frameHeaderSize);
  return bytes;
}

export function writeFrameHeader(to: Buffer, at: number, kind: number, stream: number, size: number): void {
  to.writeUInt32LE(size, at);
  to.writeUInt32LE(stream, at + 4);
  to[at + 8] = kind;
}

export interface Hello {
  readonly version: number;
  readonly features: number;
  /** Who calls: "username" and "password" of static authentication, or nothing. */
  readonly credentials: Readonly<Record<string, string>>;
}

export function writeHello(to: WireWriter, { version, features, credentials }: Hello): WireWriter {
  to.text(magic).u16(version).u32(features).lenenc(Object.keys(credentials).length);
  for (const [key, value] of Object.entries(credentials)) to.lenencText(key).lenencText(value);
  return to;
}

/** So that a client of another protocol is told apart at once. */
const magic = "vtlink";

export function decodeHello(from: WireReader): Hello {
  if (from.view(magic.length).toString("latin1") !== magic) throw new MalformedBytes("not a query link");
  const version = from.u16();
  const features = from.u32();
  const credentials: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let left = from.lenencSize(); left > 0; left--) {
    const key = from.lenencText();
    credentials[key] = from.lenencText();
  }
  return { version, features, credentials };
}

/** What many calls share. */
export interface CallContext {
  readonly target: Target;
  readonly options: QueryOptions;
  readonly settings: readonly string[];
  readonly caller: Caller;
}

export interface ExecuteFrame {
  /** 0: not in a slot. */
  readonly textSlot: number;
  /** Given when the slot is defined by this frame, or there is none. */
  readonly text: string | undefined;
  readonly contextSlot: number;
  /** JSON of a CallContext. */
  readonly context: string | undefined;
  readonly transactionId: number;
  readonly reservedId: number;
  readonly begin: boolean;
  readonly reserve: boolean;
  readonly describe: boolean;
  readonly savepoints: readonly string[];
  readonly binds: Binds;
}

const executeFlag = { begin: 1, reserve: 2, hasText: 4, hasContext: 8, describe: 16 } as const;

export function writeExecute(to: WireWriter, call: ExecuteFrame): WireWriter {
  const { text, context, savepoints, binds } = call;
  const flags =
    (call.begin ? executeFlag.begin : 0) |
    (call.reserve ? executeFlag.reserve : 0) |
    (call.describe ? executeFlag.describe : 0) |
    (text === undefined ? 0 : executeFlag.hasText) |
    (context === undefined ? 0 : executeFlag.hasContext);
  to.u8(flags).u16(call.textSlot).u16(call.contextSlot).f64(call.transactionId).f64(call.reservedId);
  if (text !== undefined) to.lenencText(text);
  if (context !== undefined) to.lenencText(context);
  to.lenenc(savepoints.length);
  for (const savepoint of savepoints) to.lenencText(savepoint);
  writeBinds(to, binds);
  return to;
}

export function decodeExecute(from: WireReader): ExecuteFrame {
  const flags = from.u8();
  const textSlot = from.u16();
  const contextSlot = from.u16();
  const transactionId = from.f64();
  const reservedId = from.f64();
  const text = (flags & executeFlag.hasText) === 0 ? undefined : from.lenencText();
  const context = (flags & executeFlag.hasContext) === 0 ? undefined : from.lenencText();
  const savepoints = readTexts(from);
  const binds = from.peek() === 0 ? noBinds : readBinds(new WireReader(Buffer.from(from.rest())));
  const begin = (flags & executeFlag.begin) !== 0;
  const reserve = (flags & executeFlag.reserve) !== 0;
  const describe = (flags & executeFlag.describe) !== 0;
  return {
    textSlot,
    text,
    contextSlot,
    context,
    transactionId,
    reservedId,
    begin,
    reserve,
    describe,
    savepoints,
    binds,
  };
}

function writeBinds(to: WireWriter, binds: Binds): void {
  const names = Object.keys(binds);
  to.lenenc(names.length);
  for (const name of names) {
    const bind = binds[name] as BindValue;
    to.lenencText(name).u16(sqlTypes[bind.type].number);
    if ("values" in bind) {
      to.lenenc(bind.values.length);
      for (const value of bind.values) writeValue(to.u16(sqlTypes[value.type].number), value);
    } else writeValue(to, bind);
  }
}

function writeValue(to: WireWriter, { bytes }: Value): void {
  if (bytes === undefined) to.u8(0xfb);
  else to.lenencRaw(bytes);
}

/** The binds are views of `from`, whose memory is theirs. */
function readBinds(from: WireReader): Binds {
  const count = from.lenencSize();
  const binds: Record<string, BindValue> = {};
  for (let i = 0; i < count; i++) {
    const name = from.lenencText();
    if (name === "__proto__") throw new MalformedBytes("a bind that would change what an object is");
    const type = readType(from);
    if (type === "TUPLE") {
      const values: Value[] = [];
      for (let left = from.lenencSize(); left > 0; left--)
        values.push({ type: readType(from), bytes: readBytes(from) });
      binds[name] = { type, values };
    } else binds[name] = { type, bytes: readBytes(from) };
  }
  return binds;
}

const noBinds: Binds = {};

function readType(from: WireReader) {
  const number = from.u16();
  const type = sqlTypeOf(number);
  if (type === undefined) throw new MalformedBytes(`type number ${number}`);
  return type;
}

function readBytes(from: WireReader): Buffer | undefined {
  if (from.peek() !== 0xfb) return from.lenencView();
  from.skip(1);
  return undefined;
}

function readTexts(from: WireReader): string[] {
  const texts: string[] = [];
  for (let left = from.lenencSize(); left > 0; left--) texts.push(from.lenencText());
  return texts;
}

export function writeState(to: WireWriter, state: CallState): WireWriter {
  return to.f64(state.transactionId).f64(state.reservedId).lenencText(state.tabletAlias);
}
export function readState(from: WireReader): CallState {
  return { transactionId: from.f64(), reservedId: from.f64(), tabletAlias: from.lenencText() };
}

export function writeEnd(to: WireWriter, trailer: ResultTrailer, state: CallState): WireWriter {
  writeState(to, state).f64(trailer.affectedRows).lenenc(trailer.lastInsertId);
  to.u16(trailer.statusFlags).u16(trailer.warnings);
  return to.lenencText(trailer.info).lenencRaw(trailer.sessionState);
}

export function decodeEnd(from: WireReader): { readonly trailer: ResultTrailer; readonly state: CallState } {
  const state = readState(from);
  const affectedRows = from.f64();
  const lastInsertId = from.lenenc();
  const statusFlags = from.u16();
  const warnings = from.u16();
  const info = from.lenencText();
  const sessionState = from.lenencCopy();
  return { state, trailer: { affectedRows, lastInsertId, statusFlags, warnings, info, sessionState } };
}

export function writeFail(to: WireWriter, status: Status, state: CallState): WireWriter {
  return writeState(to, state).u8(status.code).lenencText(status.message);
}
export function decodeFail(from: WireReader): { readonly status: Status; readonly state: CallState } {
  const state = readState(from);
  return { state, status: { code: from.u8(), message: from.lenencText() } };
}

/** `packets` are left out when the tablet sent them in this slot before. */
export function writeColumns(to: WireWriter, slot: number, packets: readonly Buffer[] | undefined): WireWriter {
  to.u16(slot).u8(packets === undefined ? 0 : 1);
  if (packets === undefined) return to;
  to.lenenc(packets.length);
  for (const packet of packets) to.lenencRaw(packet);
  return to;
}
export function decodeColumns(from: WireReader): {
  readonly slot: number;
  readonly packets: readonly Buffer[] | undefined;
} {
  const slot = from.u16();
  if (from.u8() === 0) return { slot, packets: undefined };
  const packets: Buffer[] = [];
  for (let left = from.lenencSize(); left > 0; left--) packets.push(Buffer.from(from.lenencView()));
  return { slot, packets };
}

/** Rare calls and their answers travel as JSON. */
export interface RareCalls {
  readonly begin: CallContext;
  readonly commit: { readonly target: Target; readonly transactionId: number };
  readonly rollback: { readonly target: Target; readonly transactionId: number };
  readonly release: { readonly target: Target; readonly transactionId: number; readonly reservedId: number };
  readonly getSchema: {
    readonly target: Target;
    readonly kind: "tables" | "views" | "all";
    readonly names: readonly string[];
  };
}
export interface RareReplies {
  readonly begin: CallState;
  readonly commit: number;
  readonly rollback: number;
  readonly release: null;
  readonly getSchema: SchemaReply;
}

export function writeJson(to: WireWriter, value: unknown): WireWriter {
  return to.text(JSON.stringify(value));
}

/**
 * Peers of a link have proved who they are; their JSON is still checked to be an object or a number of the expected
 * kind before a field of it is used.
 */
export function decodeJson(from: WireReader): unknown {
  try {
    return JSON.parse(from.rest().toString("utf8"));
  } catch (cause) {
    throw new MalformedBytes("a payload that is no JSON", { cause });
  }
}

export function decodeContext(json: string): CallContext {
  let context: unknown;
  try {
    context = JSON.parse(json);
  } catch (cause) {
    throw new MalformedBytes("a context that is no JSON", { cause });
  }
  if (!isContext(context)) throw new MalformedBytes("a context without its parts");
  return context;
}

function isContext(value: unknown): value is CallContext {
  if (!isRecord(value)) return false;
  const { target, options, settings, caller } = value;
  return (
    isTarget(target) &&
    isRecord(options) &&
    Array.isArray(settings) &&
    settings.every((setting) => typeof setting === "string") &&
    isRecord(caller)
  );
}

export function isTarget(value: unknown): value is Target {
  return isRecord(value) && ["keyspace", "shard", "tabletType", "cell"].every((key) => typeof value[key] === "string");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function decodeHealth(from: WireReader): TabletHealth {
  const health = decodeJson(from);
  if (!isRecord(health) || !isTarget(health["target"])) throw new MalformedBytes("a health report without a target");
  return health as unknown as TabletHealth;
}

/** The link broke before an answer came: what was under way may or may not have happened. */
export function lostLink(where: string, why: string): VtError {
  return VtError.of("VT14001", where, why);
}
