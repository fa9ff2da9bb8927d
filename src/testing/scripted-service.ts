/**
 * A `QueryService` that answers by script, to test what carries one: the statement's text says what comes back, and every
 * call is noted with its arguments.
 *
 *     rows N SIZE     N rows of SIZE bytes, as fast as the reader takes them
 *     ok              an OK with every field set
 *     server error    a ServerError 1062;     vt error   VT05003;      late error   two rows, then a ServerError
 *     wait            answers only when cancelled, with VT26006
 */
import { ServerError, VtError } from "../base/errors.ts";
import { framePacket } from "../mysql/packets/frame.ts";
import type {
  CallState,
  QueryRequest,
  QueryService,
  ResultReader,
  RunningQuery,
  TabletHealth,
} from "../rpc/query-service.ts";
import { encodeColumn, madeColumn } from "../sqltypes/column-packet.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import { testTarget } from "./query-requests.ts";

export const scriptedState: CallState = {
  transactionId: 4_503_599_627_370_497,
  reservedId: 7,
  tabletAlias: "zone1-0000000100",
};
export const noScriptedState: CallState = { transactionId: 0, reservedId: 0, tabletAlias: "zone1-0000000100" };
export const fullTrailer: ResultTrailer = {
  affectedRows: 12,
  lastInsertId: "18446744073709551615",
  statusFlags: 0x4003,
  warnings: 3,
  info: "Rows matched: 12",
  sessionState: Buffer.from([0, 4, 1, 97, 1, 98]),
};
const plainTrailer = { ...fullTrailer, affectedRows: 0, lastInsertId: 0, info: "", sessionState: Buffer.alloc(0) };

export const scriptedHealth: TabletHealth = {
  target: testTarget,
  tabletAlias: "zone1-0000000100",
  isServing: true,
  primaryTermStartSeconds: 1_700_000_000,
  healthError: "",
  replicationLagSeconds: 2,
  qps: 1.5,
  tableSchemaChanged: ["a", "b"],
  viewSchemaChanged: [],
  udfsChanged: false,
};

export const scriptedColumns = [madeColumn("id", "INT64"), madeColumn("text")];
const packets = scriptedColumns.map(encodeColumn);

export interface ScriptedService extends QueryService {
  readonly requests: QueryRequest[];
  readonly calls: unknown[][];
  /** Chunks that were sent but not asked for again. */
  readonly sentBytes: () => number;
  readonly push: (health: TabletHealth) => void;
}

export function scriptedService(): ScriptedService {
  const requests: QueryRequest[] = [];
  const calls: unknown[][] = [];
  let sentBytes = 0;
  const listeners = new Set<(health: TabletHealth) => void>();

  function execute(request: QueryRequest, reader: ResultReader): RunningQuery {
    requests.push(request);
    const [verb = "", count = "0", size = "1"] = request.sql.split(" ");
    let isCancelled = false;
    let left = Number(count);
    let isPumping = false;
    const state = request.begin ? scriptedState : noScriptedState;
    const cancelled = () => reader.fail(VtError.of("VT26006", "the caller gave up"), state);
    const pump = () => {
      isPumping = true;
      while (left > 0 && !isCancelled) {
        const chunk = rowChunk(Number(count) - left, Number(size));
        sentBytes += chunk.length;
        left--;
        if (!reader.rows(chunk)) break;
      }
      isPumping = false;
      if (isCancelled) cancelled();
      else if (left === 0) {
        left = -1;
        reader.end(plainTrailer, state);
      }
    };
    setImmediate(() => {
      if (verb === "rows") {
        reader.columns(scriptedColumns, packets);
        pump();
      } else if (verb === "ok") reader.end(fullTrailer, state);
      else if (verb === "server") reader.fail(new ServerError(1062, "23000", "Duplicate entry 'é'"), state);
      else if (verb === "vt") reader.fail(VtError.of("VT05003", "nowhere"), state);
      else if (verb === "late") {
        reader.columns(scriptedColumns, packets);
        reader.rows(Buffer.concat([rowChunk(0, 5), rowChunk(1, 5)]));
        reader.fail(new ServerError(1317, "70100", "interrupted"), state);
      }
    });
    return {
      resume: () => {
        if (!isPumping && left > 0) pump();
      },
      cancel: () => {
        if (isCancelled || left < 0) return;
        isCancelled = true;
        if (verb === "wait" || (verb === "rows" && !isPumping)) setImmediate(cancelled);
      },
    };
  }

  return {
    requests,
    calls,
    sentBytes: () => sentBytes,
    push: (health) => listeners.forEach((listener) => listener(health)),
    execute,
    begin: async (...args) => {
      calls.push(["begin", ...args]);
      return scriptedState;
    },
    commit: async (...args) => {
      calls.push(["commit", ...args]);
      if (args[1] === 13) throw VtError.of("VT26003", 13, "ended");
      return { reservedId: 7, gtid: "0-1-2" };
    },
    rollback: async (...args) => {
      calls.push(["rollback", ...args]);
      return 0;
    },
    release: async (...args) => {
      calls.push(["release", ...args]);
    },
    streamHealth: (onHealth, signal) =>
      new Promise((resolve) => {
        listeners.add(onHealth);
        onHealth(scriptedHealth);
        signal.addEventListener("abort", () => {
          listeners.delete(onHealth);
          resolve();
        });
      }),
    getSchema: async (...args) => {
      calls.push(["getSchema", ...args]);
      return { definitions: { t: "create table `t` (…)" }, udfs: [] };
    },
    close: async () => {},
  };
}

function rowChunk(id: number, size: number): Buffer {
  const to = new WireWriter(size + 16).lenencText(String(id)).lenencText("x".repeat(size));
  return framePacket(to.finish(), (id + 4) & 0xff);
}
