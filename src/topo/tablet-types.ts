/** Names of tablet types (inventory 2.019), by their number. The enum itself also answers old names (BATCH, MASTER). */
import { TabletType } from "../proto/generated/topodata_pb.js";

const names = [
  "UNKNOWN",
  "PRIMARY",
  "REPLICA",
  "RDONLY",
  "SPARE",
  "EXPERIMENTAL",
  "BACKUP",
  "RESTORE",
  "DRAINED",
] as const;

/** A number that this version does not know is "UNKNOWN". */
export function tabletTypeName(type: TabletType): (typeof names)[number] {
  return names[type] ?? "UNKNOWN";
}

/** Reads a name, in any case, also an old one; undefined where it is none. */
export function parseTabletType(text: string): TabletType | undefined {
  const type = TabletType[text.toUpperCase() as keyof typeof TabletType] as TabletType | undefined;
  return typeof type === "number" ? type : undefined;
}
