/**
 * gRPC server reflection: tells clients that have no .proto files what a server serves, from its descriptors. Answers
 * under both names of the service (v1 and v1alpha); their messages are the same bytes.
 */
import { type DescFile, type DescService, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { grpcCodes } from "../base/errors.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "../proto/generated/grpc_reflection_pb.js";
import { implement, type Service } from "./service.ts";

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

export function reflection(served: readonly DescService[]): Service {
  const services = [...served, ServerReflection];
  const files = new Map<string, DescFile>();
  for (const service of services) addWithDependencies(service.file, files);
  const filesBySymbol = new Map<string, DescFile>();
  for (const file of files.values()) for (const symbol of symbolsOf(file)) filesBySymbol.set(symbol, file);

  const answer = ({ messageRequest: { case: kind, value } }: ServerReflectionRequest): Answer => {
    if (kind === "listServices")
      return { case: "listServicesResponse", value: { service: services.map(({ typeName: name }) => ({ name })) } };
    if (kind === "fileByFilename") return fileAnswer(files.get(value), value);
    if (kind === "fileContainingSymbol") return fileAnswer(filesBySymbol.get(value), value);
    return failure("unimplemented", `no answer to ${kind ?? "an empty request"}`);
  };
  return implement(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests)
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) };
    },
  });
}

function fileAnswer(file: DescFile | undefined, wanted: string): Answer {
  if (file === undefined) return failure("not_found", `nothing here is called ${wanted}`);
  const all = new Map<string, DescFile>();
  addWithDependencies(file, all);
  const bytes = [...all.values()].map((each) => toBinary(FileDescriptorProtoSchema, each.proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: bytes } };
}

function failure(code: "not_found" | "unimplemented", errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode: grpcCodes[code], errorMessage } };
}

function addWithDependencies(file: DescFile, to: Map<string, DescFile>): void {
  const name = file.proto.name;
  if (to.has(name)) return;
  to.set(name, file);
  for (const dependency of file.dependencies) addWithDependencies(dependency, to);
}

/** Full names of a file's types, services and methods. */
function* symbolsOf(file: DescFile): Iterable<string> {
  for (const type of nestedTypes(file)) {
    yield type.typeName;
    if (type.kind === "service") for (const method of type.methods) yield `${type.typeName}.${method.name}`;
  }
}
