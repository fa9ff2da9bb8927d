/** Messages to bytes and back, per method, and where a method lives. */
import { type DescMessage, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { callName } from "./service.ts";

export const messageSizeMaxDefault = 16 * 1024 * 1024;

export interface Codec {
  /** "/queryservice.Query/Execute". */
  readonly path: string;
  readonly writeRequest: (message: Message) => Buffer;
  readonly readRequest: (bytes: Uint8Array) => Message;
  readonly writeResponse: (message: Message) => Buffer;
  readonly readResponse: (bytes: Uint8Array) => Message;
}

const codecs = new WeakMap<DescMethod, Codec>();

export function codecOf(method: DescMethod): Codec {
  const known = codecs.get(method);
  if (known !== undefined) return known;
  const codec: Codec = {
    path: `/${callName(method)}`,
    writeRequest: (message) => encode(method.input, message),
    readRequest: (bytes) => fromBinary(method.input, bytes),
    writeResponse: (message) => encode(method.output, message),
    readResponse: (bytes) => fromBinary(method.output, bytes),
  };
  codecs.set(method, codec);
  return codec;
}

/** The message's bytes as a Buffer over the same memory. */
function encode(schema: DescMessage, message: Message): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
