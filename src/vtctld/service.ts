/**
 * The Vtctld service as something to call: in this process (`localCall`: vtctldclient's `--server internal`, the HTTP
 * routes) and from the gRPC server. All go through one door, where errors become ones that a client may see.
 */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import { Vtctld as VtctldDescription } from "../proto/generated/vtctlservice_pb.js";
import type { Service, UnaryHandler } from "../rpc/service.ts";
import { asClientError } from "./errors.ts";
import { functions, type ServedMethod, unserved } from "./functions.ts";
import type { FunctionPermission, Vtctld } from "./vtctld.ts";

/** Calls one function of the service, wherever it runs. */
export type VtctldCall = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** The functions in this process, called by `caller` (for the log). */
export function localCall(vtctld: Vtctld, caller = "this process"): VtctldCall {
  return async (method, request) => {
    const answer = await answerCall(vtctld, method.localName, create(method.input, request), caller);
    return create(method.output, answer as MessageInitShape<typeof method.output>);
  };
}

/** The one door: finds the function, counts, logs what changes something, and translates errors. */
async function answerCall(vtctld: Vtctld, name: string, request: unknown, caller: string): Promise<unknown> {
  const { clock, log, calls } = vtctld;
  const found = functionOf(name);
  if (found === undefined) throw VtError.of("VT12001", `${name}: ${areaOf(name)} are not served yet`);
  const startMs = clock.monotonicMs();
  try {
    return await found.run(vtctld, request);
  } catch (thrown) {
    const error = asClientError(thrown);
    calls?.failed(name, error instanceof VtError ? error.code : "other");
    throw error;
  } finally {
    calls?.done(name, clock.monotonicMs() - startMs);
    if (found.permission === "write") log.info({ method: name, caller }, "a control call ended");
  }
}

const areaOf = (name: string) => (Object.hasOwn(unserved, name) ? unserved[name as keyof typeof unserved] : "others");

interface AnyFunction {
  readonly permission: FunctionPermission;
  /** The table pairs each method with the function of its own messages. */
  readonly run: (vtctld: Vtctld, request: unknown) => Promise<unknown>;
}

function functionOf(name: string): AnyFunction | undefined {
  return Object.hasOwn(functions, name) ? (functions[name as ServedMethod] as unknown as AnyFunction) : undefined;
}

/** What a method needs; undefined where it is not served. */
export const permissionOf = (name: string): FunctionPermission | undefined => functionOf(name)?.permission;

/** The service as a gRPC server, or an in-memory one, takes it. */
export function vtctldService(vtctld: Vtctld): Service {
  const unary = VtctldDescription.methods.filter(({ methodKind }) => methodKind === "unary");
  const handlers = unary.map(({ localName }): [string, UnaryHandler] => [
    localName,
    async (request, { user, peer }) => {
      const caller = user === "" ? peer : `${user} at ${peer}`;
      return (await answerCall(vtctld, localName, request, caller)) as Record<string, unknown>;
    },
  ]);
  return { desc: VtctldDescription, handlers: Object.fromEntries(handlers) };
}
