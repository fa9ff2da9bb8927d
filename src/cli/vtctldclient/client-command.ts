/**
 * One command of vtctldclient: name, flags, words, and what it asks of the server. All stand in `client-commands.ts`.
 * A command prints its answer through `print` and throws what went wrong; the entry turns that into one line and an
 * exit code.
 */
import type { Disk } from "../../base/disk.ts";
import type { FlagTable, Values } from "../../base/flags.ts";
import type { TopoServer } from "../../topo/server.ts";
import type { VtctldCall } from "../../vtctld/service.ts";
import type { Print } from "./print.ts";

export interface ClientInput<F extends FlagTable> {
  readonly call: VtctldCall;
  readonly flags: Values<F>;
  /** The words after the flags; their number has been checked. */
  readonly words: readonly string[];
  readonly print: Print;
  /** For flags that name a file. */
  readonly disk: Disk;
  /** The topology itself, which only `--server internal` has. */
  readonly topo: TopoServer | undefined;
}

export interface ClientCommand<F extends FlagTable = FlagTable> {
  readonly name: string;
  readonly summary: string;
  /** "<keyspace/shard> <alias> [<cell> ...]": also says how many words there must be. */
  readonly usage: string;
  readonly flags: F;
  readonly run: (input: ClientInput<F>) => Promise<void>;
}

/** Declares a command; `run` sees the flags with their types. */
export function clientCommand<F extends FlagTable>(declared: ClientCommand<F>): ClientCommand {
  return declared as unknown as ClientCommand; // The entry hands `run` the values of this very table.
}

/** How many words a usage asks for: "<a> [<b> ...]" is one to any number. */
export function wordsWanted(usage: string): { readonly min: number; readonly max: number } {
  const optional = usage.match(/\[[^\]]*\]/g) ?? [];
  const min = (usage.replace(/\[[^\]]*\]/g, "").match(/<[^>]*>/g) ?? []).length;
  const isOpen = optional.some((part) => part.includes("..."));
  return { min, max: isOpen ? Number.POSITIVE_INFINITY : min + optional.length };
}
