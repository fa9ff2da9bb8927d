/**
 * Tells the query service what the admin side decided: role, serving, lag, heartbeats. Only changes are passed on, since
 * each one goes out to every gateway.
 */
import type { Target } from "../rpc/query-service.ts";
import type { ServingControl, ServingState } from "./admin/serving-control.ts";
import type { Heartbeat } from "./query/heartbeat.ts";
import type { SchemaEngine } from "./query/schema-engine.ts";
import type { TabletQueryService } from "./query/tablet-query-service.ts";

export interface QueryControlParts {
  readonly service: TabletQueryService;
  readonly schema: SchemaEngine;
  /** Undefined where heartbeats are off. */
  readonly heartbeat: Heartbeat | undefined;
  readonly target: Omit<Target, "tabletType">;
  /** Asked each time, since it may change at run time. */
  readonly graceMs: () => number;
}

export function queryControl({ service, schema, heartbeat, target, graceMs }: QueryControlParts): ServingControl {
  let known: ServingState | undefined;
  if (heartbeat !== undefined)
    heartbeat.onLag = (lagSeconds) => {
      if (lagSeconds !== undefined && known?.tabletType !== "PRIMARY") service.health.setLag(lagSeconds);
    };
  return {
    reloadSchema: () => schema.reload(),
    apply: async (state) => {
      const before = known;
      known = state;
      const isPrimary = state.tabletType === "PRIMARY";
      service.authorizer?.setDeniedTables(state.deniedTables);
      schema.setPrimary(isPrimary && state.isServing);
      if (heartbeat === undefined || isPrimary) service.health.setLag(state.replicationLagSeconds);
      if (before !== undefined && isSame(before, state)) return;
      const { tabletType, isServing, reason, primaryTermStartSeconds } = state;
      service.setServing({ ...target, tabletType }, isServing, reason, primaryTermStartSeconds);
      heartbeat?.setMode(!isServing ? "off" : isPrimary ? "write" : "read");
      if (before?.isServing === true && !isServing) await service.drain(graceMs());
      const isNewPrimary = isPrimary && before?.tabletType !== "PRIMARY";
      if (isServing && (before?.isServing !== true || isNewPrimary)) schema.reloadSoon();
    },
  };
}

function isSame(a: ServingState, b: ServingState): boolean {
  return (
    a.tabletType === b.tabletType &&
    a.isServing === b.isServing &&
    a.reason === b.reason &&
    a.primaryTermStartSeconds === b.primaryTermStartSeconds
  );
}
