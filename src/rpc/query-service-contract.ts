/**
 * What every face of the query service owes to both sides: a tablet of our own making answers, and the test sees what
 * the caller gets and what the tablet was asked.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerError, ServerError, VtError } from "../base/errors.ts";
import { encodeColumn, madeColumn } from "../sqltypes/column-packet.ts";
import type { Column, ResultTrailer } from "../sqltypes/result.ts";
import { RowCollector } from "../sqltypes/row-bytes.ts";
import { textCells, writeTextRow } from "../sqltypes/text-row.ts";
import { noBinds } from "../sqltypes/value.ts";
import { WireWriter } from "../sqltypes/wire.ts";
import type {
  CallState,
  QueryOptions,
  QueryRequest,
  QueryService,
  ResultReader,
  TabletHealth,
} from "./query-service.ts";

/** Puts `service` behind the face, and answers the caller's side of it. */
export type Face = (
  service: QueryService,
) => Promise<{ readonly client: QueryService; readonly close: () => Promise<void> }>;

export const rowsMax = 100;

const options: QueryOptions = {
  workload: "OLTP",
  clientFoundRows: true,
  format: "text",
  sqlSelectLimit: 7,
  timeoutMs: 20_000,
  transactionIsolation: "SERIALIZABLE",
  readOnlyTransaction: true,
  consistentSnapshot: true,
};
const olap: QueryOptions = { ...options, workload: "OLAP" };
const target = { keyspace: "commerce", shard: "-80", tabletType: "REPLICA", cell: "zone1" } as const;
const request: QueryRequest = {
  target,
  sql: "",
  binds: noBinds,
  transactionId: 0,
  reservedId: 0,
  begin: false,
  savepoints: [],
  settings: [],
  reserve: false,
  options,
  caller: {
    immediate: { username: "app", groups: ["g1", "g2"] },
    effective: { principal: "p", component: "c", subcomponent: "s" },
  },
};
const trailer: ResultTrailer = {
  affectedRows: 0,
  lastInsertId: 0,
  statusFlags: 2,
  warnings: 0,
  info: "",
  sessionState: Buffer.alloc(0),
};

