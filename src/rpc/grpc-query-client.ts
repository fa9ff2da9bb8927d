/**
 * A tablet's query service over gRPC: what a gateway uses towards tablets that offer no link, such as Vitess's own.
 *
 * Statements of OLTP sessions are unary calls (the tablet limits their rows), those of OLAP sessions are streams. Rows
 * go from protobuf bytes into row packets once. A call that fails on the way leaves the state as it was: whether the
 * statement ran is not known then.
 */
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { ServerError, VtError } from "../base/errors.ts";
import {
  BeginExecuteResponseSchema,
  BeginStreamExecuteResponseSchema,
  ExecuteResponseSchema,
  type QueryResult,
  QueryResultSchema,
  ReserveBeginExecuteResponseSchema,
  ReserveBeginStreamExecuteResponseSchema,
  ReserveExecuteResponseSchema,
  ReserveStreamExecuteResponseSchema,
  SchemaTableType,
  StreamExecuteResponseSchema,
} from "../proto/generated/query_pb.js";
import { Query } from "../proto/generated/queryservice_pb.js";
import type { TabletAlias } from "../proto/generated/topodata_pb.js";
import type { RPCError } from "../proto/generated/vtrpc_pb.js";
import { encodeColumn } from "../sqltypes/column-packet.ts";
import { fromField } from "../sqltypes/proto-fields.ts";
import { findRows, type RawRows, takeField, writeRowPackets } from "../sqltypes/proto-rows.ts";
import { fromRpcError, fromStatus, toStatus } from "./errors.ts";
import {
  fromAlias,
  fromHealth,
  fromResult,
  fromUdfs,
  toBoundQuery,
  toCallerIds,
  toOptions,
  toTarget,
} from "./query-messages.ts";
import type {
  CallState,
  QueryRequest,
  QueryService,
  ResultReader,
  RunningQuery,
  UdfDefinition,
} from "./query-service.ts";
import type { CallOptions, Channel, ServiceClient } from "./service.ts";

/** A DBA's statement may take as long as it takes; a call without any end is not made. */
const dbaTimeoutMs = 24 * 3_600_000;
/** Longer than the statement's own time, so that the tablet's error arrives, and not ours. */
const graceMs = 1_000;

