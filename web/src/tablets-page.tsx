/** Every tablet of the cluster, live. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { aliasText, stateName, type TabletRow, typeName } from "./api.ts";
import { LagChart } from "./lag-chart.tsx";
import { Loaded } from "./parts.tsx";
import { tabletsQuery } from "./queries.ts";
import { TabletTable } from "./tablet-table.tsx";

const searchText = ({ tablet, state }: TabletRow) =>
  [
    aliasText(tablet.alias),
    tablet.keyspace,
    tablet.shard,
    typeName(tablet.type),
    stateName(state),
    tablet.hostname,
  ].join(" ");

export function TabletsPage() {
  const tablets = useQuery(tabletsQuery);
  const [wanted, setWanted] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (row: TabletRow) => words.every((word) => searchText(row).toLowerCase().includes(word));
  return (
    <>
      <h1>Tablets</h1>
      <p className="lead">Each stands beside one database server.</p>
      <input
        type="search"
        aria-label="Filter tablets"
        placeholder="Filter: customer replica…"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <div className="panel">
        <Loaded query={tablets}>{(rows) => <TabletTable rows={rows.filter(isWanted)} isKeyspaceShown />}</Loaded>
      </div>
      <h2>Replication lag</h2>
      <div className="panel">
        <LagChart />
      </div>
    </>
  );
}
