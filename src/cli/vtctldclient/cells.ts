/** Commands for cells and their aliases. */
import { listOf, boolean, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import { CellInfoSchema, CellsAliasSchema } from "../../proto/generated/topodata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";

const cellFlags = {
  root: flag({ parse: string, default: "", short: "r", help: "Where the cell's records begin in its store." }),
  serverAddress: flag({ parse: string, default: "", short: "a", help: "Address of the cell's store." }),
};
const aliasFlags = {
  cells: flag({ parse: listOf(string), default: [], short: "c", help: "The cells that the alias stands for." }),
};

export const cellCommands = [
  clientCommand({
    name: "AddCellInfo",
    summary: "Registers a cell: where its own topology is.",
    usage: "<cell>",
    flags: cellFlags,
    run: async ({ call, flags, words: [name = ""], print }) => {
      const cellInfo = { serverAddress: flags.serverAddress, root: flags.root };
      await call(Vtctld.method.addCellInfo, { name, cellInfo });
      print.line(`Created cell: ${name}`);
    },
  }),
  clientCommand({
    name: "AddCellsAlias",
    summary: "Groups cells under one name.",
    usage: "<alias>",
    flags: aliasFlags,
    run: async ({ call, flags, words: [name = ""], print }) => {
      await call(Vtctld.method.addCellsAlias, { name, cells: [...flags.cells] });
      print.line(`Created cells alias: ${name} (cells = [${flags.cells.join(" ")}])`);
    },
  }),
  clientCommand({
    name: "DeleteCellInfo",
    summary: "Removes a cell that no shard uses.",
    usage: "<cell>",
    flags: { force: flag({ parse: boolean, default: false, short: "f", help: "Even while it is used." }) },
    run: async ({ call, flags, words: [name = ""], print }) => {
      await call(Vtctld.method.deleteCellInfo, { name, force: flags.force });
      print.line(`Deleted cell ${name}`);
    },
  }),
  clientCommand({
    name: "DeleteCellsAlias",
    summary: "Removes a name of a group of cells.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [name = ""], print }) => {
      await call(Vtctld.method.deleteCellsAlias, { name });
      print.line(`Deleted cells alias ${name}`);
    },
  }),
  clientCommand({
    name: "GetCellInfo",
    summary: "Prints where a cell's topology is.",
    usage: "<cell>",
    flags: {},
    run: async ({ call, words: [cell = ""], print }) => {
      const { cellInfo } = await call(Vtctld.method.getCellInfo, { cell });
      print.message(CellInfoSchema, cellInfo);
    },
  }),
  clientCommand({
    name: "GetCellInfoNames",
    summary: "Lists the cells.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      const { names } = await call(Vtctld.method.getCellInfoNames, {});
      for (const name of names) print.line(name);
    },
  }),
  clientCommand({
    name: "GetCellsAliases",
    summary: "Prints the groups of cells.",
    usage: "",
    flags: {},
    run: async ({ call, print }) => {
      const { aliases } = await call(Vtctld.method.getCellsAliases, {});
      print.messageMap(CellsAliasSchema, aliases);
    },
  }),
  clientCommand({
    name: "UpdateCellInfo",
    summary: "Changes where a cell's topology is; creates the cell where there is none.",
    usage: "<cell>",
    flags: cellFlags,
    run: async ({ call, flags, words: [name = ""], print }) => {
      const cellInfo = { serverAddress: flags.serverAddress, root: flags.root };
      const answer = await call(Vtctld.method.updateCellInfo, { name, cellInfo });
      print.line(`Updated cell ${answer.name}. New CellInfo:`);
      print.message(CellInfoSchema, answer.cellInfo);
    },
  }),
  clientCommand({
    name: "UpdateCellsAlias",
    summary: "Changes a group of cells; creates it where there is none.",
    usage: "<alias>",
    flags: aliasFlags,
    run: async ({ call, flags, words: [name = ""], print }) => {
      const answer = await call(Vtctld.method.updateCellsAlias, { name, cellsAlias: { cells: [...flags.cells] } });
      print.line(`Updated cells alias ${answer.name}. New cells alias:`);
      print.message(CellsAliasSchema, answer.cellsAlias);
    },
  }),
];
