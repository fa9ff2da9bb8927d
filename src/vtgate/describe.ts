/**
 * The columns of a statement that is prepared but not run: clients of the C library ask for rows only where PREPARE told of
 * columns. The plan runs with its parameters NULL in a session of its own, whose calls are only described by the shards.
 */
import { type ServerError, VtError } from "../base/errors.ts";
import type { Answer } from "../mysql/session.ts";
import type { Column } from "../sqltypes/result.ts";
import { nullValue, type Value } from "../sqltypes/value.ts";
import type { Gateway, Understood } from "./gateway.ts";
import { asksForLocks } from "./named-locks.ts";
import { lockCall } from "./statements/locks.ts";
import type { SessionState } from "./session-state.ts";
import { StatementRun } from "./statement-run.ts";

export interface Described {
  readonly columns: readonly Column[];
  readonly columnPackets?: readonly Buffer[];
}

const queries: ReadonlySet<string> = new Set(["Select", "SetOperation", "ValuesQuery", "TableQuery", "Wrapped"]);
const nothing: Described = { columns: [] };

/** Rejects with the servers' own errors; a plan that cannot do without its parameters is described as nothing. */
export async function describe(
  gateway: Gateway,
  asker: SessionState,
  understood: Understood,
  parameterCount: number,
): Promise<Described> {
  const { statement } = understood;
  const ofLocks = asksForLocks(statement) ? statement : undefined;
  if (ofLocks === undefined && (understood.kind !== "plan" || !queries.has(statement.kind))) return nothing;
  if (understood.rowTarget?.variables !== undefined) return nothing;
  const session = gateway.innerSession("", asker.caller);
  session.target = asker.target;
  session.describes = true;
  session.shardSessions = asker.shardSessions.filter(({ reservedId }) => reservedId !== 0); // Its temporary tables.
  for (const [name, value] of asker.settings) session.setSetting(name, value);
  const binds: Record<string, Value> = {};
  for (let i = 1; i <= parameterCount; i++) binds[`v${i}`] = nullValue;
  try {
    return await new Promise<Described>((resolve, reject) => {
      const answer = new ColumnsOnly(resolve, reject);
      const run = new StatementRun(gateway, session, answer, "binary", binds);
      if (understood.kind === "plan") run.plan(understood.plan).catch(reject);
      else if (ofLocks !== undefined)
        run.pass({ calls: [lockCall(ofLocks, run, 0)], effect: "read", firstGenerated: undefined });
    });
  } catch (thrown) {
    if (thrown instanceof VtError) return nothing; // It fails when it is executed, if it then still does.
    throw thrown;
  }
}

class ColumnsOnly implements Answer {
  readonly #found: (described: Described) => void;
  readonly #failed: (error: VtError | ServerError) => void;
  #described: Described = nothing;
  readonly isFull = false;
  onRoom: (() => void) | undefined;

  constructor(found: (described: Described) => void, failed: (error: VtError | ServerError) => void) {
    this.#found = found;
    this.#failed = failed;
  }
  columns(columns: readonly Column[], columnPackets: readonly Buffer[]): void {
    this.#described = { columns, columnPackets };
  }
  rows(): boolean {
    return true;
  }
  batch(): boolean {
    return true;
  }
  end(): void {
    this.#found(this.#described);
  }
  fail(error: VtError | ServerError): void {
    this.#failed(error);
  }
}
