/**
 * vtgateservice.Vitess: the gateway for callers over gRPC (inventory 3.001). A call brings its session and takes it back;
 * nothing stays here between calls but what the session holds open on tablets. VSTREAM and binlog dumps are not served.
 *
 * Unary calls answer their errors inside the reply, because the session counts all the same; a stream ends with its
 * session, and then with its error.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ServerError, VtError } from "../base/errors.ts";
import { type BoundQuery, type QueryResult, QueryResultSchema } from "../proto/generated/query_pb.js";
import type { ExecuteResponseSchema, Session, StreamExecuteResponseSchema } from "../proto/generated/vtgate_pb.js";
import { Vitess } from "../proto/generated/vtgateservice_pb.js";
import type { CallerID } from "../proto/generated/vtrpc_pb.js";
import { toRpcError } from "../rpc/errors.ts";
import type { Piece } from "../rpc/query-answers.ts";
import { fromBoundQuery } from "../rpc/query-messages.ts";
import type { Caller } from "../rpc/query-service.ts";
import { type CallContext, implement, type Service } from "../rpc/service.ts";
import { toField } from "../sqltypes/proto-fields.ts";
import { cutFirst } from "../sqlparser/parse.ts";
import type { Binds } from "../sqltypes/value.ts";
import type { Gateway } from "./gateway.ts";
import type { GatewaySession } from "./gateway-session.ts";
import { MessageAnswer } from "./message-answer.ts";
import { readSession, writeSession } from "./session-message.ts";
import { release } from "./transactions.ts";

export interface VitessServiceOptions {
  /** Rows that a unary call may answer (max-memory-rows). */
  readonly rowsMax: number;
  /** Whether the caller id of a message counts as who is connected (grpc-use-effective-callerid). */
  readonly trustsCallerIds: boolean;
}

/** What the requests have in common. */
interface Call {
  readonly callerId?: CallerID | undefined;
  readonly session?: Session | undefined;
}

interface Statement {
  readonly sql: string;
  readonly binds: Binds;
}

const statementsMax = 1000;

/** `gateway` is asked for at each call: the service may be registered before the gateway is open. */
export function vitessService(gateway: () => Gateway, options: VitessServiceOptions): Service {
  const open = (call: Call, context: CallContext) => openSession(gateway(), options, call, context);
  return implement(Vitess, {
    execute: async (request, context) => {
      const session = open(request, context);
      return reply(session, await collect(session, statementOf(request.query), options, context.signal));
    },
    executeBatch: async (request, context) => {
      const session = open(request, context);
      if (request.queries.length > statementsMax) throw tooManyStatements();
      const results = [];
      for (const query of request.queries)
        results.push(withError(await collect(session, statementOf(query), options, context.signal)));
      return { session: writeSession(session.state), results };
    },
    executeMulti: async (request, context) => {
      const session = open(request, context);
      const results: QueryResult[] = [];
      for (const sql of statementsOf(request.sql, gateway(), session)) {
        const { result, error } = await collect(session, { sql, binds: {} }, options, context.signal);
        if (result !== undefined) results.push(result);
        if (error !== undefined) return { session: writeSession(session.state), results, error: toRpcError(error) };
      }
      return { session: writeSession(session.state), results };
    },
    async *streamExecute(request, context) {
      const session = open(request, context);
      for await (const piece of stream(session, statementOf(request.query), context.signal))
        if (piece.result !== undefined) yield { result: piece.result };
        else if (piece.error !== undefined) {
          yield { session: writeSession(session.state) };
          throw piece.error;
        }
      yield { session: writeSession(session.state) } satisfies MessageInitShape<typeof StreamExecuteResponseSchema>;
    },
    async *streamExecuteMulti(request, context) {
      const session = open(request, context);
      const statements = statementsOf(request.sql, gateway(), session);
      for (const [i, sql] of statements.entries()) {
        let newResult = true;
        for await (const piece of stream(session, { sql, binds: {} }, context.signal)) {
          const moreResults = i + 1 < statements.length && piece.error === undefined;
          yield { result: withError(piece), moreResults, newResult };
          newResult = false;
          if (piece.error !== undefined) return yield { session: writeSession(session.state) };
        }
      }
      yield { session: writeSession(session.state) };
    },
    prepare: async (request, context) => {
      const session = open(request, context);
      const { columns, parameterCount } = await session.prepare(Buffer.from(statementOf(request.query).sql));
      return { session: writeSession(session.state), fields: columns.map(toField), paramsCount: parameterCount };
    },
    closeSession: async (request, context) => {
      await release(gateway().cluster, open(request, context).state);
      return {};
    },
  });
}

