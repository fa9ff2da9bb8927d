/**
 * vtctldclient: asks a vtctld over gRPC (`--server host:port`), or runs its functions in this process against the
 * topology itself (`--server internal`). Flags of the client and of the command may stand anywhere.
 */
import { configFlags, resolveCommandLine, versionFlags } from "../../base/flag-sources.ts";
import { boolean, FlagError, periodMs, string } from "../../base/flag-values.ts";
import { flag, readCommandLine, suggestion, type Values } from "../../base/flags.ts";
import { printHelp } from "../../base/flag-help.ts";
import { openLogger } from "../../base/log.ts";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { dialGrpc } from "../../rpc/grpc-client.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcServerFlags } from "../../servenv/grpc-flags.ts";
import { topoFlags } from "../../servenv/topo-flags.ts";
import { callMethod } from "../../rpc/call-method.ts";
import type { TopoServer } from "../../topo/server.ts";
import type { VtctldCall } from "../../vtctld/service.ts";
import { type Command, type CommandContext, exitCodes } from "../command.ts";
import { type ClientCommand, wordsWanted } from "../vtctldclient/client-command.ts";
import { clientCommands } from "../vtctldclient/client-commands.ts";
import { printTo } from "../vtctldclient/print.ts";

export const clientFlags = {
  ...configFlags,
  ...versionFlags,
  server: flag({ parse: string, default: "", help: "vtctld's gRPC address, or internal." }),
  actionTimeoutMs: flag({ parse: periodMs, default: 3_600_000, help: "Longest wait for the whole command." }),
  compact: flag({ parse: boolean, default: false, help: "JSON in one line, without what is empty." }),
  ...topoFlags,
  ...grpcDialFlags,
  ...grpcClientFlags("vtctld", "vtctld"),
  ...grpcClientFlags("tabletManager", "tablet managers"),
  grpcMaxMessageSize: grpcServerFlags.grpcMaxMessageSize,
} as const;

export const vtctldclient: Command = {
  page: {
    name: "vtctldclient",
    summary: "Controls a cluster through vtctld.",
    flags: clientFlags,
    subcommands: clientCommands.map(({ name, summary, usage, flags }) => ({
      name,
      summary,
      usage,
      flags,
    })),
    examples: ["vtctldclient --server localhost:15999 GetTablets --keyspace customer"],
  },
  run: runClient,
};

async function runClient(context: CommandContext): Promise<number> {
  const first = readCommandLine(clientFlags, context.args, { stopAtPositional: true });
  const [name, ...rest] = first.positionals;
  if (name === undefined) throw new FlagError("which command? vtctldclient --help lists them");
  const command = clientCommands.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (command === undefined) {
    const names = clientCommands.map((one) => one.name);
    throw new FlagError(`there is no command ${name}${suggestion(name, names, "")}`);
  }
  const table = { ...clientFlags, ...command.flags };
  const second = readCommandLine(table, rest);
  const line = { ...second, settings: [...first.settings, ...second.settings] };
  if (first.helpWanted || second.helpWanted) {
    context.terminal.out(printHelp({ ...command, name: `vtctldclient ${command.name}` }));
    return exitCodes.done;
  }
  const { values, positionals, warnings } = resolveCommandLine(table, line, context);
  for (const warning of warnings) context.terminal.err(`vtctldclient: ${warning}\n`);
  checkWords(command, positionals);
  const print = printTo(context.terminal, values.compact);
  await withServer(context, values, (call, topo) =>
    command.run({ call, topo, flags: valuesOf(command, values), words: positionals, print, disk: context.disk }),
  );
  return exitCodes.done;
}

/** The command's own flags: requests are made of them, so no others may be among them. */
function valuesOf(command: ClientCommand, values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.keys(command.flags).map((key) => [key, values[key]]));
}

function checkWords({ name, usage }: ClientCommand, words: readonly string[]): void {
  const { min, max } = wordsWanted(usage);
  if (words.length < min || words.length > max) throw new FlagError(`usage: vtctldclient ${name} ${usage}`.trimEnd());
}

type Work = (call: VtctldCall, topo: TopoServer | undefined) => Promise<void>;

/** Runs `work` with a way to call the server, and closes it after. */
async function withServer(context: CommandContext, values: Values<typeof clientFlags>, work: Work): Promise<void> {
  if (values.server === "") throw new FlagError("flag --server is required: vtctld's host:port, or internal");
  if (values.server === "internal") return withInternalServer(context, values, work);
  const channel = dialGrpc(values.server, dialOptions("vtctld", values, context));
  const client = channel.client(Vtctld);
  try {
    const limit = { timeoutMs: values.actionTimeoutMs };
    await work((method, request) => callMethod(client, method, request, limit), undefined);
  } finally {
    await channel.close();
  }
}

/** The functions of vtctld in this process. */
async function withInternalServer(
  context: CommandContext,
  values: Values<typeof clientFlags>,
  work: Work,
): Promise<void> {
  // Loaded only here: a client of a server needs neither the functions nor what they stand on.
  const { openVtctld } = await import("../../vtctld/open-vtctld.ts");
  const { localCall } = await import("../../vtctld/service.ts");
  const { lockOwner } = await import("../lock-owner.ts");
  const { openTopo } = await import("../../topo/open-topo.ts");
  const { clock } = context;
  const topo = await openTopo(values, context);
  const dialing = dialOptions("tabletManager", values, context);
  const { vtctld, tablets } = openVtctld({
    topo,
    dial: (address) => dialGrpc(address, dialing),
    clock,
    log: openLogger({ level: "warn", role: "vtctldclient", format: "text" }),
    owner: lockOwner(),
    times: () => values,
  });
  try {
    await work(localCall(vtctld), topo);
  } finally {
    await tablets.close();
    await topo.close();
  }
}