/** `hasUnaryLimit`: the face has a way for small results only, which refuses more than `rowsMax` rows (gRPC). */
export function testQueryFace(name: string, face: Face, { hasUnaryLimit = true } = {}): void {
  const check = (what: string, run: (client: QueryService, tablet: Tablet) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      const tablet = new Tablet();
      const { client, close } = await face(tablet);
      try {
        await run(client, tablet);
      } finally {
        await close();
      }
    });
  };

  for (const workload of ["OLTP", "OLAP"] as const) {
    const base = { ...request, options: { ...options, workload } };

    check(`${workload}: rows, NULLs and columns`, async (client) => {
      const answer = await ask(client, { ...base, sql: "rows 3" });
      assert.deepEqual(
        answer.columns.map(({ name: column, type, table, collation }) => [column, type, table, collation]),
        [
          ["id", "INT64", "t", 63],
          ["name", "VARCHAR", "t", 45],
        ],
      );
      assert.deepEqual(answer.packets, answer.columns.map(encodeColumn));
      assert.deepEqual(answer.rows, [
        ["0", null],
        ["1", "name 1"],
        ["2", "name 2"],
      ]);
      assert.equal(answer.error, undefined);
    });

    check(`${workload}: an empty result still has columns`, async (client) => {
      const answer = await ask(client, { ...base, sql: "rows 0" });
      assert.deepEqual([answer.columns.length, answer.rows.length], [2, 0]);
    });

    check(`${workload}: the tablet is asked what the caller asked`, async (client, tablet) => {
      const sent: QueryRequest = {
        ...base,
        sql: "rows 1",
        binds: {
          a: { type: "INT64", bytes: Buffer.from("1") },
          n: { type: "NULL_TYPE", bytes: undefined },
          l: { type: "TUPLE", values: [{ type: "VARCHAR", bytes: Buffer.from("ü") }] },
        },
        transactionId: 2 ** 53 - 1,
        reservedId: 12,
      };
      await ask(client, sent);
      assert.deepEqual(withoutPeer(tablet.asked), sent);
    });

    check(`${workload}: begin, settings and reservation`, async (client, tablet) => {
      const places = [
        { begin: true, savepoints: ["savepoint a"] },
        { reserve: true, settings: ["set sql_mode = ''"] },
        { begin: true, reserve: true, settings: ["set a = 1", "set b = 2"], savepoints: ["savepoint a"] },
      ];
      for (const place of places) {
        const sent = { ...base, ...place, sql: "rows 1" };
        const answer = await ask(client, sent);
        assert.deepEqual(withoutPeer(tablet.asked), sent);
        assert.deepEqual(answer.state, {
          transactionId: place.begin === true ? 1001 : 0,
          reservedId: place.reserve === true ? 2002 : 0,
          tabletAlias: "zone1-0000000100",
        });
        const failed = await ask(client, { ...sent, sql: "fail" });
        assert.deepEqual(failed.state, answer.state, "the state counts also when the statement fails");
        assert.ok(failed.error instanceof ServerError);
        assert.equal(failed.error.errno, 1062);
      }
    });

    check(`${workload}: errors`, async (client) => {
      const { error } = await ask(client, { ...base, sql: "fail" });
      assert.ok(error instanceof PeerError);
      assert.deepEqual([error.errno, error.sqlState, error.message], [1062, "23000", "Duplicate entry"]);
      const ours = await ask(client, { ...base, sql: "VtError" });
      assert.ok(ours.error instanceof VtError);
      assert.equal(ours.error.code, "VT05005");
    });

    check(`${workload}: cancel reaches the tablet, and the reader gets its end`, async (client, tablet) => {
      const reader = new Reader();
      const running = client.execute({ ...base, sql: "wait" }, reader);
      await tablet.waiting;
      running.cancel();
      await reader.done;
      assert.ok(reader.error);
      await tablet.cancelled;
    });
  }

  check("counts of a change", async (client) => {
    const { trailer: got, columns } = await ask(client, { ...request, sql: "change" });
    assert.deepEqual(columns, []);
    assert.deepEqual([got?.affectedRows, got?.lastInsertId, got?.info], [3, "18446744073709551615", "Rows matched: 3"]);
    assert.deepEqual(got?.sessionState, sessionState);
  });

  check("a unary call has a limit of rows; a stream has none", async (client) => {
    const { error } = await ask(client, { ...request, sql: `rows ${rowsMax + 1}` });
    assert.equal(error instanceof VtError ? error.code : error, hasUnaryLimit ? "VT21001" : undefined);
    assert.equal((await ask(client, { ...request, sql: `rows ${rowsMax}` })).rows.length, rowsMax);
    assert.equal((await ask(client, { ...request, options: olap, sql: "rows 20000" })).rows.length, 20_000);
  });

  check("a reader that is full holds the tablet up until it resumes", async (client, tablet) => {
    const reader = new Reader();
    reader.isFull = true;
    const running = client.execute({ ...request, options: olap, sql: "rows 200000" }, reader);
    await tablet.heldUp;
    assert.ok(tablet.sentRows < 200_000, "the tablet sent everything to a reader that takes nothing");
    reader.isFull = false;
    reader.onRows = () => running.resume();
    running.resume();
    await reader.done;
    assert.equal(reader.taken().length, 200_000);
  });

  check("transactions and connections", async (client, tablet) => {
    assert.deepEqual(await client.begin(target, options, [], request.caller), {
      transactionId: 1001,
      reservedId: 0,
      tabletAlias: "zone1-0000000100",
    });
    const committed = await client.commit(target, 1001);
    assert.equal(committed.reservedId, 2002);
    assert.ok(["", "0-1-77"].includes(committed.gtid), committed.gtid); // Not every carrier can say.
    assert.equal(await client.rollback(target, 1001), 2003);
    await client.release(target, 5, 6);
    assert.deepEqual(tablet.calls, ["begin SERIALIZABLE", "commit 1001", "rollback 1001", "release 5 6"]);
    await assert.rejects(client.commit(target, 404), (error) => error instanceof VtError && error.code === "VT09032");
  });

  check("health, now and as it changes, until the caller stops", async (client, tablet) => {
    const controller = new AbortController();
    const seen: TabletHealth[] = [];
    await client.streamHealth((health) => {
      seen.push(health);
      if (seen.length === 2) controller.abort();
      else tablet.changeHealth({ ...firstHealth, isServing: true, replicationLagSeconds: 3 });
    }, controller.signal);
    assert.deepEqual(seen, [firstHealth, { ...firstHealth, isServing: true, replicationLagSeconds: 3 }]);
    await tablet.healthStopped;
  });

  check("a tablet that is lost ends the health stream", async (client, tablet) => {
    const onHealth = () => tablet.loseHealth(VtError.of("VT14002", "commerce/-80"));
    await assert.rejects(client.streamHealth(onHealth, new AbortController().signal), VtError);
  });

  check("schema", async (client) => {
    const { definitions, udfs } = await client.getSchema(target, "views", ["a", "b"]);
    assert.deepEqual(definitions, { kind: "views", a: "create a", b: "create b" });
    assert.deepEqual(udfs, [{ name: "f", isAggregate: true, returns: "INT64" }]);
  });
}

