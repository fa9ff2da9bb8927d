/**
 * The prepared statements of one client of our server: their numbers, parameters sent ahead, cursors. What they mean is the
 * session's; here is what the protocol says of them.
 */
import { ServerError, VtError } from "../base/errors.ts";
import { encodeColumn, madeColumn } from "../sqltypes/column-packet.ts";
import type { Column } from "../sqltypes/result.ts";
import type { Value } from "../sqltypes/value.ts";
import { MalformedBytes, WireReader } from "../sqltypes/wire.ts";
import { type Cursor, CursorAnswer, cursorsPerClientMax } from "./cursors.ts";
import { capability, statusFlag } from "./packets/capabilities.ts";
import { decodeExecute, encodePreparedHead, type ParameterType } from "./packets/prepared.ts";
import { attributesRefused, readsAttributes } from "./query-attributes.ts";
import type { CommandPorts } from "./server-commands.ts";
import type { Prepared } from "./session.ts";

interface OpenStatement {
  readonly prepared: Prepared;
  readonly readsAttributes: boolean;
  types: readonly ParameterType[] | undefined;
  /** Pieces of parameters sent ahead, by the parameter's index. */
  longData: Map<number, Buffer[]>;
  longDataSize: number;
  /** What to answer to the next EXECUTE: long data cannot be answered itself. */
  longDataIsTooLarge: boolean;
  cursor: Cursor | undefined;
}

const cursorReadOnly = 1;
/** MariaDB's clients send EXECUTE right behind PREPARE, before they know the number. */
const latestPrepared = 0xffff_ffff;

export class StatementTable {
  readonly #ports: CommandPorts;
  readonly #statements = new Map<number, OpenStatement>();
  #lastId = 0;
  /** What `latestPrepared` means; 0 where the latest PREPARE failed. */
  #latestId = 0;
  #longDataSize = 0;
  #cursorCount = 0;
  #opening: CursorAnswer | undefined;
  #isEnded = false;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  get #hasAttributes(): boolean {
    return (this.#ports.client.login.capabilities & capability.queryAttributes) !== 0;
  }

  prepare(text: Buffer): void {
    const { answer, session, limits } = this.#ports;
    this.#latestId = 0;
    if (limits.preparedCount.add(1) > limits.preparedMax) {
      limits.preparedCount.add(-1);
      return answer.fail(tooManyStatements(limits.preparedMax));
    }
    session.prepare(text).then(
      (prepared) => this.#prepared(prepared, this.#hasAttributes && readsAttributes(text)),
      (thrown: unknown) => {
        limits.preparedCount.add(-1);
        answer.fail(thrown);
      },
    );
  }

