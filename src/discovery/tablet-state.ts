/**
 * What is known of one tablet's health, and what to do next: a pure choice (state, event, now) → (state, actions).
 *
 * A tablet is asked for a stream of its health. While the stream brings messages the last one counts; silence longer
 * than `silenceMsMax` counts as a loss. After a loss the tablet counts as not serving, and is asked again after a delay
 * that doubles up to `silenceMsMax`. Its connection is given up when it was silent, answered for somebody else, moved,
 * or failed twice in a row without a message between: a stream that merely ended must not kill the queries beside it.
 */
import { never } from "../base/assert.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { TabletHealth } from "../rpc/query-service.ts";
import type { TabletAlias } from "../topo/names.ts";

export interface TabletState {
  readonly alias: TabletAlias;
  readonly record: Tablet;
  readonly stage: "streaming" | "waiting" | "removed";
  /** Grows with every stream: events of earlier ones are ignored. */
  readonly stream: number;
  /** The last message; undefined before the first, and after a loss. */
  readonly health: TabletHealth | undefined;
  readonly error: string | undefined;
  /** When to look again, by the monotonic clock. */
  readonly lookAtMs: number;
  readonly retryMs: number;
  readonly lossesInARow: number;
}

export type TabletEvent =
  | { readonly kind: "replaced"; readonly record: Tablet }
  | { readonly kind: "health"; readonly stream: number; readonly health: TabletHealth }
  | { readonly kind: "lost"; readonly stream: number; readonly error: string }
  | { readonly kind: "look" }
  | { readonly kind: "removed" };

export type TabletAction =
  /** Ask for the health stream, over the present connection or a new one. */
  | { readonly kind: "stream"; readonly stream: number }
  /** End the present stream. */
  | { readonly kind: "hang-up" }
  /** Close the connection. */
  | { readonly kind: "drop" };

export interface HealthLimits {
  /** healthcheck-timeout */
  readonly silenceMsMax: number;
  /** healthcheck-retry-delay */
  readonly retryDelayMs: number;
}

export const defaultHealthLimits: HealthLimits = { silenceMsMax: 60_000, retryDelayMs: 2 };

export interface TabletChoice {
  readonly state: TabletState;
  readonly actions: readonly TabletAction[];
}

const nothing: readonly TabletAction[] = [];

/** The first choice for a tablet. */
export function addTablet(alias: TabletAlias, record: Tablet, nowMs: number, limits: HealthLimits): TabletChoice {
  const state: TabletState = {
    alias,
    record,
    stage: "streaming",
    stream: 1,
    health: undefined,
    error: undefined,
    lookAtMs: nowMs + limits.silenceMsMax,
    retryMs: limits.retryDelayMs,
    lossesInARow: 0,
  };
  return { state, actions: [{ kind: "stream", stream: 1 }] };
}

export function decideTablet(
  state: TabletState,
  event: TabletEvent,
  nowMs: number,
  limits: HealthLimits,
): TabletChoice {
  if (state.stage === "removed") return { state, actions: nothing };
  switch (event.kind) {
    case "health":
      return event.stream === state.stream && state.stage === "streaming"
        ? heard(state, event.health, nowMs, limits)
        : { state, actions: nothing };
    case "lost":
      return event.stream === state.stream && state.stage === "streaming"
        ? lose(state, event.error, state.lossesInARow > 0, nowMs, limits)
        : { state, actions: nothing };
    case "look":
      return look(state, nowMs, limits);
    case "replaced":
      return replace(state, event.record, nowMs, limits);
    case "removed":
      return {
        state: { ...state, stage: "removed", health: undefined, lookAtMs: Number.POSITIVE_INFINITY },
        actions: [{ kind: "hang-up" }, { kind: "drop" }],
      };
    default:
      return never(event);
  }
}

function heard(state: TabletState, health: TabletHealth, nowMs: number, limits: HealthLimits): TabletChoice {
  if (health.tabletAlias !== state.alias)
    return lose(state, `${health.tabletAlias} answers at the address of ${state.alias}`, true, nowMs, limits);
  return {
    state: {
      ...state,
      health,
      error: health.healthError === "" ? undefined : health.healthError,
      lookAtMs: nowMs + limits.silenceMsMax,
      retryMs: limits.retryDelayMs,
      lossesInARow: 0,
    },
    actions: nothing,
  };
}

function look(state: TabletState, nowMs: number, limits: HealthLimits): TabletChoice {
  if (nowMs < state.lookAtMs) return { state, actions: nothing };
  if (state.stage === "streaming") return lose(state, `silent for ${limits.silenceMsMax} ms`, true, nowMs, limits);
  return askAgain(state, nowMs, limits);
}

function replace(state: TabletState, record: Tablet, nowMs: number, limits: HealthLimits): TabletChoice {
  if (addressOf(record) === addressOf(state.record)) return { state: { ...state, record }, actions: nothing };
  const fresh = {
    ...state,
    record,
    health: undefined,
    error: undefined,
    retryMs: limits.retryDelayMs,
    lossesInARow: 0,
  };
  const { state: next, actions } = askAgain(fresh, nowMs, limits);
  return { state: next, actions: [{ kind: "hang-up" }, { kind: "drop" }, ...actions] };
}

function askAgain(state: TabletState, nowMs: number, limits: HealthLimits): TabletChoice {
  const stream = state.stream + 1;
  return {
    state: { ...state, stage: "streaming", stream, lookAtMs: nowMs + limits.silenceMsMax },
    actions: [{ kind: "stream", stream }],
  };
}

function lose(
  state: TabletState,
  error: string,
  isConnectionBad: boolean,
  nowMs: number,
  limits: HealthLimits,
): TabletChoice {
  return {
    state: {
      ...state,
      stage: "waiting",
      health: undefined,
      error,
      lookAtMs: nowMs + state.retryMs,
      retryMs: Math.min(state.retryMs * 2, limits.silenceMsMax),
      lossesInARow: state.lossesInARow + 1,
    },
    actions: isConnectionBad ? [{ kind: "hang-up" }, { kind: "drop" }] : [{ kind: "hang-up" }],
  };
}

/** Where a tablet is reached: a tablet that moved is dialed anew. */
export function addressOf({ hostname, portMap }: Tablet): string {
  const ports = Object.entries(portMap).map(([name, port]) => `${name}=${port}`);
  return [hostname, ...ports.sort()].join(" ");
}
