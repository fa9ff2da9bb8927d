/** Cells and their aliases. A cell is in at most one alias, so that "the cells near here" has one answer. */
import { create } from "@bufbuild/protobuf";
import { must } from "../base/assert.ts";
import { VtError } from "../base/errors.ts";
import { type CellsAlias, CellsAliasSchema, CellInfoSchema } from "../proto/generated/topodata_pb.js";
import { createCell } from "../topo/cluster-records.ts";
import { type CellName, cellName, segmentName } from "../topo/names.ts";
import {
  createRecord,
  deleteRecord,
  folders,
  listNames,
  mustReadRecord,
  readRecord,
  records,
  updateRecord,
} from "../topo/records.ts";
import type { TopoServer } from "../topo/server.ts";
import type { VtctldFunctions } from "./vtctld.ts";

export const cellFunctions: VtctldFunctions<
  | "addCellInfo"
  | "addCellsAlias"
  | "deleteCellInfo"
  | "deleteCellsAlias"
  | "getCellInfo"
  | "getCellInfoNames"
  | "getCellsAliases"
  | "updateCellInfo"
  | "updateCellsAlias"
> = {
  addCellInfo: {
    permission: "write",
    run: async ({ topo }, { name, cellInfo }) => {
      const cell = cellName(name);
      if (cellInfo === undefined || cellInfo.root === "") throw VtError.of("VT23007", "cell_info.root");
      await createCell(topo, cell, cellInfo.serverAddress, cellInfo.root);
      return {};
    },
  },
  addCellsAlias: {
    permission: "write",
    run: async ({ topo }, { name, cells }) => {
      const alias = await checkedAlias(topo, name, cells);
      await createRecord(topo.global, records.cellsAlias(name), alias);
      return {};
    },
  },
  deleteCellInfo: {
    permission: "write",
    run: async ({ topo }, { name, force }) => {
      const cell = cellName(name);
      const { version } = await mustReadRecord(topo.global, records.cellInfo(cell));
      const users = force ? [] : await keyspacesServedIn(topo, cell);
      if (users.length > 0)
        throw VtError.of("VT23008", `cell ${cell}`, `it serves ${users.join(", ")}`, "RemoveKeyspaceCell, or force");
      await deleteRecord(topo.global, records.cellInfo(cell), version);
      return {};
    },
  },
  deleteCellsAlias: {
    permission: "write",
    run: async ({ topo }, { name }) => {
      await deleteRecord(topo.global, records.cellsAlias(name));
      return {};
    },
  },
  getCellInfo: {
    permission: "read",
    run: async ({ topo }, { cell }) => ({
      cellInfo: (await mustReadRecord(topo.global, records.cellInfo(cellName(cell)))).message,
    }),
  },
  getCellInfoNames: {
    permission: "read",
    run: async ({ topo }) => ({ names: [...(await topo.cells())] }),
  },
  getCellsAliases: {
    permission: "read",
    run: async ({ topo }) => ({ aliases: Object.fromEntries(await aliasesOf(topo)) }),
  },
  updateCellInfo: {
    permission: "write",
    run: async ({ topo }, { name, cellInfo }) => {
      const cell = cellName(name);
      const stored = await updateRecord(topo.global, records.cellInfo(cell), (present) => {
        const changed = create(CellInfoSchema, {
          serverAddress: cellInfo?.serverAddress || (present?.serverAddress ?? ""),
          root: cellInfo?.root || (present?.root ?? ""),
        });
        if (changed.root === "") throw VtError.of("VT23007", "cell_info.root");
        return changed;
      });
      return { name: cell, cellInfo: must(stored, "the change answered a record").message };
    },
  },
  updateCellsAlias: {
    permission: "write",
    run: async ({ topo }, { name, cellsAlias }) => {
      const alias = await checkedAlias(topo, name, cellsAlias?.cells ?? []);
      await updateRecord(topo.global, records.cellsAlias(name), () => alias);
      return { name, cellsAlias: alias };
    },
  },
};

async function aliasesOf(topo: TopoServer): Promise<ReadonlyMap<string, CellsAlias>> {
  const found = new Map<string, CellsAlias>();
  const names = await listNames(topo.global, folders.cellsAliases, (text) => segmentName("cells alias", text));
  for (const name of names) {
    const stored = await readRecord(topo.global, records.cellsAlias(name));
    if (stored !== undefined) found.set(name, stored.message);
  }
  return found;
}

/** The record of an alias, once its cells are known, and in no other alias. */
async function checkedAlias(topo: TopoServer, name: string, cells: readonly string[]): Promise<CellsAlias> {
  const known = new Set(await topo.cells());
  if (known.has(name as CellName)) throw VtError.of("VT23002", `cell ${name}`);
  for (const cell of cells.map(cellName)) if (!known.has(cell)) throw VtError.of("VT23001", `cell ${cell}`);
  for (const [other, alias] of await aliasesOf(topo)) {
    const shared = other === name ? undefined : alias.cells.find((cell) => cells.includes(cell));
    if (shared !== undefined)
      throw VtError.of("VT23008", `cell ${shared}`, `it is in alias ${other}`, "take it out of there first");
  }
  return create(CellsAliasSchema, { cells: [...cells] });
}

async function keyspacesServedIn(topo: TopoServer, cell: CellName): Promise<readonly string[]> {
  const store = await topo.cell(cell);
  const served: string[] = [];
  for (const keyspace of await topo.keyspaces())
    if ((await store.read(records.srvKeyspace(keyspace).path)) !== undefined) served.push(keyspace);
  return served;
}

/** The cells of a request: names and aliases; all where none is given. */
export async function chosenCells(topo: TopoServer, cells: readonly string[]): Promise<readonly CellName[]> {
  if (cells.length === 0) return topo.cells();
  const aliases = await aliasesOf(topo);
  return [...new Set(cells.flatMap((name) => aliases.get(name)?.cells ?? [name]))].map(cellName);
}
