/**
 * Every error that a client may see is made from the table `errorKinds` (base/error-kinds.ts) or is the database
 * server's own, passed on word for word.
 *
 * A `VtError` knows its code (VT…), gRPC code, MySQL error number, SQLSTATE and help text.
 * A `ServerError` is an answer of a MySQL or MariaDB server: number, SQLSTATE and text are the server's.
 */
import { errorKinds } from "./error-kinds.ts";

/** The canonical gRPC codes, plus Vitess's CLUSTER_EVENT and READ_ONLY (vtrpc.Code). */
export const grpcCodes = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
  cluster_event: 17,
  read_only: 18,
} as const;
export type GrpcCode = keyof typeof grpcCodes;

export interface ErrorKind<Args extends never[]> {
  readonly grpc: GrpcCode;
  /** MySQL error number and SQLSTATE. */
  readonly mysql: readonly [number, string];
  readonly text: (...args: Args) => string;
  readonly help: string;
}

export type ErrorCode = keyof typeof errorKinds;
type ArgsOf<C extends ErrorCode> = Parameters<(typeof errorKinds)[C]["text"]>;

export class VtError extends Error {
  override readonly name = "VtError";
  readonly code: ErrorCode;
  private constructor(code: ErrorCode, text: string, cause?: unknown) {
    super(`${code}: ${text}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** VtError.of("VT05003", "commerce"): the compiler checks the arguments against the table. */
  static of<C extends ErrorCode>(code: C, ...args: ArgsOf<C>): VtError {
    const text = errorKinds[code].text as (...args: ArgsOf<C>) => string;
    return new VtError(code, text(...args));
  }

  /** An error that a peer made from its own table: the text is its own. */
  static received(code: ErrorCode, text: string): VtError {
    return new VtError(code, text);
  }

  /** The same error, remembering what led to it. */
  because(cause: unknown): VtError {
    const copy = new VtError(this.code, this.message.slice(this.code.length + 2), cause);
    return copy;
  }

  get grpc(): GrpcCode {
    return errorKinds[this.code].grpc;
  }
  get errno(): number {
    return errorKinds[this.code].mysql[0];
  }
  get sqlState(): string {
    return errorKinds[this.code].mysql[1];
  }
}

/** An error that the database server answered; `message` is its text, without number and state. */
export class ServerError extends Error {
  override readonly name: string = "ServerError";
  readonly errno: number;
  readonly sqlState: string;
  constructor(errno: number, sqlState: string, message: string) {
    super(message);
    this.errno = errno;
    this.sqlState = sqlState;
  }
}

/**
 * An error that a peer reported and that is none of `errorKinds`: a database server's error, or one of another Vitess.
 * Number and state are what the peer said, or what its gRPC code stands for.
 */
export class PeerError extends ServerError {
  override readonly name = "PeerError";
  readonly grpc: GrpcCode;
  constructor(grpc: GrpcCode, errno: number, sqlState: string, message: string) {
    super(errno, sqlState, message);
    this.grpc = grpc;
  }
}

/** The message of anything that was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
