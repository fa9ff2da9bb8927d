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
import type { ResultTrailer, ServerWarning } from "../sqltypes/result.ts";
import { plainTrailer } from "../sqltypes/trailers.ts";
import type { BatchedSocket } from "../base/socket.ts";
import { MalformedBytes, type WireReader, WireWriter } from "../sqltypes/wire.ts";
import type { Status } from "./errors.ts";
import type { CallState, Caller, QueryOptions, TabletHealth, Target } from "./query-service.ts";

export const linkVersion = 2;
export const frameHeaderSize = 9;
/** The largest statement with its binds. */
export const framePayloadMax = 72 * 1024 * 1024;
/** Before the hello is accepted. */
export const helloPayloadMax = 8 * 1024;
/** Rows that may be on their way to one reader. */
export const creditBytes = 256 * 1024;
export const columnSlotsMax = 1024;

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

function writeState(to: WireWriter, state: CallState): WireWriter {
  return to.f64(state.transactionId).f64(state.reservedId).lenencText(state.tabletAlias);
}
function readState(from: WireReader): CallState {
  return { transactionId: from.f64(), reservedId: from.f64(), tabletAlias: from.lenencText() };
}

/** What an `end` leaves out: ids where nothing is held, counts and texts where there are none. */
const endFlag = { hasState: 1, isFull: 2 } as const;
const nothingHeld: CallState = { transactionId: 0, reservedId: 0, tabletAlias: "" };

export function writeEnd(to: WireWriter, trailer: ResultTrailer, state: CallState): WireWriter {
  const { affectedRows, lastInsertId, statusFlags, warnings, info, sessionState } = trailer;
  const hasState = state.transactionId !== 0 || state.reservedId !== 0;
  const isFull = affectedRows !== 0 || lastInsertId !== 0 || warnings !== 0 || info !== "" || sessionState.length !== 0;
  to.u8((hasState ? endFlag.hasState : 0) | (isFull ? endFlag.isFull : 0)).u16(statusFlags);
  if (hasState) writeState(to, state);
  if (!isFull) return to;
  to.f64(affectedRows).lenenc(lastInsertId).u16(warnings);
  to.lenencText(info).lenencRaw(sessionState);
  return trailer.warningList === undefined ? to : writeWarnings(to, trailer.warningList);
}

export interface End {
  readonly trailer: ResultTrailer;
  /** An alias only where something is held. */
  readonly state: CallState;
}

/** The usual ends, by their status: nothing else to say. */
const plainEnds = new Map<number, End>();

function plainEnd(statusFlags: number): End {
  const known = plainEnds.get(statusFlags);
  if (known !== undefined) return known;
  const made = { trailer: plainTrailer(statusFlags), state: nothingHeld };
  plainEnds.set(statusFlags, made); // There are 65,536 at most.
  return made;
}

export function decodeEnd(from: WireReader): End {
  const flags = from.u8();
  const statusFlags = from.u16();
  const state = (flags & endFlag.hasState) === 0 ? nothingHeld : readState(from);
  if ((flags & endFlag.isFull) === 0) {
    return state === nothingHeld ? plainEnd(statusFlags) : { trailer: plainTrailer(statusFlags), state };
  }
  const affectedRows = from.f64();
  const lastInsertId = from.lenenc();
  const warnings = from.u16();
  const info = from.lenencText();
  const sessionState = from.lenencCopy();
  const trailer = { affectedRows, lastInsertId, statusFlags, warnings, info, sessionState };
  return { trailer: from.left === 0 ? trailer : { ...trailer, warningList: readWarnings(from) }, state };
}

const warningLevels = ["Note", "Warning", "Error"] as const;

function writeWarnings(to: WireWriter, warnings: readonly ServerWarning[]): WireWriter {
  to.lenenc(warnings.length);
  for (const { level, code, text } of warnings) to.u8(warningLevels.indexOf(level)).u16(code).lenencText(text);
  return to;
}

function readWarnings(from: WireReader): readonly ServerWarning[] {
  const warnings: ServerWarning[] = [];
  for (let left = from.lenencSize(); left > 0; left--) {
    const level = warningLevels[from.u8()];
    if (level === undefined) throw new MalformedBytes("the level of a warning");
    warnings.push({ level, code: from.u16(), text: from.lenencText() });
  }
  return warnings;
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
