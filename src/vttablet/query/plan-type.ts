/** Names of plans as Vitess's pages, metrics and query rules say them (inventory 7.001: those that this tablet has). */
export const planTypes = [
  "Select",
  "Nextval",
  "SelectLockFunc",
  "Insert",
  "Update",
  "UpdateLimit",
  "Delete",
  "DeleteLimit",
  "DDL",
  "Set",
  "OtherRead",
  "OtherAdmin",
  "Savepoint",
  "Release",
  "SRollback",
  "Show",
  "Load",
  "Flush",
  "UnlockTables",
  "CallProc",
] as const;
export type PlanType = (typeof planTypes)[number];
