/** Small results that the gateway asks for itself. */
import type { Calls } from "../engine/primitive.ts";
import type { RunningQuery } from "../rpc/query-service.ts";
import type { Column } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { textCells } from "../sqltypes/text-row.ts";
import type { Binds } from "../sqltypes/value.ts";
import type { Gateway } from "./gateway.ts";
import { scatter } from "./scatter.ts";
import type { SessionState } from "./session-state.ts";

const collectedRowsMax = 10_000;

export interface Collected {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
}

/** Gathers a small result in the text format. */
export function collect(
  gateway: Gateway,
  session: SessionState,
  calls: Calls,
  started: (running: RunningQuery) => void = () => undefined,
): Promise<Collected> {
  return new Promise((resolve, reject) => {
    let collector: RowCollector | undefined;
    let columns: readonly Column[] = [];
    const running = scatter(gateway.cluster, session, calls, "text", {
      columns: (found) => {
        columns = found;
        collector = new RowCollector(found, "text");
      },
      rows: (chunk) => {
        if (collector !== undefined && collector.count < collectedRowsMax) collector.push(chunk);
        return true;
      },
      end: () => resolve({ columns, rows: collector === undefined ? [] : textCells(collector.take()) }),
      fail: reject,
    });
    started(running);
  });
}

/** A call of one statement to one shard. */
export function oneCall(keyspace: string, shard: string, sql: string, binds: Binds = {}): Calls {
  return { calls: [{ keyspace, shard, sql, binds }], effect: "read", firstGenerated: undefined };
}
