/** What a statement that is not planned is carried out with. */
import type { SessionClient } from "./gateway-session.ts";
import type { Statement } from "../sqlparser/ast.ts";
import type { RowTarget } from "./row-target.ts";
import type { StatementRun } from "./statement-run.ts";

export interface Carrying {
  readonly run: StatementRun;
  /** As the client wrote it. */
  readonly text: string;
  readonly hasParameters: boolean;
  readonly client: SessionClient;
  readonly rowTarget: RowTarget | undefined;
  /** For statements that run others (EXECUTE). */
  readonly carryOut: (statement: Statement, carrying: Carrying) => Promise<void>;
}
