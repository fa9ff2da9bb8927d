/**
 * Errors on the wire, as Vitess sends them: a gRPC status whose number is vtrpc.Code (17 and 18 are Vitess's own) and
 * whose text ends in "(errno N) (sqlstate S)". Inside replies the same pair travels as vtrpc.RPCError.
 *
 * There and back an error keeps its class, code, number, state and text. What a peer of another make says becomes a
 * `PeerError`.
 */
import { create } from "@bufbuild/protobuf";
import { errorKinds } from "../base/error-kinds.ts";
import {
  type ErrorCode,
  errorText,
  type GrpcCode,
  grpcCodes,
  PeerError,
  ServerError,
  VtError,
} from "../base/errors.ts";
import { type Code, type RPCError, RPCErrorSchema } from "../proto/generated/vtrpc_pb.js";

/** An error as gRPC carries it. */
export interface Status {
  /** vtrpc.Code, which is gRPC's code up to 16. */
  readonly code: number;
  readonly message: string;
}

/** Longer texts are cut: they travel in HTTP/2 headers, which peers limit. */
const textMax = 5_120;
const cutMark = "[TRUNCATED]";

export function toStatus(thrown: unknown): Status {
  return { code: grpcCodes[grpcOf(thrown)], message: cut(wireText(thrown)) };
}

/** The gRPC code that stands for anything thrown. Errors of other modules may carry a `grpc` of their own. */
export function grpcOf(thrown: unknown): GrpcCode {
  if (thrown instanceof VtError || thrown instanceof PeerError) return thrown.grpc;
  if (thrown instanceof ServerError) return grpcOfErrno.get(thrown.errno) ?? "unknown";
  if (thrown instanceof Error && "grpc" in thrown && isGrpcCode(thrown.grpc)) return thrown.grpc;
  if (thrown instanceof Error && thrown.name === "AbortError") return "canceled";
  return "unknown";
}

export function fromStatus(status: Status): VtError | ServerError {
  const [text, errno, sqlState] = splitText(status.message);
  const code = /^(VT\d{5}): /.exec(text)?.[1];
  if (code !== undefined && isErrorCode(code)) return VtError.received(code, text.slice(code.length + 2));
  const grpc = grpcNames.get(status.code) ?? "unknown";
  const [errnoDefault, sqlStateDefault] = mysqlOfGrpc[grpc] ?? [1105, "HY000"];
  return new PeerError(grpc, errno ?? errnoDefault, sqlState ?? sqlStateDefault, text);
}

export function toRpcError(thrown: unknown): RPCError {
  const { code, message } = toStatus(thrown);
  return create(RPCErrorSchema, { code: code as Code, message });
}

export function fromRpcError(error: RPCError): VtError | ServerError {
  return fromStatus(error);
}

function wireText(thrown: unknown): string {
  const text = errorText(thrown);
  if (!(thrown instanceof VtError || thrown instanceof ServerError)) return text;
  return `${text} (errno ${thrown.errno}) (sqlstate ${thrown.sqlState})`;
}

function cut(text: string): string {
  if (text.length <= textMax) return text;
  const [body, errno, sqlState] = splitText(text);
  const tail = errno === undefined ? "" : ` (errno ${errno}) (sqlstate ${sqlState})`;
  return `${body.slice(0, textMax - tail.length - cutMark.length - 1)} ${cutMark}${tail}`;
}

const numberPattern = /^(.*) \(errno (\d{1,5})\) \(sqlstate ([0-9A-Za-z]{5})\)(.*)$/s;

/** The text without "(errno N) (sqlstate S)", and the two. Peers append more after them: that stays in the text. */
function splitText(message: string): [text: string, errno: number | undefined, sqlState: string | undefined] {
  const found = numberPattern.exec(message);
  if (found === null) return [message, undefined, undefined];
  const [, before = "", errno, sqlState, after = ""] = found;
  return [before + after, Number(errno), sqlState];
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code);
}

function isGrpcCode(name: unknown): name is GrpcCode {
  return typeof name === "string" && Object.hasOwn(grpcCodes, name);
}

const grpcNames = new Map<number, GrpcCode>(
  Object.entries(grpcCodes).map(([name, number]) => [number, name as GrpcCode]),
);

/** What a client hears when a peer told a gRPC code only. */
const mysqlOfGrpc: Partial<Record<GrpcCode, readonly [number, string]>> = {
  canceled: [1317, "70100"],
  deadline_exceeded: [1317, "70100"],
  aborted: [1317, "70100"],
  permission_denied: [1045, "28000"],
  unauthenticated: [1045, "28000"],
  resource_exhausted: [1203, "42000"],
  unimplemented: [1235, "42000"],
};

/** What a database server's error means to a caller; numbers that are not here are "unknown". */
const grpcOfErrno = new Map<number, GrpcCode>(
  (
    [
      ["already_exists", [1007, 1022, 1050, 1060, 1061, 1062, 1169, 1304, 1359, 1586]],
      ["not_found", [1008, 1029, 1032, 1049, 1051, 1054, 1091, 1094, 1109, 1122, 1141, 1146, 1147, 1176, 1305, 1360]],
      ["permission_denied", [1044, 1045, 1095, 1142, 1143, 1211, 1227, 1370]],
      ["resource_exhausted", [1021, 1037, 1038, 1040, 1041, 1114, 1129, 1135, 1151, 1153, 1203, 1206, 1226, 1461]],
      ["deadline_exceeded", [1205, 1969, 3024]],
      ["canceled", [1317]],
      ["aborted", [1213, 1614]],
      ["unavailable", [1053, 2002, 2003, 2006, 2013]],
      ["cluster_event", [1290, 1836]],
      ["unimplemented", [1235, 1286]],
      ["failed_precondition", [1046, 1179, 1192, 1196, 1197, 1568, 1665, 1792, 3100, 3101]],
      [
        "invalid_argument",
        [
          1048, 1052, 1058, 1063, 1064, 1065, 1066, 1067, 1068, 1110, 1136, 1210, 1217, 1222, 1231, 1241, 1242, 1264,
          1265, 1292, 1318, 1364, 1366, 1406, 1411, 1451, 1452, 1690, 3140, 3819, 4025,
        ],
      ],
    ] as const
  ).flatMap(([grpc, errnos]) => errnos.map((errno) => [errno, grpc] as const)),
);
