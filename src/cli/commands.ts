/**
 * Every binary by name. To add one: a file in `commands/`, a line here. Files are loaded when their command is run, so
 * that a small command stays quick.
 */
import type { Command } from "./command.ts";

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const commands: { readonly [name: string]: CommandEntry } = {};
