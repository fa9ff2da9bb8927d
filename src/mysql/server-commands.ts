/**
 * The commands of the protocol, as our server takes them from one client: which session call each is, and how it is
 * answered. Prepared statements and their parameters sent ahead live here.
 */
import type { Column } from "../sqltypes/result.ts";
import { encodeColumn, madeColumn } from "../sqltypes/column-packet.ts";
import { MalformedBytes, WireReader } from "../sqltypes/wire.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import { emptyTrailer, encodeEof, encodeError, encodeOk } from "./packets/answers.ts";
import { capability, command } from "./packets/capabilities.ts";
import { decodeExecute, encodePreparedHead, type ParameterType } from "./packets/prepared.ts";
import type { ServerLimits } from "./server.ts";
import type { Client, Prepared, SqlSession } from "./session.ts";

export interface CommandPorts {
  readonly client: Client;
  readonly session: SqlSession;
  readonly answer: AnswerWriter;
  readonly limits: ServerLimits;
  readonly quit: () => void;
  readonly changeUser: (body: Buffer, sequence: number) => void;
  readonly setMultiStatements: (isOn: boolean) => void;
}

interface OpenStatement {
  readonly prepared: Prepared;
  types: readonly ParameterType[] | undefined;
  longData: Map<number, Buffer>;
  /** What to answer to the next EXECUTE: long data cannot be answered itself. */
  longDataIsTooLarge: boolean;
}

export class CommandTable {
  readonly #ports: CommandPorts;
  readonly #statements = new Map<number, OpenStatement>();
  #lastStatementId = 0;
  #longDataSize = 0;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  /** Runs one command. The payload is valid only during the call. */
  run(payload: Buffer, sequence: number): void {
    const { session, answer } = this.#ports;
    answer.begin(sequence);
    const body = payload.subarray(1);
    switch (payload[0]) {
      case command.query:
        return session.query(body, answer);
      case command.statementExecute:
        return this.#execute(body);
      case command.statementPrepare:
        return this.#prepare(Buffer.from(body));
      case command.statementClose:
        this.#close(new WireReader(body).u32());
        return answer.finish();
      case command.statementSendLongData:
        this.#longData(body);
        return answer.finish();
      case command.statementReset:
        return this.#resetStatement(new WireReader(body).u32());
      case command.initDatabase:
        return this.#settle(session.useDatabase(body.toString("utf8")));
      case command.ping:
        return this.#ok();
      case command.resetConnection:
        this.#closeAll();
        return this.#settle(session.reset());
      case command.changeUser:
        return this.#ports.changeUser(Buffer.from(body), sequence);
      default:
        return this.#rare(payload[0] ?? 0, body);
    }
  }

