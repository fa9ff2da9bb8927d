/** What the admin side tells the query service of its tablet: who it is, whether it serves, how old its data is. */
import type { TabletTypeName } from "../../rpc/query-service.ts";

export interface ServingState {
  readonly tabletType: TabletTypeName;
  readonly isServing: boolean;
  /** Why it does not serve, or what is wrong although it does; empty when all is well. */
  readonly reason: string;
  /** Unix seconds; 0 where it is no primary. */
  readonly primaryTermStartSeconds: number;
  readonly replicationLagSeconds: number;
  /** Tables that are not served here any more (or not yet), by the shard's record. */
  readonly deniedTables: readonly string[];
}

export interface ServingControl {
  /** When the tablet ceases to serve, resolves once running queries and transactions have ended or were killed. */
  apply(state: ServingState): Promise<void>;
  /** Looks for changes of the schema now. */
  reloadSchema(): Promise<void>;
}
