/**
 * Mutated messages of the gRPC faces: what cannot be read is refused by the codec; what can is turned into ours, or refused
 * with a typed error. The transport itself is grpc-js's.
 */
import assert from "node:assert/strict";
import { create, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { type Random, seededRandom } from "../../base/random.ts";
import { StreamHealthResponseSchema } from "../../proto/generated/query_pb.js";
import {
  BeginExecuteRequestSchema,
  ExecuteRequestSchema,
  ExecuteResponseSchema,
} from "../../proto/generated/query_pb.js";
import {
  fromBoundQuery,
  fromCallerIds,
  fromHealth,
  fromOptions,
  fromResult,
  fromTarget,
  toBoundQuery,
  toCallerIds,
  toHealth,
  toOptions,
  toResult,
  toTarget,
} from "../../rpc/query-messages.ts";
import { integerValue } from "../../sqltypes/value.ts";
import { testCaller, testOptions, testTarget } from "../query-requests.ts";
import { fullTrailer, scriptedHealth } from "../scripted-service.ts";
import { mutateOnce, pick } from "./mutate.ts";

const request = {
  ...toCallerIds(testCaller),
  target: toTarget(testTarget),
  query: toBoundQuery("select :a", { a: integerValue(5), list: { type: "TUPLE", values: [integerValue(1)] } }),
  options: toOptions(testOptions),
};

interface Fuzzed {
  readonly valid: Uint8Array;
  readonly read: (bytes: Uint8Array) => void;
}

function fuzzed<S extends GenMessage<never>>(
  schema: S,
  message: MessageShape<S>,
  convert: (message: MessageShape<S>) => void,
): Fuzzed {
  return { valid: toBinary(schema, message), read: (bytes) => convert(fromBinary(schema, bytes)) };
}

const messages: readonly Fuzzed[] = [
  fuzzed(ExecuteRequestSchema as never, create(ExecuteRequestSchema, request) as never, readRequest as never),
  fuzzed(BeginExecuteRequestSchema as never, create(BeginExecuteRequestSchema, request) as never, readRequest as never),
  fuzzed(
    ExecuteResponseSchema as never,
    create(ExecuteResponseSchema, { result: toResult(fullTrailer) }) as never,
    ((message: MessageShape<typeof ExecuteResponseSchema>) => fromResult(message.result, false)) as never,
  ),
  fuzzed(
    StreamHealthResponseSchema as never,
    create(StreamHealthResponseSchema, toHealth(scriptedHealth)) as never,
    fromHealth as never,
  ),
];

function readRequest(message: MessageShape<typeof ExecuteRequestSchema>): void {
  fromTarget(message.target);
  fromCallerIds(message);
  fromBoundQuery(message.query);
  fromOptions(message.options, "OLTP");
}

/** Answers how many were read whole. */
export function fuzzGrpc(seed: number, rounds: number): { readonly read: number } {
  const random: Random = seededRandom(seed);
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    const { valid, read: run } = pick(random, messages);
    try {
      run(mutateOnce(random, Buffer.from(valid)));
      read++;
    } catch (thrown) {
      const error = thrown as Error;
      const isOurs = ["VtError", "MalformedBytes"].includes(error.name);
      const isCodecs = /protobuf/.test(error.stack ?? "") && !/query-messages/.test(error.stack?.split("\n")[1] ?? "");
      assert.ok(isOurs || isCodecs, error.stack);
    }
  }
  return { read };
}
