/** The words of the query service (`query-service.ts`) as messages of queryservice.Query, both ways. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { VtError } from "../base/errors.ts";
import {
  type BoundQuery,
  type BoundQuerySchema,
  type ExecuteOptions,
  ExecuteOptions_Consolidator as Consolidator,
  ExecuteOptions_IncludedFields as IncludedFields,
  ExecuteOptions_TransactionAccessMode as AccessMode,
  ExecuteOptions_TransactionIsolation as Isolation,
  type ExecuteOptionsSchema,
  ExecuteOptions_Workload as Workload,
  type QueryResult,
  QueryResultSchema,
  type StreamHealthResponse,
  type StreamHealthResponseSchema,
  type Target as TargetMessage,
  type TargetSchema,
  Type,
  type UDFInfo,
  type UDFInfoSchema,
  type VTGateCallerID,
} from "../proto/generated/query_pb.js";
import { type TabletAlias, type TabletAliasSchema, TabletType } from "../proto/generated/topodata_pb.js";
import type { CallerID } from "../proto/generated/vtrpc_pb.js";
import { fromBindVariables, toBindVariables } from "../sqltypes/proto-fields.ts";
import type { ResultTrailer } from "../sqltypes/result.ts";
import type { Binds } from "../sqltypes/value.ts";
import { WireReader, WireWriter } from "../sqltypes/wire.ts";
import type { Caller, QueryOptions, TabletHealth, TabletTypeName, Target, UdfDefinition } from "./query-service.ts";

export function toTarget({ keyspace, shard, tabletType, cell }: Target): MessageInitShape<typeof TargetSchema> {
  return { keyspace, shard, tabletType: TabletType[tabletType], cell };
}

export function fromTarget(target: TargetMessage | undefined): Target {
  if (target === undefined) throw VtError.of("VT23007", "target");
  const { keyspace, shard, tabletType, cell } = target;
  return { keyspace, shard, tabletType: fromTabletType(tabletType), cell };
}

const tabletTypeNames = new Map<number, TabletTypeName>(
  (["UNKNOWN", "PRIMARY", "REPLICA", "RDONLY", "SPARE", "EXPERIMENTAL", "BACKUP", "RESTORE", "DRAINED"] as const).map(
    (name) => [TabletType[name], name],
  ),
);

export function fromTabletType(type: TabletType): TabletTypeName {
  return tabletTypeNames.get(type) ?? "UNKNOWN";
}

/** "zone1-0000000100"; empty where there is none. */
export function fromAlias(alias: TabletAlias | undefined): string {
  return alias === undefined ? "" : `${alias.cell}-${String(alias.uid).padStart(10, "0")}`;
}

export function toAlias(text: string): MessageInitShape<typeof TabletAliasSchema> {
  const dash = text.lastIndexOf("-");
  return { cell: text.slice(0, Math.max(0, dash)), uid: Number(text.slice(dash + 1)) };
}

export function toCallerIds({ immediate, effective }: Caller) {
  return {
    immediateCallerId: { username: immediate.username, groups: [...immediate.groups] },
    effectiveCallerId: { ...effective },
  };
}

interface CallerIds {
  readonly immediateCallerId?: VTGateCallerID | undefined;
  readonly effectiveCallerId?: CallerID | undefined;
}

export function fromCallerIds({ immediateCallerId: immediate, effectiveCallerId: effective }: CallerIds): Caller {
  return {
    immediate: { username: immediate?.username ?? "", groups: immediate?.groups ?? [] },
    effective: {
      principal: effective?.principal ?? "",
      component: effective?.component ?? "",
      subcomponent: effective?.subcomponent ?? "",
    },
  };
}

export function toBoundQuery(sql: string, binds: Binds): MessageInitShape<typeof BoundQuerySchema> {
  return { sql, bindVariables: toBindVariables(binds) };
}

export function fromBoundQuery(query: BoundQuery | undefined): { readonly sql: string; readonly binds: Binds } {
  if (query === undefined) throw VtError.of("VT23007", "query");
  return { sql: query.sql, binds: fromBindVariables(query.bindVariables) };
}

