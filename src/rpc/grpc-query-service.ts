/**
 * The gRPC face of a tablet's query service: handlers of queryservice.Query for gateways that speak gRPC, and not our
 * link. Unary calls answer at most `rowsMax` rows; streams are slowed to what the caller reads.
 *
 * The methods that run a statement differ in where it runs and in what they answer besides the result; each is a line
 * in `queryHandlers`. Two-phase commit, messages and change streams belong to other parts of the tablet.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServerError, VtError } from "../base/errors.ts";
import {
  type BoundQuery,
  type ExecuteOptions,
  type GetSchemaResponseSchema,
  type QueryResult,
  SchemaTableType,
  type Target,
  type VTGateCallerID,
} from "../proto/generated/query_pb.js";
import type { Query } from "../proto/generated/queryservice_pb.js";
import type { CallerID, RPCError } from "../proto/generated/vtrpc_pb.js";
import { toRpcError } from "./errors.ts";
import { collectAnswer, type Piece, streamAnswer } from "./query-answers.ts";
import { peerHost } from "./peer-host.ts";
import { fromBoundQuery, fromCallerIds, fromOptions, fromTarget, toAlias, toHealth, toUdfs } from "./query-messages.ts";
import type { CallState, QueryRequest, QueryService, SchemaReply, TabletHealth } from "./query-service.ts";
import type { CallContext, ServiceHandlers } from "./service.ts";

/** What the requests that run a statement have in common. */
interface Statement {
  readonly target?: Target | undefined;
  readonly query?: BoundQuery | undefined;
  readonly options?: ExecuteOptions | undefined;
  readonly effectiveCallerId?: CallerID | undefined;
  readonly immediateCallerId?: VTGateCallerID | undefined;
  readonly transactionId?: bigint;
  readonly reservedId?: bigint;
}

/** What the replies tell; each message has the fields that it knows. A stream tells the ids with its last piece. */
interface Reply extends Partial<ReturnType<typeof idsOf>> {
  readonly result?: QueryResult;
  readonly error?: RPCError;
}
type Place = Pick<QueryRequest, "begin" | "reserve" | "savepoints" | "settings" | "keepsSettings">;

export interface QueryHandlerOptions {
  /** Rows that a unary call may answer (queryserver-config-max-result-size). */
  readonly rowsMax: number;
}

type Handled =
  | "execute"
  | "streamExecute"
  | "begin"
  | "commit"
  | "rollback"
  | "beginExecute"
  | "beginStreamExecute"
  | "reserveExecute"
  | "reserveStreamExecute"
  | "reserveBeginExecute"
  | "reserveBeginStreamExecute"
  | "release"
  | "streamHealth"
  | "getSchema";

const anywhere: Place = { begin: false, reserve: false, savepoints: [], settings: [], keepsSettings: true };

export function queryHandlers(
  service: QueryService,
  options: QueryHandlerOptions,
): Pick<ServiceHandlers<typeof Query>, Handled> {
  const collect = (request: Statement, context: CallContext, place: Place) =>
    collectAnswer(service, requestOf(request, place, "OLTP", context.peer), options.rowsMax, context.signal);
  const stream = (request: Statement, context: CallContext, place: Place) =>
    streamAnswer(service, requestOf(request, place, "OLAP", context.peer), context.signal);

  /** Errors travel inside the reply, beside the ids that count all the same. */
  const reply = async (request: Statement, context: CallContext, place: Place): Promise<Reply> => {
    const { state, ...answer } = await collect(request, context, place);
    return { ...idsOf(state), ...outcome(answer) };
  };
  async function* replies(request: Statement, context: CallContext, place: Place): AsyncGenerator<Reply> {
    for await (const { state, ...piece } of stream(request, context, place))
      yield { ...(state === undefined ? {} : idsOf(state)), ...outcome(piece) };
  }

  return {
    async execute(request, context) {
      const { result, error } = await collect(request, context, anywhere);
      if (error !== undefined) throw error;
      return result === undefined ? {} : { result };
    },
    async *streamExecute(request, context) {
      for await (const { result, error } of stream(request, context, anywhere)) {
        if (error !== undefined) throw error;
        if (result !== undefined) yield { result };
      }
    },
    beginExecute: (request, context) => reply(request, context, begin(request.preQueries)),
    beginStreamExecute: (request, context) => replies(request, context, begin(request.preQueries)),
    reserveExecute: (request, context) => reply(request, context, reserve(request.preQueries)),
    reserveStreamExecute: (request, context) => replies(request, context, reserve(request.preQueries)),
    reserveBeginExecute: (request, context) =>
      reply(request, context, { ...begin(request.postBeginQueries), settings: request.preQueries, reserve: true }),
    reserveBeginStreamExecute: (request, context) =>
      replies(request, context, { ...begin(request.postBeginQueries), settings: request.preQueries, reserve: true }),

    async begin(request) {
      const target = fromTarget(request.target);
      const state = await service.begin(target, fromOptions(request.options, "OLTP"), [], fromCallerIds(request));
      return { transactionId: BigInt(state.transactionId), tabletAlias: toAlias(state.tabletAlias) };
    },
    async commit({ target, transactionId }) {
      const { reservedId } = await service.commit(fromTarget(target), Number(transactionId));
      return { reservedId: BigInt(reservedId) };
    },
    async rollback({ target, transactionId }) {
      return { reservedId: BigInt(await service.rollback(fromTarget(target), Number(transactionId))) };
    },
    async release({ target, transactionId, reservedId }) {
      await service.release(fromTarget(target), Number(transactionId), Number(reservedId));
      return {};
    },
    async *streamHealth(_request, { signal }) {
      for await (const health of latestHealth(service, signal)) yield toHealth(health);
    },
    async *getSchema({ target, tableType, tableNames }) {
      const kind = schemaKinds[tableType] ?? "all";
      yield* schemaPieces(await service.getSchema(fromTarget(target), kind, tableNames));
    },
  };
}

