/** The rare calls of the query link, as its server dispatches them: kind of frame to a call of the service. */
import { MalformedBytes, WireReader } from "../sqltypes/wire.ts";
import { decodeContext, decodeJson, frameKind, isRecord, isTarget } from "./link-frames.ts";
import type { CallState, QueryService, Target } from "./query-service.ts";

export interface AskedCall {
  readonly target: Target;
  readonly before: { readonly transactionId: number; readonly reservedId: number };
  /** `state` where the call changed what is held. */
  readonly answer: Promise<{ readonly reply: unknown; readonly state?: CallState }>;
}

export type RareKind = 5 | 6 | 7 | 8 | 10;
type Call = (service: QueryService, payload: Buffer) => AskedCall;

const nothingHeld = { transactionId: 0, reservedId: 0 };

export const rareCalls: ReadonlyMap<RareKind, Call> = new Map<RareKind, Call>([
  [frameKind.begin, begin],
  [frameKind.commit, commit],
  [frameKind.rollback, rollback],
  [frameKind.release, release],
  [frameKind.getSchema, getSchema],
]);

function begin(service: QueryService, payload: Buffer): AskedCall {
  const { target, options, settings, caller } = decodeContext(payload.toString("utf8"));
  const answer = service.begin(target, options, settings, caller).then((state) => ({ reply: state, state }));
  return { target, before: nothingHeld, answer };
}

function commit(service: QueryService, payload: Buffer): AskedCall {
  const { target, transactionId } = idsOf(payload);
  const answer = service.commit(target, transactionId).then((reply) => ({ reply, state: ended(reply.reservedId) }));
  return { target, before: { transactionId, reservedId: 0 }, answer };
}

function rollback(service: QueryService, payload: Buffer): AskedCall {
  const { target, transactionId } = idsOf(payload);
  const answer = service.rollback(target, transactionId).then((reply) => ({ reply, state: ended(reply) }));
  return { target, before: { transactionId, reservedId: 0 }, answer };
}

const ended = (reservedId: number): CallState => ({ transactionId: 0, reservedId, tabletAlias: "" });

function release(service: QueryService, payload: Buffer): AskedCall {
  const { target, transactionId, reservedId } = idsOf(payload);
  const state = { ...nothingHeld, tabletAlias: "" };
  const answer = service.release(target, transactionId, reservedId).then(() => ({ reply: null, state }));
  return { target, before: { transactionId, reservedId }, answer };
}

function getSchema(service: QueryService, payload: Buffer): AskedCall {
  const asked = decodeJson(new WireReader(payload));
  if (!isRecord(asked) || !isTarget(asked["target"])) throw new MalformedBytes("a call without a target");
  const { target, kind, names } = asked;
  if (kind !== "tables" && kind !== "views" && kind !== "all") throw new MalformedBytes("a kind of schema");
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) throw new MalformedBytes("names");
  const answer = service.getSchema(target, kind, names).then((reply) => ({ reply }));
  return { target, before: nothingHeld, answer };
}

function idsOf(payload: Buffer): {
  readonly target: Target;
  readonly transactionId: number;
  readonly reservedId: number;
} {
  const asked = decodeJson(new WireReader(payload));
  if (!isRecord(asked) || !isTarget(asked["target"])) throw new MalformedBytes("a call without a target");
  const { target, transactionId, reservedId = 0 } = asked;
  if (typeof transactionId !== "number" || typeof reservedId !== "number")
    throw new MalformedBytes("a call without ids");
  return { target, transactionId, reservedId };
}
