/** Statements as a table, each with its times as a histogram. A column's name orders by it, largest first. */
import type { StatementOrder, StatementRow } from "./api.ts";

interface NumberColumn {
  readonly name: string;
  readonly order: StatementOrder;
  readonly text: (row: StatementRow) => string;
}

const ms = (n: number) => (n < 10 ? n.toFixed(2) : n.toFixed(0));
const whole = (n: number) => n.toLocaleString("en");

const columns: readonly NumberColumn[] = [
  { name: "Calls", order: "count", text: ({ count }) => whole(count) },
  { name: "Errors", order: "errors", text: ({ errors }) => whole(errors) },
  { name: "Rows", order: "rows_returned", text: ({ rows_returned }) => whole(rows_returned) },
  { name: "Changed", order: "rows_affected", text: ({ rows_affected }) => whole(rows_affected) },
  { name: "Shards", order: "shards", text: ({ shards_mean }) => shards_mean.toFixed(1) },
  { name: "Total s", order: "total_ms", text: ({ total_ms }) => (total_ms / 1000).toFixed(2) },
  { name: "Mean ms", order: "mean_ms", text: ({ mean_ms }) => ms(mean_ms) },
  { name: "p99 ms", order: "p99_ms", text: ({ p99_ms }) => ms(p99_ms) },
  { name: "Max ms", order: "max_ms", text: ({ max_ms }) => ms(max_ms) },
];

export function StatementTable({
  rows,
  order,
  onOrder,
}: {
  readonly rows: readonly StatementRow[];
  readonly order: StatementOrder;
  readonly onOrder: (order: StatementOrder) => void;
}) {
  if (rows.length === 0) return <div className="empty">No statements.</div>;
  return (
    <table>
      <thead>
        <tr>
          <th>Statement</th>
          <th>Keyspace</th>
          <th>Plan</th>
          {columns.map((column) => (
            <th
              key={column.order}
              className="number"
              aria-sort={column.order === order ? "descending" : "none"}
              title={`Order by ${column.name}`}
            >
              <button type="button" onClick={() => onOrder(column.order)}>
                {column.name}
              </button>
            </th>
          ))}
          <th>Times</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.keyspace}\0${row.tablet_type}\0${row.query}`}>
            <td className="mono statement" title={row.query}>
              {row.query}
            </td>
            <td>
              {row.keyspace}
              {row.tablet_type !== "primary" && `@${row.tablet_type}`}
            </td>
            <td>{row.plan}</td>
            {columns.map(({ order: column, text }) => (
              <td key={column} className={column === "errors" && row.errors > 0 ? "number bad" : "number"}>
                {text(row)}
              </td>
            ))}
            <td>
              <Histogram buckets={row.histogram} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const barPx = 6;
const heightPx = 22;

/** A bar for each bucket from the fastest that has calls to the slowest; buckets double in time. */
function Histogram({ buckets }: { readonly buckets: StatementRow["histogram"] }) {
  const most = Math.max(...buckets.map(({ calls }) => calls), 1);
  const label = buckets.map(({ below_ms, calls }) => `${calls} ${below_ms === null ? "more" : `< ${below_ms} ms`}`);
  const first = stepOf(buckets[0]?.below_ms ?? 1);
  const last = stepOf(buckets.at(-1)?.below_ms ?? null);
  return (
    <svg
      className="histogram"
      role="img"
      aria-label={`Times: ${label.join(", ")}`}
      width={(last - first + 1) * barPx}
      height={heightPx}
    >
      <title>{label.join("\n")}</title>
      {buckets.map(({ below_ms, calls }) => {
        const height = Math.max((calls / most) * heightPx, 1);
        const x = (stepOf(below_ms) - first) * barPx;
        return <rect key={String(below_ms)} x={x} y={heightPx - height} width={barPx - 1} height={height} />;
      })}
    </svg>
  );
}

const fastestMs = 1 / 16;
const lastStep = 23;
const stepOf = (belowMs: number | null) => (belowMs === null ? lastStep : Math.round(Math.log2(belowMs / fastestMs)));
