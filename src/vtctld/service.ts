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

/** The functions in this process. */
export function localCall(vtctld: Vtctld): VtctldCall {
  return async (method, request) => {
    const found = functionOf(method.localName);
    if (found === undefined)
      throw VtError.of("VT12001", `${method.name}: ${areaOf(method.localName)} are not served yet`);
    try {
      const answer = await found.run(vtctld, create(method.input, request));
      return create(method.output, answer as MessageInitShape<typeof method.output>);
    } catch (error) {
      throw asClientError(error);
    }
  };
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

/** The service as a gRPC server, or an in-memory one, takes it. Methods that are not served answer "unimplemented". */
export function vtctldService(vtctld: Vtctld): Service {
  const handlers = Object.keys(functions).map((name): [string, UnaryHandler] => [
    name,
    async (request) => {
      try {
        return (await functionOf(name)?.run(vtctld, request)) as Record<string, unknown>;
      } catch (error) {
        throw asClientError(error);
      }
    },
  ]);
  return { desc: VtctldDescription, handlers: Object.fromEntries(handlers) };
}
