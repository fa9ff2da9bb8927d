/** Running SQL, hooks and questions on one tablet's database server. */
import { VtError } from "../base/errors.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import { databaseName, requestedTablet } from "./tablet-access.ts";
import type { VtctldFunctions } from "./vtctld.ts";

const asks = TabletManager.method;
const text = new TextEncoder();

export const fetchFunctions: VtctldFunctions<
  | "executeFetchAsApp"
  | "executeFetchAsDBA"
  | "executeMultiFetchAsDBA"
  | "executeHook"
  | "getFullStatus"
  | "getPermissions"
> = {
  executeFetchAsApp: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const { query, maxRows } = request;
      const ask = { query: text.encode(query), maxRows: BigInt(maxRows) };
      return resultOf(await vtctld.callTablet(tablet, asks.executeFetchAsApp, ask));
    },
  },
  executeFetchAsDBA: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const ask = {
        query: text.encode(request.query),
        dbName: databaseName(tablet),
        maxRows: BigInt(request.maxRows),
        disableBinlogs: request.disableBinlogs,
        reloadSchema: request.reloadSchema,
      };
      return resultOf(await vtctld.callTablet(tablet, asks.executeFetchAsDba, ask));
    },
  },
  executeMultiFetchAsDBA: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const { results } = await vtctld.callTablet(tablet, asks.executeMultiFetchAsDba, {
        sql: text.encode(request.sql),
        dbName: databaseName(tablet),
        maxRows: BigInt(request.maxRows),
        disableBinlogs: request.disableBinlogs,
        reloadSchema: request.reloadSchema,
      });
      return { results };
    },
  },
  executeHook: {
    permission: "write",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const hook = request.tabletHookRequest;
      if (hook === undefined) throw VtError.of("VT23007", "tablet_hook_request");
      // A hook is a file in the tablet's hook folder: its name must not lead out of there.
      if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(hook.name))
        throw VtError.of("VT22001", "hook", hook.name, "use a plain file name");
      return { hookResult: await vtctld.callTablet(tablet, asks.executeHook, hook) };
    },
  },
  getFullStatus: {
    permission: "read",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const { status } = await vtctld.callTablet(tablet, asks.fullStatus, {});
      return status === undefined ? {} : { status };
    },
  },
  getPermissions: {
    permission: "read",
    run: async (vtctld, request) => {
      const { tablet } = await requestedTablet(vtctld, request.tabletAlias);
      const { permissions } = await vtctld.callTablet(tablet, asks.getPermissions, {});
      return permissions === undefined ? {} : { permissions };
    },
  },
};

/** protobuf-es has no undefined fields in an initializer: absent is left out. */
function resultOf<T>(answer: { readonly result?: T }): { readonly result?: T } {
  return answer.result === undefined ? {} : { result: answer.result };
}
