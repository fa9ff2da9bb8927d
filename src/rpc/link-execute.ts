/**
 * The link's frame that runs a statement. What repeats is sent once and then named by a slot number: the statement's text
 * with the names of its binds, and the context of the call (target, options, settings, caller). The gateway's writer and the
 * tablet's reader of one link know the same slots, as all frames come and none twice.
 */
import { isDeepStrictEqual } from "node:util";
import { sqlTypeOf, sqlTypes } from "../sqltypes/types.ts";
import { type Binds, type BindValue, noBinds, type Value } from "../sqltypes/value.ts";
import { MalformedBytes, type WireReader, type WireWriter } from "../sqltypes/wire.ts";
import { beginFrame, type CallContext, decodeContext, frameKind } from "./link-frames.ts";
import type { Caller, QueryRequest, Target } from "./query-service.ts";
import { Slots } from "./slots.ts";

const textSlotsMax = 4096;
const contextSlotsMax = 1024;
/** Longer statements are not worth a slot. */
const slotTextMax = 2048;

const flag = {
  begin: 1,
  reserve: 2,
  hasText: 4,
  hasContext: 8,
  describe: 16,
  hasIds: 32,
  hasSavepoints: 64,
  /** The binds have the names that they had with this text before, in the same order. */
  namesKnown: 128,
} as const;

const noNames: readonly string[] = [];
const noSavepoints: readonly string[] = [];

export class ExecuteWriter {
  readonly #texts = new Slots<string>(textSlotsMax);
  /** By text slot. */
  readonly #names: (readonly string[])[] = [];
  readonly #contexts = new Slots<string>(contextSlotsMax);
  /** What each caller sent last: most calls of a session differ in nothing. */
  readonly #contextOf = new WeakMap<Caller, { readonly request: QueryRequest; readonly json: string }>();

  /** The frame, to be sent at once. */
  write(stream: number, request: QueryRequest): WireWriter {
    const { sql, transactionId, reservedId, savepoints, binds } = request;
    const textSlot = sql.length > slotTextMax ? 0 : this.#texts.find(sql);
    const json = this.#contextJson(request);
    const contextSlot = this.#contexts.find(json);
    const namesKnown = textSlot > 0 && hasNames(binds, this.#names[textSlot] ?? noNames);
    const flags =
      (request.begin ? flag.begin : 0) |
      (request.reserve ? flag.reserve : 0) |
      (request.describe === true ? flag.describe : 0) |
      (textSlot > 0 ? 0 : flag.hasText) |
      (contextSlot > 0 ? 0 : flag.hasContext) |
      (transactionId === 0 && reservedId === 0 ? 0 : flag.hasIds) |
      (savepoints.length === 0 ? 0 : flag.hasSavepoints) |
      (namesKnown ? flag.namesKnown : 0);
    const to = beginFrame(frameKind.execute, stream);
    to.u8(flags).u16(Math.abs(textSlot)).u16(Math.abs(contextSlot));
    if (transactionId !== 0 || reservedId !== 0) to.f64(transactionId).f64(reservedId);
    if (textSlot <= 0) to.lenencText(sql);
    if (contextSlot <= 0) to.lenencText(json);
    if (savepoints.length > 0) writeTexts(to, savepoints);
    if (!namesKnown) this.#names[Math.abs(textSlot)] = writeNames(to, binds);
    for (const name in binds) writeBind(to, binds[name] as BindValue);
    return to;
  }

  #contextJson(request: QueryRequest): string {
    const { target, options, settings, caller } = request;
    const known = this.#contextOf.get(caller);
    if (known !== undefined && isSameContext(known.request, request)) return known.json;
    const json = JSON.stringify({ target, options, settings, caller });
    this.#contextOf.set(caller, { request, json });
    return json;
  }
}

interface KnownText {
  readonly text: string;
  names: readonly string[];
}

export class ExecuteReader {
  readonly #peer: string;
  readonly #texts: KnownText[] = [];
  readonly #contexts: CallContext[] = [];

  /** `peer`: where the link comes from; callers have it. */
  constructor(peer: string) {
    this.#peer = peer;
  }