export function queryClient(channel: Channel): QueryService {
  const client = channel.client(Query);
  return {
    execute: (request, reader) => new RemoteQuery(client, request, reader),
    async begin(target, options, settings, caller) {
      const request = { target: toTarget(target), options: toOptions(options), ...toCallerIds(caller) };
      if (settings.length === 0) return stateOf(await client.begin(request));
      // Begin knows no settings: this is how Vitess's gateways begin on a connection that has them.
      const query = { sql: "select 1 from dual" };
      const reply = await client.reserveBeginExecute({ ...request, query, preQueries: [...settings] });
      if (reply.error !== undefined) throw fromRpcError(reply.error);
      return stateOf(reply);
    },
    async commit(target, transactionId) {
      const reply = await client.commit({ target: toTarget(target), transactionId: BigInt(transactionId) });
      return { reservedId: Number(reply.reservedId), gtid: "" };
    },
    async rollback(target, transactionId) {
      const reply = await client.rollback({ target: toTarget(target), transactionId: BigInt(transactionId) });
      return Number(reply.reservedId);
    },
    async release(target, transactionId, reservedId) {
      const ids = { transactionId: BigInt(transactionId), reservedId: BigInt(reservedId) };
      await client.release({ target: toTarget(target), ...ids });
    },
    async streamHealth(onHealth, signal) {
      try {
        for await (const message of client.streamHealth({}, { signal })) onHealth(fromHealth(message));
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      if (!signal.aborted) throw VtError.of("VT14001", channel.address, "the health stream ended");
    },
    async getSchema(target, kind, names) {
      const definitions: Record<string, string> = {};
      const request = { target: toTarget(target), tableType: schemaTypes[kind], tableNames: [...names] };
      const udfs: UdfDefinition[] = [];
      for await (const piece of client.getSchema(request)) {
        Object.assign(definitions, piece.tableDefinition);
        udfs.push(...fromUdfs(piece.udfs));
      }
      return { definitions, udfs };
    },
    close: () => channel.close(),
  };
}

const schemaTypes = { tables: SchemaTableType.TABLES, views: SchemaTableType.VIEWS, all: SchemaTableType.ALL } as const;

interface Reply {
  readonly result?: QueryResult | undefined;
  readonly error?: RPCError | undefined;
  readonly transactionId?: bigint;
  readonly reservedId?: bigint;
  readonly tabletAlias?: TabletAlias | undefined;
}

/** Rows go to the reader in chunks of about this size. */
const chunkSize = 64 * 1024;

class RemoteQuery implements RunningQuery {
  readonly #request: QueryRequest;
  readonly #reader: ResultReader;
  readonly #abort = new AbortController();
  #state: CallState;
  #hasColumns = false;
  #last: QueryResult | undefined;
  #resume: (() => void) | undefined;

  constructor(client: ServiceClient<typeof Query>, request: QueryRequest, reader: ResultReader) {
    this.#request = request;
    this.#reader = reader;
    const { transactionId, reservedId } = request;
    this.#state = { transactionId, reservedId, tabletAlias: "" };
    this.#run(client).then(
      () => reader.end(fromResult(this.#last, this.#state.transactionId !== 0), this.#state),
      (error: unknown) => reader.fail(asPeerError(error), this.#state),
    );
  }

  resume(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  cancel(): void {
    this.#abort.abort();
    this.resume();
  }

  async #run(client: ServiceClient<typeof Query>): Promise<void> {
    for await (const reply of startCall(client, this.#request, this.#abort.signal)) await this.#take(reply);
  }

  async #take(reply: Reply): Promise<void> {
    const { transactionId, reservedId, tabletAlias } = this.#state;
    this.#state = {
      transactionId: Number(reply.transactionId ?? 0n) || transactionId,
      reservedId: Number(reply.reservedId ?? 0n) || reservedId,
      tabletAlias: reply.tabletAlias === undefined ? tabletAlias : fromAlias(reply.tabletAlias),
    };
    if (reply.error !== undefined) throw fromRpcError(reply.error);
    if (reply.result === undefined) return;
    this.#last = reply.result;
    if (!this.#hasColumns && reply.result.fields.length > 0) {
      this.#hasColumns = true;
      const columns = reply.result.fields.map(fromField);
      this.#reader.columns(columns, columns.map(encodeColumn));
    }
    await this.#deliver(must(rawRows.get(reply.result), "every result was read by readReply"));
  }

  async #deliver(rows: RawRows): Promise<void> {
    const count = rows.ranges.length / 2;
    for (let next = 0; next < count; ) {
      const written = writeRowPackets(rows, next, chunkSize);
      next = written.next;
      if (this.#reader.rows(written.chunk)) continue;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        if (this.#abort.signal.aborted) resolve();
      });
      if (this.#abort.signal.aborted) throw VtError.of("VT25002", "queryservice.Query/StreamExecute");
    }
  }
}

/** The method that fits the request: where it runs, and whole or as a stream. */
function startCall(
  client: ServiceClient<typeof Query>,
  request: QueryRequest,
  signal: AbortSignal,
): AsyncIterable<Reply> {
  const { begin, savepoints, settings, options } = request;
  const isReserved = request.reserve || settings.length > 0;
  const preQueries = [...settings];
  const common = {
    target: toTarget(request.target),
    query: toBoundQuery(request.sql, request.binds),
    options: toOptions(options),
    ...toCallerIds(request.caller),
  };
  const transactionId = BigInt(request.transactionId);
  const reservedId = BigInt(request.reservedId);
  const limits = callLimits(request, signal);
  if (options.workload === "OLAP") {
    if (begin && isReserved) {
      const full = { ...common, preQueries, postBeginQueries: [...savepoints] };
      return client.reserveBeginStreamExecute(full, reading(limits, ReserveBeginStreamExecuteResponseSchema, 2));
    }
    if (begin) {
      const full = { ...common, reservedId, preQueries: [...savepoints] };
      return client.beginStreamExecute(full, reading(limits, BeginStreamExecuteResponseSchema, 2));
    }
    if (isReserved)
      return client.reserveStreamExecute(
        { ...common, transactionId, preQueries },
        reading(limits, ReserveStreamExecuteResponseSchema, 2),
      );
    const full = { ...common, transactionId, reservedId };
    return client.streamExecute(full, reading(limits, StreamExecuteResponseSchema, 1));
  }
  if (begin && isReserved) {
    const full = { ...common, preQueries, postBeginQueries: [...savepoints] };
    return once(client.reserveBeginExecute(full, reading(limits, ReserveBeginExecuteResponseSchema, 2)));
  }
  if (begin) {
    const full = { ...common, reservedId, preQueries: [...savepoints] };
    return once(client.beginExecute(full, reading(limits, BeginExecuteResponseSchema, 2)));
  }
  if (isReserved) {
    const full = { ...common, transactionId, preQueries };
    return once(client.reserveExecute(full, reading(limits, ReserveExecuteResponseSchema, 2)));
  }
  const full = { ...common, transactionId, reservedId };
  return once(client.execute(full, reading(limits, ExecuteResponseSchema, 1)));
}

async function* once(reply: Promise<Reply>): AsyncGenerator<Reply> {
  yield await reply;
}

function callLimits({ options }: QueryRequest, signal: AbortSignal): CallOptions {
  if (options.timeoutMs > 0) return { signal, timeoutMs: options.timeoutMs + graceMs };
  return options.workload === "DBA" ? { signal, timeoutMs: dbaTimeoutMs } : { signal };
}

/** The rows of results that `readReply` made: they are not decoded into the message. */
const rawRows = new WeakMap<QueryResult, RawRows>();
const noRows: RawRows = { bytes: Buffer.alloc(0), ranges: [] };

function reading<D extends DescMessage>(limits: CallOptions, schema: D, resultNumber: number): CallOptions {
  return { ...limits, readResponse: (bytes) => readReply(schema, resultNumber, bytes) };
}

/** Decodes a reply whose field `resultNumber` is a QueryResult, all but its rows. */
function readReply<D extends DescMessage>(schema: D, resultNumber: number, from: Uint8Array): MessageShape<D> {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  const { rest, ranges } = takeField(bytes, 0, bytes.length, resultNumber);
  const reply = fromBinary(schema, rest) as MessageShape<D> & { result?: QueryResult };
  const [begin, end] = ranges;
  if (begin === undefined || end === undefined) return reply;
  const split = findRows(bytes, begin, end);
  reply.result = fromBinary(QueryResultSchema, split.rest);
  rawRows.set(reply.result, split.ranges.length === 0 ? noRows : { bytes, ranges: split.ranges });
  return reply;
}

function stateOf({ transactionId, reservedId, tabletAlias }: Reply): CallState {
  return {
    transactionId: Number(transactionId ?? 0n),
    reservedId: Number(reservedId ?? 0n),
    tabletAlias: fromAlias(tabletAlias),
  };
}

function asPeerError(error: unknown): VtError | ServerError {
  return error instanceof VtError || error instanceof ServerError ? error : fromStatus(toStatus(error));
}
