/**
 * Sequences: `select next :n values from seq` (inventory 7.020). A sequence is a table with one row (id 0, next_id, cache).
 * Blocks of `cache` values are taken under that row's lock, in a transaction of their own, and handed out from memory; a
 * restart or a new primary loses what was left of a block, never repeats it.
 */
import type { ClientEnvironment, Connection, ConnectOptions } from "../../mysql/client.ts";
import { connect } from "../../mysql/client.ts";
import { emptyTrailer } from "../../mysql/packets/answers.ts";
import { framePacket } from "../../mysql/packets/frame.ts";
import { identifier, sql, value } from "../../mysql/sql.ts";
import { VtError } from "../../base/errors.ts";
import type { QueryRequest } from "../../rpc/query-service.ts";
import { writeBinaryRow } from "../../sqltypes/binary-row.ts";
import { encodeColumn, madeColumn } from "../../sqltypes/column-packet.ts";
import { writeTextRow } from "../../sqltypes/text-row.ts";
import { WireWriter } from "../../sqltypes/wire.ts";
import { asClientError } from "./client-errors.ts";
import type { RunningStatement } from "./running-statement.ts";

interface Block {
  /** The next value to hand out, and the first that is not ours. */
  next: number;
  end: number;
  /** Callers take turns: a second block is not fetched while the first is on its way. */
  turn: Promise<unknown>;
}

const valuesAtOnceMax = 1_000_000;

export class Sequences {
  readonly #env: ClientEnvironment;
  readonly #options: ConnectOptions;
  #blocks = new Map<string, Block>();
  #connection: Promise<Connection> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(env: ClientEnvironment, options: ConnectOptions) {
    this.#env = env;
    this.#options = options;
  }

  /** Another server may have handed out values since: nothing kept in memory counts. */
  forget(): void {
    this.#blocks = new Map();
  }

  close(): void {
    void this.#connection?.then((connection) => connection.close()).catch(() => undefined);
    this.#connection = undefined;
  }

  /** Answers one row: the first of `count` values. */
  answer(
    sequence: { readonly table: string; readonly count: string },
    request: QueryRequest,
    running: RunningStatement,
  ): void {
    this.take(sequence.table, countOf(sequence.count, request)).then(
      (first) => {
        const column = madeColumn("nextval", "INT64");
        running.columns([column], [encodeColumn(column)]);
        const to = new WireWriter(32);
        const cell = Buffer.from(String(first));
        if (request.options.format === "binary") writeBinaryRow(to, [column], [cell]);
        else writeTextRow(to, [cell]);
        running.rows(framePacket(to.finish(), 3));
        running.end(emptyTrailer);
      },
      (thrown: unknown) => running.fail(asClientError(thrown)),
    );
  }

  /** The first of `count` values in a row. */
  take(table: string, count: number): Promise<number> {
    let block = this.#blocks.get(table);
    if (block === undefined) {
      block = { next: 0, end: 0, turn: Promise.resolve() };
      this.#blocks.set(table, block);
    }
    const mine = block;
    const taken = mine.turn.then(() => this.#takeNow(table, mine, count));
    mine.turn = taken.catch(() => undefined); // The next caller tries for itself.
    return taken;
  }

  async #takeNow(table: string, block: Block, count: number): Promise<number> {
    if (block.end - block.next < count) await this.#fetch(table, block, count);
    const first = block.next;
    block.next += count;
    return first;
  }

  /** One fetch at a time over the one connection. */
  #fetch(table: string, block: Block, count: number): Promise<void> {
    const fetched = this.#turn.then(() => this.#fetchNow(table, block, count));
    this.#turn = fetched.catch(() => undefined);
    return fetched;
  }

  async #fetchNow(table: string, block: Block, count: number): Promise<void> {
    const connection = await this.#connected();
    await connection.query(sql`begin`);
    try {
      const name = identifier(table);
      const { rows } = await connection.query(sql`select next_id, cache from ${name} where id = 0 for update`);
      const [nextId, cache] = (rows[0] ?? []).map(Number);
      if (nextId === undefined || cache === undefined) throw VtError.of("VT26011", table, "it has no row with id 0");
      if (!Number.isSafeInteger(nextId) || !(cache > 0))
        throw VtError.of("VT26011", table, "next_id or cache is no good");
      const size = Math.ceil(count / cache) * cache;
      if (!Number.isSafeInteger(nextId + size)) throw VtError.of("VT26011", table, "it is used up");
      await connection.query(sql`update ${name} set next_id = ${value(nextId + size)} where id = 0`);
      await connection.query(sql`commit`);
      // What was left of the old block joins the new one only when they touch.
      if (block.end !== nextId) block.next = nextId;
      block.end = nextId + size;
    } catch (thrown) {
      await connection.query(sql`rollback`).catch(() => connection.destroy());
      throw thrown;
    }
  }

  #connected(): Promise<Connection> {
    this.#connection ??= connect(this.#env, this.#options).then((connection) => {
      connection.onClosed = () => {
        this.#connection = undefined;
      };
      return connection;
    });
    this.#connection.catch(() => {
      this.#connection = undefined;
    });
    return this.#connection;
  }
}

function countOf(text: string, request: QueryRequest): number {
  if (!text.startsWith(":")) return checkedCount(Number(text));
  const name = text.slice(1);
  const bind = Object.hasOwn(request.binds, name) ? request.binds[name] : undefined;
  if (bind === undefined || !("bytes" in bind)) throw VtError.of("VT26008", name, "missing");
  return checkedCount(Number(bind.bytes?.toString("latin1") ?? Number.NaN));
}

function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= valuesAtOnceMax) return count;
  throw VtError.of("VT26008", "n", `${count} values at once (1 to ${valuesAtOnceMax})`);
}