  /** Copies what it keeps. */
  read(from: WireReader): QueryRequest {
    const flags = from.u8();
    const textSlot = from.u16();
    const contextSlot = from.u16();
    if (textSlot > textSlotsMax || contextSlot > contextSlotsMax) throw new MalformedBytes("a slot too high");
    const hasIds = (flags & flag.hasIds) !== 0;
    const transactionId = hasIds ? from.f64() : 0;
    const reservedId = hasIds ? from.f64() : 0;
    const text = this.#text(from, flags, textSlot);
    const { target, options, settings, caller } = this.#context(from, flags, contextSlot);
    const savepoints = (flags & flag.hasSavepoints) === 0 ? noSavepoints : readTexts(from);
    if ((flags & flag.namesKnown) === 0) text.names = readNames(from);
    const request: QueryRequest = {
      target,
      sql: text.text,
      binds: from.left === 0 ? noBinds : readBinds(from, text.names),
      transactionId,
      reservedId,
      begin: (flags & flag.begin) !== 0,
      savepoints,
      settings,
      reserve: (flags & flag.reserve) !== 0,
      options,
      caller,
    };
    return (flags & flag.describe) === 0 ? request : { ...request, describe: true };
  }

  #text(from: WireReader, flags: number, slot: number): KnownText {
    if ((flags & flag.hasText) === 0) {
      const known = this.#texts[slot];
      if (known === undefined) throw new MalformedBytes("a slot that was never defined");
      return known;
    }
    const fresh: KnownText = { text: from.lenencText(), names: noNames };
    if (slot > 0) this.#texts[slot] = fresh;
    return fresh;
  }

  #context(from: WireReader, flags: number, slot: number): CallContext {
    if ((flags & flag.hasContext) === 0) {
      const known = this.#contexts[slot];
      if (known === undefined) throw new MalformedBytes("a slot that was never defined");
      return known;
    }
    const context = decodeContext(from.lenencText());
    const fresh = { ...context, caller: { ...context.caller, peer: this.#peer } };
    this.#contexts[slot] = fresh;
    return fresh;
  }
}

function hasNames(binds: Binds, names: readonly string[]): boolean {
  let i = 0;
  for (const name in binds) if (names[i++] !== name) return false;
  return i === names.length;
}

function writeNames(to: WireWriter, binds: Binds): readonly string[] {
  const names = Object.keys(binds);
  writeTexts(to, names);
  return names;
}

function readNames(from: WireReader): readonly string[] {
  const names = readTexts(from);
  if (names.includes("__proto__")) throw new MalformedBytes("a bind that would change what an object is");
  return names;
}

function writeBind(to: WireWriter, bind: BindValue): void {
  to.u16(sqlTypes[bind.type].number);
  if (!("values" in bind)) return writeValue(to, bind);
  to.lenenc(bind.values.length);
  for (const value of bind.values) writeValue(to.u16(sqlTypes[value.type].number), value);
}

function writeValue(to: WireWriter, { bytes }: Value): void {
  if (bytes === undefined) to.u8(0xfb);
  else to.lenencRaw(bytes);
}

function readBinds(from: WireReader, names: readonly string[]): Binds {
  const binds: Record<string, BindValue> = {};
  for (const name of names) {
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

function readType(from: WireReader) {
  const number = from.u16();
  const type = sqlTypeOf(number);
  if (type === undefined) throw new MalformedBytes(`type number ${number}`);
  return type;
}

function readBytes(from: WireReader): Buffer | undefined {
  if (from.peek() !== 0xfb) return from.lenencCopy();
  from.skip(1);
  return undefined;
}

function writeTexts(to: WireWriter, texts: readonly string[]): void {
  to.lenenc(texts.length);
  for (const text of texts) to.lenencText(text);
}

function readTexts(from: WireReader): readonly string[] {
  const texts: string[] = [];
  for (let left = from.lenencSize(); left > 0; left--) texts.push(from.lenencText());
  return texts;
}

/** The caller is known to be the same. */
function isSameContext(a: QueryRequest, b: QueryRequest): boolean {
  return isSameTarget(a.target, b.target) && isSame(a.options, b.options) && isSame(a.settings, b.settings);
}

/** The same object is the rule. */
const isSame = (a: unknown, b: unknown) => a === b || isDeepStrictEqual(a, b);

function isSameTarget(a: Target, b: Target): boolean {
  return (
    a === b || (a.keyspace === b.keyspace && a.shard === b.shard && a.tabletType === b.tabletType && a.cell === b.cell)
  );
}
