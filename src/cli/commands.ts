/**
 * Every binary by name. To add one: a file in `commands/`, a line here. Files are loaded when their command is run, so
 * that a small command stays quick.
 */
import type { Command } from "./command.ts";

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const commands: { readonly [name: string]: CommandEntry } = {
  cluster: {
    summary: "Runs a sharded cluster on this machine.",
    load: async () => (await import("./commands/cluster.ts")).cluster,
  },
  vtcombo: {
    summary: "Runs a whole cluster in one process, for tests.",
    load: async () => (await import("./commands/vtcombo.ts")).vtcombo,
  },
  vttablet: {
    summary: "Serves the queries of one shard beside its database server.",
    load: async () => (await import("./commands/vttablet.ts")).vttablet,
  },
  vtctld: {
    summary: "Controls a cluster: serves vtctldclient and the web page.",
    load: async () => (await import("./commands/vtctld.ts")).vtctld,
  },
  vtgate: {
    summary: "The gateway: MySQL clients talk to it as to one server.",
    load: async () => (await import("./commands/vtgate.ts")).vtgate,
  },
  vtctldclient: {
    summary: "Asks vtctld, or the topology itself, to show or change a cluster.",
    load: async () => (await import("./commands/vtctldclient.ts")).vtctldclient,
  },
  mysqlctl: {
    summary: "Makes, starts, stops and removes one database server.",
    load: async () => (await import("./commands/mysqlctl.ts")).mysqlctl,
  },
  mysqlctld: {
    summary: "Runs one database server, controlled over a unix socket.",
    load: async () => (await import("./commands/mysqlctld.ts")).mysqlctld,
  },
};
