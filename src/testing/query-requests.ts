/** Requests to a `QueryService` as tests write them, and their answers as text. */
import type { ServerError, VtError } from "../base/errors.ts";
import type {
  CallState,
  Caller,
  QueryOptions,
  QueryRequest,
  QueryService,
  ResultReader,
  RunningQuery,
  Target,
} from "../rpc/query-service.ts";
import { binaryText } from "../sqltypes/binary-row.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { textCells } from "../sqltypes/text-row.ts";
import { noBinds } from "../sqltypes/value.ts";

export const testTarget: Target = { keyspace: "ks", shard: "0", tabletType: "PRIMARY", cell: "zone1" };
export const testCaller: Caller = {
  immediate: { username: "tester", groups: [] },
  effective: { principal: "", component: "", subcomponent: "" },
};
export const testOptions: QueryOptions = {
  workload: "OLTP",
  clientFoundRows: false,
  format: "text",
  sqlSelectLimit: 0,
  timeoutMs: 0,
  transactionIsolation: "DEFAULT",
  readOnlyTransaction: false,
  consistentSnapshot: false,
};

export type Wanted = Partial<Omit<QueryRequest, "options">> & { readonly options?: Partial<QueryOptions> };

export function requestOf(sql: string, wanted: Wanted = {}): QueryRequest {
  return {
    target: testTarget,
    binds: noBinds,
    transactionId: 0,
    reservedId: 0,
    begin: false,
    savepoints: [],
    settings: [],
    reserve: false,
    caller: testCaller,
    ...wanted,
    sql,
    options: { ...testOptions, ...wanted.options },
  };
}

export interface Got {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly names: readonly string[];
  readonly trailer: ResultTrailer | undefined;
  readonly error: VtError | ServerError | undefined;
  readonly state: CallState;
}

/** Runs a statement and collects its answer; never rejects: an error is part of what is got. */
export function ask(
  service: QueryService,
  sql: string,
  wanted: Wanted = {},
  started?: (running: RunningQuery) => void,
): Promise<Got> {
  return new Promise((resolve) => {
    let collector: RowCollector | undefined;
    let names: string[] = [];
    const format = wanted.options?.format ?? "text";
    const rowsOf = () => {
      if (collector === undefined) return [];
      const batch = collector.take();
      if (format === "binary") return binaryText(batch);
      return textCells(batch).map((row) => row.map((cell) => cell?.toString() ?? null));
    };
    const reader: ResultReader = {
      columns: (columns) => {
        names = columns.map(({ name }) => name);
        collector = new RowCollector(columns, format);
      },
      rows: (chunk) => {
        collector?.push(chunk);
        return true;
      },
      end: (trailer, state) => resolve({ rows: rowsOf(), names, trailer, error: undefined, state }),
      fail: (error, state) => resolve({ rows: rowsOf(), names, trailer: undefined, error, state }),
    };
    const running = service.execute(requestOf(sql, wanted), reader);
    started?.(running);
  });
}

/** The answer's rows; throws its error. */
export async function rowsOf(service: QueryService, sql: string, wanted: Wanted = {}): Promise<Got["rows"]> {
  const got = await ask(service, sql, wanted);
  if (got.error !== undefined) throw got.error;
  return got.rows;
}