export function toOptions(options: QueryOptions): MessageInitShape<typeof ExecuteOptionsSchema> {
  return {
    includedFields: IncludedFields.ALL,
    clientFoundRows: options.clientFoundRows,
    workload: Workload[options.workload],
    sqlSelectLimit: BigInt(options.sqlSelectLimit),
    transactionIsolation: Isolation[options.transactionIsolation],
    consolidator: Consolidator[consolidatorNames[options.consolidator ?? "unspecified"]],
    transactionAccessMode: accessModes(options),
    ...(options.workloadName !== undefined && { WorkloadName: options.workloadName }),
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(options.transactionTimeoutMs !== undefined && {
      transactionTimeout: BigInt(Math.ceil(options.transactionTimeoutMs)),
    }),
    timeout:
      options.timeoutMs > 0
        ? { case: "authoritativeTimeout", value: BigInt(Math.ceil(options.timeoutMs)) }
        : { case: undefined },
  };
}

function accessModes({ readOnlyTransaction, consistentSnapshot }: QueryOptions): AccessMode[] {
  const modes: AccessMode[] = [];
  if (consistentSnapshot) modes.push(AccessMode.CONSISTENT_SNAPSHOT);
  if (readOnlyTransaction) modes.push(AccessMode.READ_ONLY);
  return modes;
}

/** Rows over gRPC are text. `workload` is what an unspecified one means. */
export function fromOptions(options: ExecuteOptions | undefined, workload: "OLTP" | "OLAP"): QueryOptions {
  const modes = options?.transactionAccessMode ?? [];
  const consolidator = consolidators[options?.consolidator ?? Consolidator.UNSPECIFIED];
  return {
    workload: workloads[options?.workload ?? Workload.UNSPECIFIED] ?? workload,
    clientFoundRows: options?.clientFoundRows ?? false,
    format: "text",
    sqlSelectLimit: Number(options?.sqlSelectLimit ?? 0n),
    timeoutMs: options?.timeout.case === "authoritativeTimeout" ? Number(options.timeout.value) : 0,
    transactionIsolation: isolations.get(options?.transactionIsolation ?? Isolation.DEFAULT) ?? "DEFAULT",
    readOnlyTransaction: modes.includes(AccessMode.READ_ONLY),
    consistentSnapshot: modes.includes(AccessMode.CONSISTENT_SNAPSHOT),
    ...(consolidator === undefined ? {} : { consolidator }),
    ...wishes(options),
  };
}

function wishes(options: ExecuteOptions | undefined): Partial<QueryOptions> {
  if (options === undefined) return {};
  const { WorkloadName: workloadName, priority, transactionTimeout: timeout = 0n } = options;
  return {
    ...(workloadName !== "" && { workloadName }),
    ...(priority !== "" && { priority }),
    ...(timeout > 0n && { transactionTimeoutMs: Number(timeout) }),
  };
}

const consolidatorNames = {
  unspecified: "UNSPECIFIED",
  disabled: "DISABLED",
  enabled: "ENABLED",
  enabled_replicas: "ENABLED_REPLICAS",
} as const;
const consolidators: Partial<Record<Consolidator, NonNullable<QueryOptions["consolidator"]>>> = {
  [Consolidator.DISABLED]: "disabled",
  [Consolidator.ENABLED]: "enabled",
  [Consolidator.ENABLED_REPLICAS]: "enabled_replicas",
};

const workloads: Partial<Record<Workload, QueryOptions["workload"]>> = {
  [Workload.OLTP]: "OLTP",
  [Workload.OLAP]: "OLAP",
  [Workload.DBA]: "DBA",
};

const isolations = new Map<number, QueryOptions["transactionIsolation"]>(
  (
    [
      "DEFAULT",
      "REPEATABLE_READ",
      "READ_COMMITTED",
      "READ_UNCOMMITTED",
      "SERIALIZABLE",
      "CONSISTENT_SNAPSHOT_READ_ONLY",
      "AUTOCOMMIT",
    ] as const
  ).map((name) => [Isolation[name], name]),
);

