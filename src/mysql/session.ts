/**
 * The contract between our MySQL server (this folder) and what answers its clients (vtgate): the server speaks the
 * protocol, a `SqlSession` knows what statements mean.
 *
 * A session gets one command at a time; the next comes after its `Answer` got its last `end` or `fail`, or its promise
 * settled. When the client is gone `close` is called, also in mid-answer: stop what runs and let go of everything;
 * pushing on into the answer is then harmless.
 */
import type { Column, ResultSink, RowBatch } from "../sqltypes/result.ts";
import type { Value } from "../sqltypes/value.ts";
import type { FileReader, FileRequest } from "./file-request.ts";
import type { AcceptedLogin } from "./server-login.ts";

/** Makes a session for each client that logged in. */
export interface SqlService {
  /** Rejects (VtError, ServerError) when the client may not have its database; the client gets the error and the end. */
  open(client: Client): Promise<SqlSession>;
}

export interface SqlSession {
  /**
   * COM_QUERY. `text` is valid only during the call. With `client.multiStatements` it may hold several statements: each
   * but the last ends with the status flag "more results".
   */
  query(text: Buffer, answer: Answer): void;
  /** `text` may be kept. */
  prepare(text: Buffer): Promise<Prepared>;
  /** Values are in the order of the parameters; rows must be in the binary format. */
  execute(prepared: Prepared, values: readonly Value[], answer: Answer): void;
  /** The client, or the end of the session, closed it. */
  closePrepared(prepared: Prepared): void;
  useDatabase(name: string): Promise<void>;
  /** COM_RESET_CONNECTION: roll back, forget settings, locks and temporary tables. Prepared statements are closed before. */
  reset(): Promise<void>;
  /** COM_FIELD_LIST: the columns of a table whose names are like `pattern` (empty: all). */
  fieldList(table: string, pattern: string): Promise<readonly Buffer[]>;
  /** COM_PROCESS_INFO: as SHOW PROCESSLIST. */
  listProcesses(answer: Answer): void;
  /** COM_PROCESS_KILL: rejects (1094, 1095) where there is no such connection, or it is another's. */
  killConnection(id: number): Promise<void>;
  /** One line of text for COM_STATISTICS. */
  statistics(): string;
  /** In force now: autocommit, in a transaction. For the answers that the server makes itself. */
  readonly statusFlags: number;
  /** What changed of the session since it was told last, as an OK packet carries it; empty where nothing did. */
  takeChanges(): Buffer;
  /** KILL QUERY: stop the command under way, if any. */
  interrupt(): void;
  close(): void;
}

/** A prepared statement; sessions extend it with what they need to run it. */
export interface Prepared {
  readonly parameterCount: number;
  readonly columns: readonly Column[];
  /** Definition payloads of `columns`, where a server sent them. */
  readonly columnPackets?: readonly Buffer[];
  readonly warnings: number;
}

/** The connection, as a session sees it. */
export interface Client {
  /** Connection id: 32 bits. */
  readonly id: number;
  readonly login: AcceptedLogin;
  readonly remoteAddress: string;
  readonly isEncrypted: boolean;
  /** CLIENT_MULTI_STATEMENTS, as COM_SET_OPTION last left it. */
  readonly multiStatements: boolean;
  /** It can be asked for files (CLIENT_LOCAL_FILES). */
  readonly sendsFiles: boolean;
  /** Asks, before anything else of an answer, for the file that the client's own statement names. */
  requestFile(name: Buffer, reader: FileReader): FileRequest;
  /** Closes the connection (KILL CONNECTION); the session's `close` follows. */
  destroy(): void;
}

/** Where an answer goes: raw rows pass through, only their sequence numbers change. */
export interface Answer extends ResultSink {
  /** Rows that we made or merged, in the format of the command: text for `query`, binary for `execute`. */
  batch(batch: RowBatch): boolean;
  /** True while the client reads more slowly than we write. */
  readonly isFull: boolean;
  /** Set by the session before it pushes: called when a full answer has room again. */
  onRoom: (() => void) | undefined;
}
