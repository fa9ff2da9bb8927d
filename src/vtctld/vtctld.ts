/**
 * What the functions of the Vtctld service work on, and what a function is. A function takes a request as it came,
 * validates every name in it, and answers a response; it throws VtError, or TopoError as the topology threw it.
 *
 * `functions.ts` is the table of all; one file a family. `service.ts` puts the table behind gRPC, and in this process.
 */
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { Vtctld as VtctldService } from "../proto/generated/vtctlservice_pb.js";
import type { TabletDialer } from "../reparent/tablet-client.ts";
import type { LockOwner, LockRequest } from "../topo/topo-locks.ts";
import type { TopoServer } from "../topo/server.ts";

/** Calls one function of a tablet's manager. Throws VtError: what the tablet answered, or that it could not be asked. */
export type TabletCall = <I extends DescMessage, O extends DescMessage>(
  tablet: Tablet,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  timeoutMs?: number,
) => Promise<MessageShape<O>>;

export interface Vtctld {
  readonly topo: TopoServer;
  readonly callTablet: TabletCall;
  /** The same tablets' managers, as `src/reparent` asks them. */
  readonly dialTablet: TabletDialer;
  /** The version that a tablet runs, as its /debug/vars tells. */
  readonly readVersion: (tablet: Tablet) => Promise<string>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who holds the locks that are taken here. */
  readonly owner: LockOwner;
  /** Told of every call; absent where nobody counts. */
  readonly calls?: CallCounts;
  /** May change at run time. */
  readonly times: () => VtctldTimes;
}

export interface CallCounts {
  readonly done: (method: string, ms: number) => void;
  readonly failed: (method: string, code: string) => void;
}

export interface VtctldTimes {
  /** lock-timeout */
  readonly lockTimeoutMs: number;
  /** remote-operation-timeout */
  readonly remoteOperationTimeoutMs: number;
}

/** read: changes nothing anywhere. write: may change the topology or a tablet. */
export type FunctionPermission = "read" | "write";

type Methods = typeof VtctldService.method;
/** The service's methods by name, those that answer once. */
export type MethodName = { [M in keyof Methods]: Methods[M]["methodKind"] extends "unary" ? M : never }[keyof Methods];
export type RequestOf<M extends MethodName> = MessageShape<Methods[M]["input"]>;
export type AnswerOf<M extends MethodName> = MessageInitShape<Methods[M]["output"]>;

export interface VtctldFunction<M extends MethodName> {
  readonly permission: FunctionPermission;
  readonly run: (vtctld: Vtctld, request: RequestOf<M>) => Promise<AnswerOf<M>>;
}

/** The functions of some methods: a family. */
export type VtctldFunctions<M extends MethodName> = { readonly [K in M]: VtctldFunction<K> };

/** How a lock is asked for. */
export function lockRequest({ owner, times }: Vtctld, action: string): LockRequest {
  return { owner, action, timeoutMs: times().lockTimeoutMs };
}

/** Most tablets or shards that are asked at once. */
export const concurrencyMax = 64;

/** Runs `work` for each item, at most `limit` at a time, and answers in the items' order. The first error counts. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = Array.from({ length: items.length });
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) answers[i] = await work(items[i] as T, i);
  };
  const lanes = Math.min(items.length, limit <= 0 ? concurrencyMax : Math.min(limit, concurrencyMax));
  await Promise.all(Array.from({ length: lanes }, lane));
  return answers;
}
