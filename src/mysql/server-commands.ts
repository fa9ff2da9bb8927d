/**
 * The commands of the protocol, as our server takes them from one client: which session call each is, and how it is
 * answered. Those about prepared statements are in `server-statements.ts`.
 */
import { ServerError, VtError } from "../base/errors.ts";
import { WireReader } from "../sqltypes/wire.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import { emptyTrailer } from "./packets/answers.ts";
import { capability, command } from "./packets/capabilities.ts";
import { decodeQueryAttributes } from "./packets/prepared.ts";
import { attributesRefused, readsAttributes } from "./query-attributes.ts";
import { StatementTable } from "./server-statements.ts";
import type { ServerLimits } from "./server.ts";
import type { Client, SqlSession } from "./session.ts";

export interface CommandPorts {
  readonly client: Client;
  readonly session: SqlSession;
  readonly answer: AnswerWriter;
  readonly limits: ServerLimits;
  /** Answers OK, with the session's status. */
  readonly ok: () => void;
  readonly quit: () => void;
  readonly changeUser: (body: Buffer, sequence: number) => void;
  readonly setMultiStatements: (isOn: boolean) => void;
}

export class CommandTable {
  readonly #ports: CommandPorts;
  readonly #statements: StatementTable;
  readonly #hasAttributes: boolean;

  constructor(ports: Omit<CommandPorts, "ok">) {
    this.#ports = { ...ports, ok: () => this.#ok() };
    this.#statements = new StatementTable(this.#ports);
    this.#hasAttributes = (ports.client.login.capabilities & capability.queryAttributes) !== 0;
  }

  /** Runs one command. The payload is valid only during the call. */
  run(payload: Buffer, sequence: number): void {
    const { session, answer } = this.#ports;
    answer.begin(sequence);
    const body = payload.subarray(1);
    switch (payload[0]) {
      case command.query:
        return this.#hasAttributes ? this.#queryWithAttributes(body) : session.query(body, answer);
      case command.statementExecute:
        return this.#statements.execute(body);
      case command.statementPrepare:
        return this.#statements.prepare(Buffer.from(body));
      case command.statementClose:
        this.#statements.close(new WireReader(body).u32());
        return answer.finish();
      case command.statementSendLongData:
        this.#statements.longData(body);
        return answer.finish();
      case command.statementReset:
        return this.#statements.reset(body);
      case command.statementFetch:
        return this.#statements.fetch(body);
      case command.initDatabase:
        return this.#settle(session.useDatabase(body.toString("utf8")));
      case command.ping:
        return this.#ok();
      case command.resetConnection:
        this.#statements.closeAll();
        return this.#settle(session.reset());
      case command.changeUser:
        return this.#ports.changeUser(Buffer.from(body), sequence);
      case command.quit:
        return this.#ports.quit();
      default:
        return this.#rare(payload[0] ?? 0, body);
    }
  }

  #queryWithAttributes(body: Buffer): void {
    const { session, answer } = this.#ports;
    const { count, textAt } = decodeQueryAttributes(body);
    const text = body.subarray(textAt);
    if (count > 0 && readsAttributes(text)) return answer.fail(attributesRefused());
    session.query(text, answer);
  }

  #rare(code: number, body: Buffer): void {
    const { session, answer } = this.#ports;
    switch (code) {
      case command.setOption:
        return this.#setOption(new WireReader(body).u16());
      case command.statistics:
        answer.packet(Buffer.from(session.statistics()));
        return answer.finish();
      case command.fieldList:
        return this.#fieldList(new WireReader(body));
      case command.listProcesses:
        return session.listProcesses(answer);
      case command.killConnection:
        return this.#settle(session.killConnection(new WireReader(body).u32()));
      case command.debug:
      case command.refresh:
      case command.shutdown:
        return answer.fail(new ServerError(1227, "42000", accessDenied));
      default:
        return answer.fail(refusal(code));
    }
  }

  #ok(): void {
    const { answer, session } = this.#ports;
    answer.end({ ...emptyTrailer, statusFlags: session.statusFlags, sessionState: session.takeChanges() });
  }

  #endOfDefinitions(): void {
    const { answer, session } = this.#ports;
    answer.eof(session.statusFlags, 0);
    answer.finish();
  }

  #settle(work: Promise<void>): void {
    const { answer } = this.#ports;
    work.then(
      () => this.#ok(),
      (thrown: unknown) => answer.fail(thrown),
    );
  }

  #setOption(option: number): void {
    if (option > 1) return this.#ports.answer.fail(new ServerError(1047, "08S01", `Unknown option ${option}`));
    this.#ports.setMultiStatements(option === 0);
    this.#endOfDefinitions();
  }

  #fieldList(from: WireReader): void {
    const { answer, session } = this.#ports;
    const table = from.zeroEndedText();
    const pattern = from.rest().toString("utf8").replace(/\0.*$/s, "");
    session.fieldList(table, pattern).then(
      (packets) => {
        for (const packet of packets) answer.packet(packet);
        this.#endOfDefinitions();
      },
      (thrown: unknown) => answer.fail(thrown),
    );
  }

  /** The session ends. */
  close(): void {
    this.#statements.end();
  }
}

const accessDenied = "Access denied; you need (at least one of) the SUPER privilege(s) for this operation";

/** Commands of the protocol that we do not serve are named; the others the protocol does not know either. */
const unserved: ReadonlyMap<number, string> = new Map([
  [command.createDatabase, "COM_CREATE_DB"],
  [command.dropDatabase, "COM_DROP_DB"],
  [command.binlogDump, "COM_BINLOG_DUMP"],
  [command.binlogDumpGtid, "COM_BINLOG_DUMP_GTID"],
  [command.tableDump, "COM_TABLE_DUMP"],
  [command.registerReplica, "COM_REGISTER_SLAVE"],
]);

function refusal(code: number): Error {
  const name = unserved.get(code);
  return name === undefined ? new ServerError(1047, "08S01", `Unknown command ${code}`) : VtError.of("VT12001", name);
}
