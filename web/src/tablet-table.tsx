/** Tablets as a table, ordered by keyspace, shard, primary first, alias. */
import { aliasText, type TabletRow } from "./api.ts";
import { AliasText, Lag, StateMark, TypeMark } from "./parts.tsx";

const sortKey = ({ tablet }: TabletRow) =>
  `${tablet.keyspace}\0${tablet.shard}\0${tablet.type === 1 ? 0 : 1}\0${aliasText(tablet.alias)}`;

export function TabletTable({
  rows,
  isKeyspaceShown,
}: {
  readonly rows: readonly TabletRow[];
  readonly isKeyspaceShown: boolean;
}) {
  if (rows.length === 0) return <div className="empty">No tablets.</div>;
  const sorted = rows.toSorted((a, b) => sortKey(a).localeCompare(sortKey(b)));
  return (
    <table>
      <thead>
        <tr>
          <th>Tablet</th>
          {isKeyspaceShown && <th>Keyspace</th>}
          <th>Shard</th>
          <th>Type</th>
          <th>State</th>
          <th className="number">Lag</th>
          <th className="number">QPS</th>
          <th>Address</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((row) => (
          <tr key={aliasText(row.tablet.alias)}>
            <td>
              <AliasText alias={row.tablet.alias} />
            </td>
            {isKeyspaceShown && <td>{row.tablet.keyspace}</td>}
            <td className="mono">{row.tablet.shard}</td>
            <td>
              <TypeMark type={row.tablet.type} />
            </td>
            <td>
              <StateMark row={row} />
            </td>
            <td className="number">
              <Lag row={row} />
            </td>
            <td className="number">{row.health === undefined ? "–" : row.health.qps.toFixed(1)}</td>
            <td className="mono">{row.FQDN || row.tablet.hostname}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
