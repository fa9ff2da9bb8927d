/** Small parts that several pages show: a tablet's type, its state, its lag, and what stands in for rows. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type Alias, aliasText, stateName, type TabletRow, typeName } from "./api.ts";

/** Beyond this a replica's data is old enough to say so; Vitess's `degraded-threshold`. */
const degradedSeconds = 30;
const primaryType = 1;

export function TypeMark({ type }: { readonly type: number }) {
  const name = typeName(type);
  return <span className={`kind ${name}`}>{name}</span>;
}

export function StateMark({ row }: { readonly row: TabletRow }) {
  const { state, health } = row;
  const lag = health?.replication_lag_seconds ?? 0;
  const tone = state === 2 ? "bad" : state !== 1 ? "" : health?.error || lag > degradedSeconds ? "warn" : "good";
  return (
    <span className={`state ${tone}`} title={health?.error ?? ""}>
      {stateName(state)}
    </span>
  );
}

export function Lag({ row }: { readonly row: TabletRow }) {
  if (row.tablet.type === primaryType || row.health === undefined) return <>–</>;
  return <>{row.health.replication_lag_seconds} s</>;
}

export function AliasText({ alias }: { readonly alias: Alias }) {
  return <span className="mono">{aliasText(alias)}</span>;
}

/** Shows rows once they are there; the last good ones stay beside the error when the cluster stops answering. */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (rows: T) => ReactNode;
}) {
  return (
    <>
      {query.error !== null && (
        <div role="alert" className="trouble">
          {query.error.message}
        </div>
      )}
      {query.data === undefined ? query.error === null && <div className="empty">Loading…</div> : children(query.data)}
    </>
  );
}