  #prepared(prepared: Prepared, reads: boolean): void {
    const { answer, session, limits } = this.#ports;
    if (this.#isEnded) {
      limits.preparedCount.add(-1);
      return session.closePrepared(prepared);
    }
    do this.#lastId = (this.#lastId % 0xffff_fffe) + 1;
    while (this.#statements.has(this.#lastId));
    const id = this.#lastId;
    this.#latestId = id;
    this.#statements.set(id, {
      prepared,
      readsAttributes: reads,
      types: undefined,
      longData: new Map(),
      longDataSize: 0,
      longDataIsTooLarge: false,
      cursor: undefined,
    });
    const { parameterCount, columns, columnPackets, warnings } = prepared;
    answer.packet(encodePreparedHead(id, columns.length, parameterCount, warnings));
    this.#definitions(Array.from({ length: parameterCount }, () => parameterPacket));
    this.#definitions(columnPackets ?? columns.map((column: Column) => encodeColumn(column)));
    answer.finish();
  }

  #find(id: number): OpenStatement | undefined {
    return this.#statements.get(id === latestPrepared ? this.#latestId : id);
  }

  #definitions(packets: readonly Buffer[]): void {
    if (packets.length === 0) return;
    const { answer, session } = this.#ports;
    for (const packet of packets) answer.packet(packet);
    if (answer.sendsEof) answer.eof(session.statusFlags, 0);
  }

  execute(body: Buffer): void {
    const { answer, session, limits } = this.#ports;
    const id = new WireReader(body).u32();
    const statement = this.#find(id);
    if (statement === undefined) return answer.fail(unknownStatement(id, "mysqld_stmt_execute"));
    if (statement.longDataIsTooLarge) {
      this.#forgetLongData(statement);
      return answer.fail(
        new ServerError(1301, "HY000", `parameters sent ahead are larger than ${limits.payloadMax} bytes`),
      );
    }
    const { parameterCount } = statement.prepared;
    const longData = statement.longData.size === 0 ? noLongData : joined(statement.longData);
    const decoded = decodeExecute(body.subarray(4), parameterCount, statement.types, longData, this.#hasAttributes);
    statement.types = decoded.types;
    this.#forgetLongData(statement);
    this.#closeCursor(statement);
    if (decoded.attributeCount > 0 && statement.readsAttributes) return answer.fail(attributesRefused());
    if ((decoded.flags & cursorReadOnly) !== 0 && statement.prepared.columns.length > 0)
      return this.#openCursor(statement, decoded.values);
    session.execute(statement.prepared, decoded.values, answer);
  }

  #openCursor(statement: OpenStatement, values: readonly Value[]): void {
    const { answer, session, limits } = this.#ports;
    if (this.#cursorCount >= cursorsPerClientMax) return answer.fail(VtError.of("VT21002", cursorsPerClientMax));
    const opening = new CursorAnswer(limits.cursors, {
      opened: (cursor) => {
        this.#opening = undefined;
        statement.cursor = cursor;
        this.#cursorCount++;
        answer.head(cursor.columnPackets);
        answer.eof(cursor.trailer.statusFlags | statusFlag.cursorExists, cursor.trailer.warnings);
        answer.finish();
      },
      ended: (trailer) => {
        this.#opening = undefined;
        answer.end(trailer);
      },
      failed: (error) => {
        this.#opening = undefined;
        answer.fail(error);
      },
      stop: () => session.interrupt(),
    });
    this.#opening = opening;
    session.execute(statement.prepared, values, opening);
  }

  fetch(body: Buffer): void {
    const { answer, session } = this.#ports;
    const from = new WireReader(body);
    const id = from.u32();
    const count = from.u32();
    const statement = this.#find(id);
    if (statement === undefined) return answer.fail(unknownStatement(id, "mysqld_stmt_fetch"));
    const { cursor } = statement;
    if (cursor === undefined)
      return answer.fail(new ServerError(1421, "HY000", `The statement (${id}) has no open cursor.`));
    const rows = cursor.next(count);
    answer.batch(rows);
    const isOver = rows.count < count;
    if (isOver) this.#closeCursor(statement);
    answer.eof(session.statusFlags | (isOver ? statusFlag.lastRowSent : statusFlag.cursorExists), 0);
    answer.finish();
  }

  /** Answered by nothing, whatever it says. */
  longData(body: Buffer): void {
    const from = new WireReader(body);
    const statement = this.#find(from.u32());
    const index = from.u16();
    if (statement === undefined) return;
    if (index >= statement.prepared.parameterCount) throw new MalformedBytes(`parameter ${index} sent ahead`);
    const piece = from.rest();
    const pieces = statement.longData.get(index) ?? [];
    const size = piece.length + longPieceCost;
    if (this.#longDataSize + size > this.#ports.limits.payloadMax) {
      statement.longDataIsTooLarge = true;
      return;
    }
    this.#longDataSize += size;
    statement.longDataSize += size;
    pieces.push(Buffer.from(piece));
    statement.longData.set(index, pieces);
  }

  #forgetLongData(statement: OpenStatement): void {
    if (statement.longData.size > 0) statement.longData = new Map();
    this.#longDataSize -= statement.longDataSize;
    statement.longDataSize = 0;
    statement.longDataIsTooLarge = false;
  }

  #closeCursor(statement: OpenStatement): void {
    if (statement.cursor === undefined) return;
    statement.cursor.close();
    statement.cursor = undefined;
    this.#cursorCount--;
  }

  reset(body: Buffer): void {
    const { answer } = this.#ports;
    const id = new WireReader(body).u32();
    const statement = this.#find(id);
    if (statement === undefined) return answer.fail(unknownStatement(id, "mysqld_stmt_reset"));
    this.#forgetLongData(statement);
    this.#closeCursor(statement);
    this.#ports.ok();
  }

  close(id: number): void {
    const statement = this.#find(id);
    if (statement === undefined) return;
    this.#forgetLongData(statement);
    this.#closeCursor(statement);
    this.#statements.delete(id === latestPrepared ? this.#latestId : id);
    this.#ports.limits.preparedCount.add(-1);
    this.#ports.session.closePrepared(statement.prepared);
  }

  /** The session ends: what is still being prepared is closed as soon as it is there. */
  end(): void {
    this.#isEnded = true;
    this.closeAll();
  }

  closeAll(): void {
    this.#opening?.abandon();
    this.#opening = undefined;
    for (const id of this.#statements.keys()) this.close(id);
  }
}

/** What keeping a piece costs besides its bytes: empty pieces must not be free. */
const longPieceCost = 64;
const noLongData: ReadonlyMap<number, Buffer> = new Map();

function joined(pieces: ReadonlyMap<number, readonly Buffer[]>): ReadonlyMap<number, Buffer> {
  return new Map([...pieces].map(([index, parts]) => [index, Buffer.concat(parts)]));
}

const unknownStatement = (id: number, where: string) =>
  new ServerError(1243, "HY000", `Unknown prepared statement handler (${id}) given to ${where}`);

const tooManyStatements = (max: number) =>
  new ServerError(1461, "42000", `Can't create more than max_prepared_stmt_count statements (current value: ${max})`);

const parameterPacket = encodeColumn(madeColumn("?", "VARBINARY"));
