/**
 * The cluster as the gateway's query path sees it: what the tables mean, which shards serve, and tablets to talk to. The
 * watcher of topology and health implements it; tests have one in memory.
 */
import type { QueryService, TabletTypeName, Target } from "../rpc/query-service.ts";
import type { ServingType, ShardRef } from "../sharding/destination.ts";
import type { VSchema } from "../vschema/vschema.ts";
import type { VSchemaChange } from "./change-vschema.ts";

export interface Cluster {
  readonly cell: string;
  vschema(): VSchema;
  /** Grows whenever `vschema` or what the planner knows of tables changed. */
  readonly schemaVersion: number;
  /** Keyspaces that serve, with or without a VSchema. */
  keyspaces(): readonly string[];
  /** The shards that serve a keyspace now; throws VT14004 where there are none. */
  shards(keyspace: string, tabletType: ServingType): readonly ShardRef[];
  /**
   * A healthy tablet; not one of `avoid` while there is another. At once where there is one; else waits for one to
   * appear (a primary: as long as buffering allows), then rejects with VT14002. `session` names who asks, for choices
   * that stick.
   */
  pick(target: Target, avoid: ReadonlySet<string>, session: string): PickedTablet | Promise<PickedTablet>;
  /** This primary refused: it is not picked again before it was heard anew, or a little time went by. */
  suspect(target: Target, alias: string): void;
  /** The tablet that holds a transaction; throws VT14001 where it is gone. */
  tablet(alias: string): PickedTablet;
  /** A definition went through: resolves when `vschema` knows the keyspace's tables as they are now. */
  schemaChanged(keyspace: string): Promise<void>;
  /** Changes a keyspace's VSchema for all gateways; resolves when `vschema` has it. */
  changeVSchema(keyspace: string, change: VSchemaChange): Promise<void>;
  /** The values that operators keep in the topology, by name (SHOW VITESS_METADATA VARIABLES). */
  metadata(): Promise<Readonly<Record<string, string>>>;
  /** For SHOW VITESS_TABLETS. */
  tablets(): readonly TabletState[];
}

export interface PickedTablet {
  readonly alias: string;
  readonly service: QueryService;
}

export interface TabletState {
  readonly cell: string;
  readonly keyspace: string;
  readonly shard: string;
  readonly tabletType: TabletTypeName;
  readonly isServing: boolean;
  readonly alias: string;
  readonly hostname: string;
  readonly primaryTermStartSeconds: number;
}

export function printServerTarget({ keyspace, shard, tabletType }: Target): string {
  return `${keyspace}.${shard}.${tabletType.toLowerCase()}`;
}