/** A result's counts; rows and columns are the caller's to add. */
export function toResult(trailer: ResultTrailer): QueryResult {
  return create(QueryResultSchema, {
    rowsAffected: BigInt(trailer.affectedRows),
    insertId: BigInt(trailer.lastInsertId),
    insertIdChanged: trailer.lastInsertId !== 0,
    info: trailer.info,
    sessionStateChanges: gtidOf(trailer.sessionState),
  });
}

const statusFlags = { inTransaction: 1, autocommit: 2 } as const;

/** Warnings and flags are not on this wire: they come out as if there were none. */
export function fromResult(result: QueryResult | undefined, isInTransaction: boolean): ResultTrailer {
  const insertId = result?.insertId ?? 0n;
  return {
    affectedRows: Number(result?.rowsAffected ?? 0n),
    lastInsertId: insertId <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(insertId) : String(insertId),
    statusFlags: isInTransaction ? statusFlags.inTransaction : statusFlags.autocommit,
    warnings: 0,
    info: result?.info ?? "",
    sessionState: sessionStateOf(result?.sessionStateChanges ?? ""),
  };
}

/**
 * The GTID among a server's session state changes: SESSION_TRACK_GTIDS (an encoding, then the text), or MariaDB's variable.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
 */
const trackVariables = 0;
const trackGtids = 3;

function gtidOf(sessionState: Buffer): string {
  const from = new WireReader(sessionState);
  while (from.left > 0) {
    const type = from.u8();
    const change = new WireReader(from.lenencView());
    if (type === trackGtids) {
      change.skip(1);
      return change.lenencText();
    }
    while (type === trackVariables && change.left > 0) {
      const [name, value] = [change.lenencText(), change.lenencText()];
      if (name === "last_gtid") return value;
    }
  }
  return "";
}

function sessionStateOf(gtid: string): Buffer {
  if (gtid === "") return Buffer.alloc(0);
  const change = new WireWriter().u8(0).lenencText(gtid).finish();
  return new WireWriter().u8(trackGtids).lenencRaw(change).finish();
}

export function toHealth(health: TabletHealth): MessageInitShape<typeof StreamHealthResponseSchema> {
  return {
    target: toTarget(health.target),
    serving: health.isServing,
    primaryTermStartTimestamp: BigInt(health.primaryTermStartSeconds),
    tabletAlias: toAlias(health.tabletAlias),
    realtimeStats: {
      healthError: health.healthError,
      replicationLagSeconds: Math.min(0xffff_ffff, Math.max(0, Math.ceil(health.replicationLagSeconds))),
      qps: health.qps,
      tableSchemaChanged: [...health.tableSchemaChanged],
      viewSchemaChanged: [...health.viewSchemaChanged],
      udfsChanged: health.udfsChanged,
    },
  };
}

export function toUdfs(udfs: readonly UdfDefinition[]): MessageInitShape<typeof UDFInfoSchema>[] {
  return udfs.map(({ name, isAggregate, returns }) => ({ name, aggregating: isAggregate, returnType: Type[returns] }));
}

export function fromUdfs(udfs: readonly UDFInfo[]): UdfDefinition[] {
  return udfs.map(({ name, aggregating, returnType }) => ({
    name,
    isAggregate: aggregating,
    returns: udfTypes.find((type) => Type[type] === returnType) ?? "CHAR",
  }));
}
const udfTypes = ["CHAR", "FLOAT64", "INT64", "DECIMAL"] as const;

export function fromHealth(message: StreamHealthResponse): TabletHealth {
  const { realtimeStats: stats } = message;
  return {
    target: fromTarget(message.target),
    tabletAlias: fromAlias(message.tabletAlias),
    isServing: message.serving,
    primaryTermStartSeconds: Number(message.primaryTermStartTimestamp),
    healthError: stats?.healthError ?? "",
    replicationLagSeconds: stats?.replicationLagSeconds ?? 0,
    qps: stats?.qps ?? 0,
    tableSchemaChanged: stats?.tableSchemaChanged ?? [],
    viewSchemaChanged: stats?.viewSchemaChanged ?? [],
    udfsChanged: stats?.udfsChanged ?? false,
  };
}
