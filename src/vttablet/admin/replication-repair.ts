/**
 * Keeps a replica following its shard's primary (inventory 8.014): compares what the server does with what the shard
 * record asks for, and answers the one step that brings them closer. Pure; `tablet.ts` takes the step and looks again.
 */
import type { ReplicationStatus } from "../../mysqld/replication-types.ts";

export interface ReplicationWish {
  /** The primary's database server; undefined while the shard has no primary or its record cannot be read. */
  readonly source: { readonly host: string; readonly port: number } | undefined;
  /** This tablet is the primary, or is becoming it: hands off. */
  readonly isPrimary: boolean;
  /** An operator stopped replication through an RPC: leave it so until one starts it. */
  readonly isHeld: boolean;
}

export type RepairStep =
  | { readonly kind: "none" }
  | { readonly kind: "fence" }
  | { readonly kind: "set-source"; readonly host: string; readonly port: number }
  | { readonly kind: "start" };

export function decideRepair(
  wish: ReplicationWish,
  status: ReplicationStatus | undefined,
  isReadOnly: boolean,
): RepairStep {
  if (wish.isPrimary) return { kind: "none" };
  if (!isReadOnly) return { kind: "fence" }; // Before all else: a replica that takes writes goes its own way.
  if (wish.isHeld || wish.source === undefined) return { kind: "none" };
  const { host, port } = wish.source;
  if (status === undefined || status.sourceHost !== host || status.sourcePort !== port)
    return { kind: "set-source", host, port };
  const isStopped = status.ioState === "stopped" || status.sqlState === "stopped";
  return isStopped ? { kind: "start" } : { kind: "none" };
}
