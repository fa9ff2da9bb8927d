/** What the gateways ran, by sort of statement: how often, how long, over how many shards, with what result. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { Insights, StatementOrder } from "./api.ts";
import { Loaded } from "./parts.tsx";
import { insightsQuery } from "./queries.ts";
import { StatementTable } from "./statement-table.tsx";

export function StatementsPage() {
  const [order, setOrder] = useState<StatementOrder>("total_ms");
  const [wanted, setWanted] = useState("");
  const filter = useDeferredValue(wanted);
  const insights = useQuery({ ...insightsQuery(order, filter), placeholderData: keepPreviousData });
  return (
    <>
      <h1>Statements</h1>
      <p className="lead">Counted by the gateways since they started; values are left out.</p>
      <input
        type="search"
        aria-label="Filter statements"
        placeholder="Filter: customer select…"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <Loaded query={insights}>
        {(found) => (
          <>
            <Silent gateways={found.gateways} />
            <div className="panel">
              <StatementTable rows={found.statements} order={order} onOrder={setOrder} />
            </div>
            {found.statements_count > found.statements.length && (
              <p className="lead">
                The first {found.statements.length} of {found.statements_count} are shown.
              </p>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

/** Gateways whose counts are missing. */
function Silent({ gateways }: { readonly gateways: Insights["gateways"] }) {
  if (gateways.length === 0)
    return <div className="empty">No gateway is known: vtctld is told of them by --gateways.</div>;
  return gateways
    .filter(({ error }) => error !== "")
    .map(({ address, error }) => (
      <div key={address} role="alert" className="trouble">
        {address} does not answer: {error}
      </div>
    ));
}