  #rare(code: number, body: Buffer): void {
    const { session, answer } = this.#ports;
    switch (code) {
      case command.quit:
        return this.#ports.quit();
      case command.setOption: {
        const option = new WireReader(body).u16();
        if (option > 1) return this.#error(1047, "08S01", `Unknown option ${option}`);
        this.#ports.setMultiStatements(option === 0);
        return this.#endPacket();
      }
      case command.statistics:
        answer.packet(Buffer.from(session.statistics()));
        return answer.finish();
      case command.fieldList:
        return this.#fieldList(new WireReader(body).zeroEndedText());
      case command.statementFetch:
        return this.#error(1421, "HY000", "The statement has no open cursor.");
      default:
        return this.#error(1047, "08S01", `Unknown command ${code}`);
    }
  }

  get #capabilities(): number {
    return this.#ports.client.login.capabilities;
  }
  get #sendsEof(): boolean {
    return (this.#capabilities & capability.deprecateEof) === 0;
  }

  #ok(): void {
    const { answer, session } = this.#ports;
    answer.end({ ...emptyTrailer, statusFlags: session.statusFlags });
  }

  #error(errno: number, sqlState: string, text: string): void {
    const { answer } = this.#ports;
    answer.packet(encodeError(errno, sqlState, text));
    answer.finish();
  }

  #endPacket(): void {
    const { answer, session } = this.#ports;
    const { statusFlags } = session;
    if (this.#sendsEof) answer.packet(encodeEof(statusFlags, 0));
    else answer.packet(encodeOk({ ...emptyTrailer, statusFlags }, this.#capabilities, 0xfe));
    answer.finish();
  }

  #settle(work: Promise<void>): void {
    const { answer } = this.#ports;
    work.then(
      () => this.#ok(),
      (thrown: unknown) => answer.fail(thrown),
    );
  }

  #fieldList(table: string): void {
    const { answer, session } = this.#ports;
    session.fieldList(table).then(
      (columns) => {
        const noDefault = Buffer.from([0xfb]);
        for (const column of columns) answer.packet(Buffer.concat([encodeColumn(column), noDefault]));
        this.#endPacket();
      },
      (thrown: unknown) => answer.fail(thrown),
    );
  }

  #prepare(text: Buffer): void {
    const { answer, session, limits } = this.#ports;
    if (limits.preparedCount >= limits.preparedMax)
      return this.#error(
        1461,
        "42000",
        `Can't create more than max_prepared_stmt_count statements (current value: ${limits.preparedMax})`,
      );
    limits.preparedCount++;
    session.prepare(text).then(
      (prepared) => this.#prepared(prepared),
      (thrown: unknown) => {
        limits.preparedCount--;
        answer.fail(thrown);
      },
    );
  }

  #prepared(prepared: Prepared): void {
    const { answer } = this.#ports;
    if (!answer.isOpen) return;
    this.#lastStatementId = (this.#lastStatementId % 0xffff_fffe) + 1;
    const id = this.#lastStatementId;
    this.#statements.set(id, { prepared, types: undefined, longData: new Map(), longDataIsTooLarge: false });
    const { parameterCount, columns, columnPackets, warnings } = prepared;
    answer.packet(encodePreparedHead(id, columns.length, parameterCount, warnings));
    this.#definitions(Array.from({ length: parameterCount }, () => parameterPacket));
    this.#definitions(columnPackets ?? columns.map((column: Column) => encodeColumn(column)));
    answer.finish();
  }

  #definitions(packets: readonly Buffer[]): void {
    if (packets.length === 0) return;
    const { answer, session } = this.#ports;
    for (const packet of packets) answer.packet(packet);
    if (this.#sendsEof) answer.packet(encodeEof(session.statusFlags, 0));
  }

  #execute(body: Buffer): void {
    const { answer, session, limits } = this.#ports;
    const id = new WireReader(body).u32();
    const statement = this.#statements.get(id);
    if (statement === undefined) return this.#unknown(id, "mysqld_stmt_execute");
    if (statement.longDataIsTooLarge) {
      this.#forgetLongData(statement);
      return this.#error(1301, "HY000", `parameters sent ahead are larger than ${limits.payloadMax} bytes`);
    }
    const { parameterCount } = statement.prepared;
    const { types, values } = decodeExecute(body.subarray(4), parameterCount, statement.types, statement.longData);
    statement.types = types;
    this.#forgetLongData(statement);
    session.execute(statement.prepared, values, answer);
  }

  #unknown(id: number, where: string): void {
    this.#error(1243, "HY000", `Unknown prepared statement handler (${id}) given to ${where}`);
  }

  #longData(body: Buffer): void {
    const from = new WireReader(body);
    const statement = this.#statements.get(from.u32());
    const index = from.u16();
    if (statement === undefined) return;
    if (index >= statement.prepared.parameterCount) throw new MalformedBytes(`parameter ${index} sent ahead`);
    const piece = from.rest();
    if (this.#longDataSize + piece.length > this.#ports.limits.payloadMax) {
      statement.longDataIsTooLarge = true;
      return;
    }
    this.#longDataSize += piece.length;
    const before = statement.longData.get(index);
    statement.longData.set(index, before === undefined ? Buffer.from(piece) : Buffer.concat([before, piece]));
  }

  #forgetLongData(statement: OpenStatement): void {
    for (const bytes of statement.longData.values()) this.#longDataSize -= bytes.length;
    statement.longData = new Map();
    statement.longDataIsTooLarge = false;
  }

  #resetStatement(id: number): void {
    const statement = this.#statements.get(id);
    if (statement === undefined) return this.#unknown(id, "mysqld_stmt_reset");
    this.#forgetLongData(statement);
    this.#ok();
  }

  #close(id: number): void {
    const statement = this.#statements.get(id);
    if (statement === undefined) return;
    this.#forgetLongData(statement);
    this.#statements.delete(id);
    this.#ports.limits.preparedCount--;
    this.#ports.session.closePrepared(statement.prepared);
  }

  #closeAll(): void {
    for (const id of this.#statements.keys()) this.#close(id);
  }

  /** The session ends. */
  close(): void {
    this.#closeAll();
  }
}

const parameterPacket = encodeColumn(madeColumn("?", "VARBINARY"));