function openSession(
  gateway: Gateway,
  options: VitessServiceOptions,
  call: Call,
  context: CallContext,
): GatewaySession {
  const session = gateway.openForCall(callerOf(call.callerId, context.user, options.trustsCallerIds));
  readSession(session.state, call.session, gateway);
  return session;
}

function callerOf(id: CallerID | undefined, user: string, isTrusted: boolean): Caller {
  const { principal = "", component = "", subcomponent = "", groups = [] } = id ?? {};
  const username = isTrusted && principal !== "" ? principal : user;
  return {
    immediate: { username, groups: isTrusted ? groups : [] },
    effective: { principal, component, subcomponent },
  };
}

function statementOf(query: BoundQuery | undefined): Statement {
  return fromBoundQuery(query);
}

function statementsOf(sql: string, gateway: Gateway, { state }: GatewaySession): readonly string[] {
  const statements: string[] = [];
  for (let left = sql; left !== ""; ) {
    const { text, rest } = cutFirst(left, gateway.environmentOf(state));
    statements.push(text);
    if (statements.length > statementsMax) throw tooManyStatements();
    left = rest;
  }
  return statements;
}

const tooManyStatements = () => VtError.of("VT21001", `${statementsMax} statements`, "statementsMax");

interface Outcome {
  readonly result?: QueryResult;
  readonly error?: VtError | ServerError;
}

function withError({ result, error }: Outcome) {
  if (error !== undefined) return { error: toRpcError(error) };
  return result === undefined ? {} : { result };
}

function reply({ state }: GatewaySession, outcome: Outcome): MessageInitShape<typeof ExecuteResponseSchema> {
  return { session: writeSession(state), ...withError(outcome) };
}

/** The whole answer; more than `rowsMax` rows are an error, and nothing of them is kept. */
async function collect(
  session: GatewaySession,
  statement: Statement,
  { rowsMax }: VitessServiceOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const whole = create(QueryResultSchema);
  const rows = [];
  let error: Outcome["error"];
  const answer = new MessageAnswer(rowsMax);
  for await (const piece of pieces(session, statement, answer, signal)) {
    if (piece.error !== undefined) error = piece.error;
    const { result } = piece;
    if (result === undefined) continue;
    if (result.fields.length > 0) whole.fields = result.fields;
    rows.push(...(result.$unknown ?? []));
    if (!piece.isLast) continue;
    const { rowsAffected, insertId, insertIdChanged, info, sessionStateChanges } = result;
    Object.assign(whole, { rowsAffected, insertId, insertIdChanged, info, sessionStateChanges });
  }
  if (error !== undefined) return { error };
  whole.$unknown = rows;
  return { result: whole };
}

function stream(session: GatewaySession, statement: Statement, signal: AbortSignal): AsyncGenerator<Piece> {
  return pieces(session, statement, new MessageAnswer(Infinity), signal);
}

async function* pieces(
  session: GatewaySession,
  { sql, binds }: Statement,
  answer: MessageAnswer,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const stop = () => session.interrupt();
  answer.onTooMany = stop;
  session.run(sql, binds, answer);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  let isDone = false;
  try {
    while (!isDone) {
      const piece = await answer.next();
      isDone = piece.isLast;
      yield piece;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    if (!isDone) stop();
  }
}
