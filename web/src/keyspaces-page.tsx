/** The keyspaces of the cluster and how their shards are doing. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { KeyspaceRow, TabletRow } from "./api.ts";
import { Loaded } from "./parts.tsx";
import { keyspacesQuery, tabletsQuery } from "./queries.ts";

export function KeyspacesPage() {
  const keyspaces = useQuery(keyspacesQuery);
  const tablets = useQuery(tabletsQuery);
  return (
    <>
      <h1>Keyspaces</h1>
      <p className="lead">Each is one logical database, whole or split over shards.</p>
      <Loaded query={keyspaces}>
        {(rows) => (
          <div className="cards">
            {rows.map((row) => (
              <KeyspaceCard key={row.keyspace.name} row={row} tablets={tablets.data ?? []} />
            ))}
            {rows.length === 0 && <div className="empty">No keyspaces yet: vtctldclient CreateKeyspace makes one.</div>}
          </div>
        )}
      </Loaded>
    </>
  );
}

function KeyspaceCard({ row, tablets }: { readonly row: KeyspaceRow; readonly tablets: readonly TabletRow[] }) {
  const { name } = row.keyspace;
  const own = tablets.filter(({ tablet }) => tablet.keyspace === name);
  const serving = own.filter(({ state }) => state === 1).length;
  return (
    <Link className="card" to="/keyspaces/$keyspace" params={{ keyspace: name }}>
      <b>{name}</b>
      <div className="lead" style={{ margin: 0 }}>
        {serving} of {own.length} tablets serving
      </div>
      <div className="shards">
        {Object.keys(row.shards).map((shard) => {
          const hasPrimary = own.some(
            ({ tablet, state }) => tablet.shard === shard && tablet.type === 1 && state === 1,
          );
          return (
            <span
              key={shard}
              className={`state mono ${hasPrimary ? "good" : "bad"}`}
              title={hasPrimary ? "" : "no serving primary"}
            >
              {shard}
            </span>
          );
        })}
      </div>
    </Link>
  );
}
