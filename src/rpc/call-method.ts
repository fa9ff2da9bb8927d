/** Calling a method that is only known as a descriptor: for those who pass on calls of many methods. */
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import type { CallOptions } from "./service.ts";

/** One unary method of a client of the method's own service. */
export function callMethod<I extends DescMessage, O extends DescMessage>(
  client: object,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions,
): Promise<MessageShape<O>> {
  type Call = (request: MessageInitShape<I>, options: CallOptions) => Promise<MessageShape<O>>;
  const call = (client as Readonly<Record<string, Call>>)[method.localName];
  if (call === undefined) throw VtError.of("VT13001", `no method ${method.localName} in the client`);
  return call(request, options);
}
