/** One keyspace: its shards, their tablets, and its VSchema. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { KeyspaceRow } from "./api.ts";
import { LagChart } from "./lag-chart.tsx";
import { AliasText, Loaded } from "./parts.tsx";
import { keyspacesQuery, tabletsQuery, vschemaQuery } from "./queries.ts";
import { TabletTable } from "./tablet-table.tsx";

export function KeyspacePage() {
  const { keyspace } = useParams({ from: "/keyspaces/$keyspace" });
  const keyspaces = useQuery(keyspacesQuery);
  return (
    <>
      <h1>{keyspace}</h1>
      <Loaded query={keyspaces}>
        {(rows) => {
          const row = rows.find((candidate) => candidate.keyspace.name === keyspace);
          return row === undefined ? (
            <div className="trouble">There is no keyspace {keyspace}.</div>
          ) : (
            <Keyspace row={row} />
          );
        }}
      </Loaded>
    </>
  );
}

function Keyspace({ row }: { readonly row: KeyspaceRow }) {
  const { name, keyspace } = row.keyspace;
  const tablets = useQuery(tabletsQuery);
  const vschema = useQuery(vschemaQuery(row.cluster.id, name));
  return (
    <>
      <p className="lead">Durability policy: {keyspace?.durability_policy || "none"}</p>
      <h2>Shards</h2>
      <div className="panel">
        <table>
          <thead>
            <tr>
              <th>Shard</th>
              <th>Primary</th>
              <th>Serving</th>
            </tr>
          </thead>
          <tbody>
            {Object.values(row.shards).map(({ name: shard, shard: record }) => (
              <tr key={shard}>
                <td className="mono">{shard}</td>
                <td>{record.primary_alias === undefined ? "none" : <AliasText alias={record.primary_alias} />}</td>
                <td>{record.is_primary_serving === true ? "yes" : "no"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2>Tablets</h2>
      <div className="panel">
        <Loaded query={tablets}>
          {(rows) => (
            <TabletTable rows={rows.filter(({ tablet }) => tablet.keyspace === name)} isKeyspaceShown={false} />
          )}
        </Loaded>
      </div>
      <h2>Replication lag</h2>
      <div className="panel">
        <LagChart keyspace={name} />
      </div>
      <h2>VSchema</h2>
      <div className="panel">
        <Loaded query={vschema}>{(found) => <pre>{JSON.stringify(found.v_schema, undefined, 2)}</pre>}</Loaded>
      </div>
    </>
  );
}