function outcome({ result, error }: Pick<Piece, "result" | "error">): Pick<Reply, "result" | "error"> {
  if (error !== undefined) return { error: toRpcError(error) };
  return result === undefined ? {} : { result };
}

const begin = (savepoints: readonly string[]): Place => ({ ...anywhere, begin: true, savepoints });
const reserve = (settings: readonly string[]): Place => ({ ...anywhere, reserve: true, settings });

const schemaKinds: Partial<Record<SchemaTableType, "tables" | "views">> = {
  [SchemaTableType.TABLES]: "tables",
  [SchemaTableType.VIEWS]: "views",
};

function requestOf(request: Statement, place: Place, workload: "OLTP" | "OLAP", peer: string): QueryRequest {
  return {
    target: fromTarget(request.target),
    ...fromBoundQuery(request.query),
    transactionId: Number(request.transactionId ?? 0n),
    reservedId: Number(request.reservedId ?? 0n),
    ...place,
    options: fromOptions(request.options, workload),
    caller: { ...fromCallerIds(request), peer: peerHost(peer) },
  };
}

function idsOf(state: CallState) {
  return {
    transactionId: BigInt(state.transactionId),
    reservedId: BigInt(state.reservedId),
    tabletAlias: toAlias(state.tabletAlias),
  };
}

/** Characters of definitions in one message. */
const schemaPieceSize = 1 << 20;

function* schemaPieces({
  definitions,
  udfs,
}: SchemaReply): Generator<MessageInitShape<typeof GetSchemaResponseSchema>> {
  let piece: Record<string, string> = {};
  let size = 0;
  for (const [name, definition] of Object.entries(definitions)) {
    if (size > 0 && size + definition.length > schemaPieceSize) {
      yield { tableDefinition: piece };
      piece = {};
      size = 0;
    }
    piece[name] = definition;
    size += name.length + definition.length;
  }
  yield { tableDefinition: piece, udfs: toUdfs(udfs) };
}

/** What a slow reader has not seen yet joins what is new: each change of the schema is told once, and must arrive. */
function joinedHealth(unread: TabletHealth | undefined, health: TabletHealth): TabletHealth {
  if (unread === undefined) return health;
  const both = (a: readonly string[], b: readonly string[]) => (a.length === 0 ? b : [...new Set([...a, ...b])]);
  return {
    ...health,
    tableSchemaChanged: both(unread.tableSchemaChanged, health.tableSchemaChanged),
    viewSchemaChanged: both(unread.viewSchemaChanged, health.viewSchemaChanged),
    udfsChanged: unread.udfsChanged || health.udfsChanged,
  };
}

/** Health as it changes; a slow reader gets the last state only. Ends with the signal, or with the service's error. */
async function* latestHealth(service: QueryService, signal: AbortSignal): AsyncGenerator<TabletHealth> {
  let latest: TabletHealth | undefined;
  let ended: { readonly error?: VtError | ServerError | Error } | undefined;
  let wake = (): void => undefined;
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  signal.addEventListener("abort", stop, { once: true });
  const onHealth = (health: TabletHealth) => {
    latest = joinedHealth(latest, health);
    wake();
  };
  service.streamHealth(onHealth, stopped.signal).then(
    () => {
      ended = {};
      wake();
    },
    (error: Error) => {
      ended = { error };
      wake();
    },
  );
  try {
    for (;;) {
      if (latest !== undefined) {
        const health = latest;
        latest = undefined;
        yield health;
        continue;
      }
      if (ended?.error !== undefined) throw ended.error;
      if (ended !== undefined || signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stopped.abort();
  }
}
