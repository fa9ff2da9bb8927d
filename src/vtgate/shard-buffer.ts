/**
 * What buffering does for one shard, pure (inventory 4.058): statements that find no primary are held while a failover is
 * under way, and let go when a primary serves again. A failover that takes too long is given up; after that nothing is
 * held until a primary was there, so that a shard that stays down answers at once.
 */
export interface BufferLimits {
  /** How long one statement is held (buffer-window). */
  readonly windowMsMax: number;
  /** How long a failover may take (buffer-max-failover-duration). */
  readonly failoverMsMax: number;
  /** Nothing is held so soon after the last failover (buffer-min-time-between-failovers). */
  readonly betweenFailoversMsMin: number;
}

export type ShardBuffer =
  | { readonly stage: "idle"; readonly endedAtMs: number | undefined }
  | { readonly stage: "holding"; readonly sinceMs: number }
  | { readonly stage: "given-up" };

export const idleShard: ShardBuffer = { stage: "idle", endedAtMs: undefined };

/** Why a statement is not held; Vitess's words, as labels of metrics. */
export type SkipReason = "LastFailoverTooRecent" | "GivenUp";

/** A statement found no primary. */
export function onBlocked(
  state: ShardBuffer,
  nowMs: number,
  { betweenFailoversMsMin }: BufferLimits,
): { readonly state: ShardBuffer; readonly skip?: SkipReason } {
  if (state.stage === "holding") return { state };
  if (state.stage === "given-up") return { state, skip: "GivenUp" };
  if (state.endedAtMs !== undefined && nowMs - state.endedAtMs < betweenFailoversMsMin)
    return { state, skip: "LastFailoverTooRecent" };
  return { state: { stage: "holding", sinceMs: nowMs } };
}

/** A primary serves: what is held may go. */
export function onServing(state: ShardBuffer, nowMs: number): ShardBuffer {
  if (state.stage === "holding") return { stage: "idle", endedAtMs: nowMs };
  return state.stage === "given-up" ? idleShard : state;
}

/** Time went by. What is held must fail when the answer is given-up. */
export function onTime(state: ShardBuffer, nowMs: number, { failoverMsMax }: BufferLimits): ShardBuffer {
  return state.stage === "holding" && nowMs - state.sinceMs >= failoverMsMax ? { stage: "given-up" } : state;
}
