/** The serving records of cells: SrvKeyspace and SrvVSchema. */
import { must } from "../base/assert.ts";
import { keyspaceName } from "../topo/names.ts";
import { deleteRecord, listNames, mustReadRecord, readRecord, records } from "../topo/records.ts";
import { rebuildKeyspace, rebuildVSchema } from "../topo/rebuild.ts";
import { lockKeyspace, withLock } from "../topo/topo-locks.ts";
import { cellName } from "../topo/names.ts";
import { chosenCells } from "./cells.ts";
import { concurrencyMax, inParallel, lockRequest, type VtctldFunctions } from "./vtctld.ts";

export const servingFunctions: VtctldFunctions<
  | "deleteSrvVSchema"
  | "getSrvKeyspaceNames"
  | "getSrvKeyspaces"
  | "getSrvVSchema"
  | "getSrvVSchemas"
  | "rebuildKeyspaceGraph"
  | "rebuildVSchemaGraph"
> = {
  deleteSrvVSchema: {
    permission: "write",
    run: async ({ topo }, { cell }) => {
      await deleteRecord(await topo.cell(cellName(cell)), records.srvVSchema);
      return {};
    },
  },
  getSrvKeyspaceNames: {
    permission: "read",
    run: async ({ topo }, request) => {
      const cells = await chosenCells(topo, request.cells);
      const lists = await inParallel(cells, concurrencyMax, async (cell) =>
        listNames(await topo.cell(cell), "keyspaces", keyspaceName),
      );
      return {
        names: Object.fromEntries(cells.map((cell, i) => [cell, { names: [...must(lists[i], "one a cell")] }])),
      };
    },
  },
  getSrvKeyspaces: {
    permission: "read",
    run: async ({ topo }, request) => {
      const record = records.srvKeyspace(keyspaceName(request.keyspace));
      const cells = await chosenCells(topo, request.cells);
      const found = await inParallel(cells, concurrencyMax, async (cell) => readRecord(await topo.cell(cell), record));
      const entries = cells.flatMap((cell, i) => {
        const message = found[i]?.message;
        return message === undefined ? [] : [[cell, message] as const];
      });
      return { srvKeyspaces: Object.fromEntries(entries) };
    },
  },
  getSrvVSchema: {
    permission: "read",
    run: async ({ topo }, { cell }) => ({
      srvVSchema: (await mustReadRecord(await topo.cell(cellName(cell)), records.srvVSchema)).message,
    }),
  },
  getSrvVSchemas: {
    permission: "read",
    run: async ({ topo }, request) => {
      const cells = await chosenCells(topo, request.cells);
      const found = await inParallel(cells, concurrencyMax, async (cell) =>
        readRecord(await topo.cell(cell), records.srvVSchema),
      );
      const entries = cells.flatMap((cell, i) => {
        const message = found[i]?.message;
        return message === undefined ? [] : [[cell, message] as const];
      });
      return { srvVSchemas: Object.fromEntries(entries) };
    },
  },
  rebuildKeyspaceGraph: {
    permission: "write",
    run: async (vtctld, request) => {
      const keyspace = keyspaceName(request.keyspace);
      const cells = await chosenCells(vtctld.topo, request.cells);
      const lock = lockKeyspace(vtctld.topo, keyspace, lockRequest(vtctld, "RebuildKeyspaceGraph"));
      await withLock(lock, (held) =>
        rebuildKeyspace(vtctld.topo, keyspace, { cells, mayBePartial: request.allowPartial, lock: held }),
      );
      return {};
    },
  },
  rebuildVSchemaGraph: {
    permission: "write",
    run: async ({ topo }, request) => {
      await rebuildVSchema(topo, await chosenCells(topo, request.cells));
      return {};
    },
  },
};