const firstHealth: TabletHealth = {
  target,
  tabletAlias: "zone1-0000000100",
  isServing: false,
  primaryTermStartSeconds: 1_700_000_000,
  healthError: "no replication",
  replicationLagSeconds: 0,
  qps: 1.5,
  tableSchemaChanged: ["t"],
  viewSchemaChanged: [],
  udfsChanged: true,
};

/** SESSION_TRACK_GTIDS with one GTID. */
const sessionState = (() => {
  const change = new WireWriter().u8(0).lenencText("uuid:1-5").finish();
  return new WireWriter().u8(3).lenencRaw(change).finish();
})();

class Reader implements ResultReader {
  columnsSeen: readonly Column[] = [];
  packets: readonly Buffer[] = [];
  trailer: ResultTrailer | undefined;
  state: CallState | undefined;
  error: VtError | ServerError | undefined;
  isFull = false;
  onRows: () => void = () => undefined;
  #collector: RowCollector | undefined;
  readonly #done = Promise.withResolvers<void>();

  get done(): Promise<void> {
    return this.#done.promise;
  }
  taken(): (string | null)[][] {
    if (this.#collector === undefined) return [];
    return textCells(this.#collector.take()).map((row) => row.map((cell) => cell?.toString() ?? null));
  }
  columns(columns: readonly Column[], packets: readonly Buffer[]): void {
    assert.equal(this.columnsSeen.length, 0, "columns come once");
    this.columnsSeen = columns;
    this.packets = packets;
    this.#collector = new RowCollector(columns, "text");
  }
  rows(chunk: Buffer): boolean {
    this.#collector?.push(chunk);
    this.onRows();
    return !this.isFull;
  }
  end(trailer: ResultTrailer, state: CallState): void {
    assert.equal(this.state, undefined, "end and fail come once");
    this.trailer = trailer;
    this.state = state;
    this.#done.resolve();
  }
  fail(error: VtError | ServerError, state: CallState): void {
    assert.equal(this.state, undefined, "end and fail come once");
    this.error = error;
    this.state = state;
    this.#done.resolve();
  }
}

async function ask(client: QueryService, asked: QueryRequest) {
  const reader = new Reader();
  client.execute(asked, reader);
  await reader.done;
  const { columnsSeen: columns, packets, trailer: end, state, error } = reader;
  return { columns, packets, rows: reader.taken(), trailer: end, state, error };
}

/** The tablet: what a statement does is what its text says. */
class Tablet implements QueryService {
  asked: QueryRequest | undefined;
  calls: string[] = [];
  sentRows = 0;
  readonly #waiting = Promise.withResolvers<void>();
  readonly #cancelled = Promise.withResolvers<void>();
  readonly #heldUp = Promise.withResolvers<void>();
  readonly #healthStopped = Promise.withResolvers<void>();
  #health: { on: (health: TabletHealth) => void; lose: (error: Error) => void } | undefined;

  get waiting() {
    return this.#waiting.promise;
  }
  get cancelled() {
    return this.#cancelled.promise;
  }
  get heldUp() {
    return this.#heldUp.promise;
  }
  get healthStopped() {
    return this.#healthStopped.promise;
  }

  execute(asked: QueryRequest, reader: ResultReader) {
    this.asked = asked;
    const state: CallState = {
      transactionId: asked.begin ? 1001 : asked.transactionId,
      reservedId: asked.reserve ? 2002 : asked.reservedId,
      tabletAlias: "zone1-0000000100",
    };
    const [verb, count] = asked.sql.split(" ");
    if (verb === "rows") return this.#sendRows(Number(count), reader, state);
    const cancel = () => {
      this.#cancelled.resolve();
      if (verb === "wait") reader.fail(new ServerError(1317, "70100", "Query execution was interrupted"), state);
    };
    if (verb === "wait") this.#waiting.resolve();
    else queueMicrotask(() => this.#answer(verb ?? "", reader, state));
    return { resume: () => undefined, cancel };
  }

  #answer(verb: string, reader: ResultReader, state: CallState): void {
    if (verb === "fail") reader.fail(new ServerError(1062, "23000", "Duplicate entry"), state);
    else if (verb === "VtError") reader.fail(VtError.of("VT05005", "t", "k"), state);
    else
      reader.end(
        { ...trailer, affectedRows: 3, lastInsertId: "18446744073709551615", info: "Rows matched: 3", sessionState },
        state,
      );
  }

  #sendRows(count: number, reader: ResultReader, state: CallState) {
    const columns = [
      { ...madeColumn("id", "INT64"), table: "t" },
      { ...madeColumn("name", "VARCHAR"), table: "t" },
    ];
    let next = 0;
    let isCancelled = false;
    const send = (): void => {
      while (next < count && !isCancelled) {
        const chunk = new WireWriter();
        for (const end = Math.min(count, next + 50); next < end; next++) {
          const row = new WireWriter();
          writeTextRow(row, [Buffer.from(`${next}`), next === 0 ? null : Buffer.from(`name ${next}`)]);
          chunk
            .u24(row.size)
            .u8(next % 256)
            .raw(row.finish());
        }
        this.sentRows = next;
        if (!reader.rows(chunk.finish())) {
          this.#heldUp.resolve();
          return;
        }
      }
      if (isCancelled) reader.fail(new ServerError(1317, "70100", "Query execution was interrupted"), state);
      else reader.end(trailer, state);
    };
    queueMicrotask(() => {
      reader.columns(columns, columns.map(encodeColumn));
      send();
    });
    return {
      resume: send,
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  async begin(_target: unknown, { transactionIsolation }: QueryOptions) {
    this.calls.push(`begin ${transactionIsolation}`);
    return { transactionId: 1001, reservedId: 0, tabletAlias: "zone1-0000000100" };
  }
  async commit(_target: unknown, transactionId: number) {
    if (transactionId === 404) throw VtError.of("VT09032");
    this.calls.push(`commit ${transactionId}`);
    return { reservedId: 2002, gtid: "0-1-77" };
  }
  async rollback(_target: unknown, transactionId: number) {
    this.calls.push(`rollback ${transactionId}`);
    return 2003;
  }
  async release(_target: unknown, transactionId: number, reservedId: number) {
    this.calls.push(`release ${transactionId} ${reservedId}`);
  }
  streamHealth(onHealth: (health: TabletHealth) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#health = { on: onHealth, lose: reject };
      signal.addEventListener("abort", () => {
        this.#healthStopped.resolve();
        resolve();
      });
      onHealth(firstHealth);
    });
  }
  changeHealth(health: TabletHealth): void {
    this.#health?.on(health);
  }
  loseHealth(error: Error): void {
    this.#health?.lose(error);
  }
  async getSchema(_target: unknown, kind: string, names: readonly string[]) {
    return {
      definitions: { kind, ...Object.fromEntries(names.map((name) => [name, `create ${name}`])) },
      udfs: [{ name: "f", isAggregate: true, returns: "INT64" as const }],
    };
  }
  async close() {}
}

/** Where a request came from is the carrier's to say. */
function withoutPeer(asked: QueryRequest | undefined): QueryRequest | undefined {
  if (asked === undefined) return undefined;
  const { keepsSettings: _keeps, ...rest } = asked;
  const { peer: _, ...caller } = asked.caller;
  return { ...rest, caller };
}
