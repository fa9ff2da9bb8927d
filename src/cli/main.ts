#!/usr/bin/env node
/**
 * The entry of every binary: `main.ts vtctld --port 15000`, or a link to this file called `vtctld`. Answers --help,
 * --version, `completion <shell>` and `reference` (the markdown page) for each command from its table.
 */
import { enableCompileCache } from "node:module";
import { basename } from "node:path";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { readEnvironment } from "../base/environment.ts";
import { errorText } from "../base/errors.ts";
import { printCompletion, printHelp, printReference, type Shell, shells } from "../base/flag-help.ts";
import { FlagError } from "../base/flag-values.ts";
import { suggestion } from "../base/flags.ts";
import { systemRandom } from "../base/random.ts";
import { systemTerminal, type Terminal } from "../base/terminal.ts";
import { type CommandContext, exitCodes } from "./command.ts";
import { commands } from "./commands.ts";
import { version, vitessVersion } from "./version.ts";

/** Finds the command by the name of the link or by the first argument. */
export function findCommand(argv: readonly string[]): { readonly name: string; readonly args: readonly string[] } {
  const link = basename(argv[1] ?? "").replace(/\.[jt]s$/, "");
  if (link in commands) return { name: link, args: argv.slice(2) };
  return { name: argv[2] ?? "--help", args: argv.slice(3) };
}

/** Runs one command to its end and answers the exit code. */
export async function runMain(name: string, context: CommandContext): Promise<number> {
  const { terminal, args } = context;
  try {
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry === undefined) return printOverview(name, terminal);
    const command = await entry.load();
    const beforeDashes = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
    if (isVersionWanted(beforeDashes)) {
      terminal.out(`${name}: vitess-ts ${version} (Vitess ${vitessVersion} on the wire)\n`);
      return exitCodes.done;
    }
    if (args[0] === "reference") {
      terminal.out(printReference(command.page));
      return exitCodes.done;
    }
    if (args[0] === "completion") {
      const shell = shells.find((one) => one === args[1]);
      if (shell === undefined) throw new FlagError(`completion for which shell? ${shells.join(", ")}`);
      terminal.out(printCompletion(command.page, shell satisfies Shell));
      return exitCodes.done;
    }
    if (beforeDashes[0] !== undefined && ["--help", "-h", "-help", "help"].includes(beforeDashes[0])) {
      const below = command.page.subcommands?.find((one) => one.name === beforeDashes[1]);
      terminal.out(printHelp(below ?? command.page));
      return exitCodes.done;
    }
    return await command.run(context);
  } catch (error) {
    const isUsage = error instanceof FlagError;
    terminal.err(`${name}: ${errorText(error)}\n`);
    return isUsage ? exitCodes.notUnderstood : exitCodes.failed;
  }
}

const isVersionWanted = (args: readonly string[]) => ["--version", "-version", "-v"].includes(args[0] ?? "");

function printOverview(name: string, terminal: Terminal): number {
  const names = Object.keys(commands);
  if (name === "--version") {
    terminal.out(`vitess-ts ${version} (Vitess ${vitessVersion} on the wire)\n`);
    return exitCodes.done;
  }
  const isHelp = ["--help", "-h", "help"].includes(name);
  if (!isHelp) {
    terminal.err(`there is no command ${name}${suggestion(name, names, "")}\n`);
    return exitCodes.notUnderstood;
  }
  const wide = Math.max(0, ...names.map((one) => one.length));
  const lines = names.map((one) => `  ${one.padEnd(wide)}  ${commands[one]?.summary ?? ""}`);
  terminal.out(`vitess-ts ${version}\n\nUsage:\n  main.ts <command> [flags]\n\nCommands:\n${lines.join("\n")}\n`);
  return exitCodes.done;
}

/** The first SIGTERM or SIGINT asks to stop; the second one ends the process at once. */
export function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCodes.failed);
      stop.abort(new Error(`stopped by ${signal}`));
    });
  return stop.signal;
}

if (import.meta.main) {
  enableCompileCache(); // Types are stripped once, not at every start.
  const { name, args } = findCommand(process.argv);
  process.exitCode = await runMain(name, {
    args,
    terminal: systemTerminal,
    environment: readEnvironment(),
    disk,
    clock: systemClock,
    random: systemRandom,
    stop: stopOnSignals(),
  });
  // A role has stopped all its parts; a connection that a library keeps must not keep the process.
  process.exit();
}
