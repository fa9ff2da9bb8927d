/**
 * Every method of the Vtctld service: its function, or why it is not served. To add one: its family's file, a line here.
 * A method that is in neither table does not compile.
 */
import type { Vtctld } from "../proto/generated/vtctlservice_pb.js";
import { cellFunctions } from "./cells.ts";
import { fetchFunctions } from "./fetch.ts";
import { keyspaceFunctions } from "./keyspaces.ts";
import { reparentFunctions } from "./reparent.ts";
import { replicationFunctions } from "./replication.ts";
import { servingFunctions } from "./serving.ts";
import { shardFunctions } from "./shards.ts";
import { schemaFunctions } from "./schema.ts";
import { tabletFunctions } from "./tablets.ts";
import { topologyFunctions } from "./topology.ts";
import { validateSchemaFunctions } from "./validate-schema.ts";
import { validateFunctions } from "./validate.ts";
import { vschemaFunctions } from "./vschema.ts";

export const functions = {
  ...cellFunctions,
  ...keyspaceFunctions,
  ...servingFunctions,
  ...shardFunctions,
  ...tabletFunctions,
  ...fetchFunctions,
  ...replicationFunctions,
  ...reparentFunctions,
  ...schemaFunctions,
  ...vschemaFunctions,
  ...validateFunctions,
  ...validateSchemaFunctions,
  ...topologyFunctions,
} as const;
export type ServedMethod = keyof typeof functions;

/** Methods that are not served yet, and what they belong to. */
export const unserved = {
  backup: "backups",
  backupShard: "backups",
  getBackups: "backups",
  removeBackup: "backups",
  restoreFromBackup: "backups",
  cancelSchemaMigration: "online schema changes",
  cleanupSchemaMigration: "online schema changes",
  completeSchemaMigration: "online schema changes",
  forceCutOverSchemaMigration: "online schema changes",
  getSchemaMigrations: "online schema changes",
  launchSchemaMigration: "online schema changes",
  retrySchemaMigration: "online schema changes",
  checkThrottler: "throttlers",
  getThrottlerStatus: "throttlers",
  updateThrottlerConfig: "throttlers",
  concludeTransaction: "distributed transactions",
  getTransactionInfo: "distributed transactions",
  getUnresolvedTransactions: "distributed transactions",
  emergencyReparentShard: "emergency reparents",
  getWorkflows: "workflows",
  lookupVindexComplete: "workflows",
  lookupVindexCreate: "workflows",
  lookupVindexExternalize: "workflows",
  lookupVindexInternalize: "workflows",
  materializeCreate: "workflows",
  migrateCreate: "workflows",
  mountList: "workflows",
  mountRegister: "workflows",
  mountShow: "workflows",
  mountUnregister: "workflows",
  moveTablesComplete: "workflows",
  moveTablesCreate: "workflows",
  reshardCreate: "workflows",
  vDiffCreate: "workflows",
  vDiffDelete: "workflows",
  vDiffResume: "workflows",
  vDiffShow: "workflows",
  vDiffStop: "workflows",
  workflowAddTables: "workflows",
  workflowDelete: "workflows",
  workflowMirrorTraffic: "workflows",
  workflowStatus: "workflows",
  workflowSwitchTraffic: "workflows",
  workflowUpdate: "workflows",
} as const satisfies Record<Exclude<keyof typeof Vtctld.method, ServedMethod>, string>;
