/**
 * What a change of primary asks of tablets: part of the service tabletmanagerservice.TabletManager, in the form that
 * every client of it has (`ServiceClient` of src/rpc).
 */
import type { DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import type { Tablet } from "../proto/generated/topodata_pb.js";

export interface CallLimits {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

type Call<M extends DescMethod> = (
  request: MessageInitShape<M["input"]>,
  options?: CallLimits,
) => Promise<MessageShape<M["output"]>>;

type Asked =
  | "demotePrimary"
  | "getGlobalStatusVars"
  | "initPrimary"
  | "initReplica"
  | "populateReparentJournal"
  | "primaryPosition"
  | "promoteReplica"
  | "refreshState"
  | "replicationStatus"
  | "resetReplication"
  | "setReadWrite"
  | "setReplicationSource"
  | "undoDemotePrimary"
  | "waitForPosition";

export type TabletClient = { readonly [K in Asked]: Call<(typeof TabletManager)["method"][K]> };

/** Clients by tablet; whoever dials keeps and closes the connections. */
export type TabletDialer = (tablet: Tablet) => TabletClient;
