/** The name of a tablet's database on its server: vt_<keyspace>, unless the tablet was told another. */
import type { Tablet } from "./tablet.ts";

export function databaseName(tablet: Tablet): string {
  return tablet.record.dbNameOverride || `vt_${tablet.record.keyspace}`;
}
