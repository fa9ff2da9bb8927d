/**
 * Help pages, the markdown reference and shell completion, all printed from the flag tables. A `CommandPage` is what one
 * command has to say for itself; subcommands are pages of their own.
 */
import { flagName, type Flag, type FlagTable } from "./flags.ts";

export interface CommandPage {
  readonly name: string;
  readonly summary: string;
  /** What stands behind the flags, for instance "<keyspace/shard>". */
  readonly usage?: string;
  readonly flags: FlagTable;
  readonly subcommands?: readonly CommandPage[];
  /** One example a line, without the prompt. */
  readonly examples?: readonly string[];
}

const widthMax = 100;

/** The page that `--help` prints. */
export function printHelp(page: CommandPage): string {
  const lines = [page.summary, "", "Usage:", `  ${usageLine(page)}`];
  if (page.examples?.length) lines.push("", "Examples:", ...page.examples.map((one) => `  ${one}`));
  if (page.subcommands?.length) {
    const wide = Math.max(...page.subcommands.map(({ name }) => name.length));
    lines.push("", "Commands:");
    for (const one of page.subcommands) lines.push(`  ${one.name.padEnd(wide)}  ${one.summary}`);
  }
  lines.push("", "Flags:");
  for (const [key, declared] of sorted(page.flags)) lines.push(...flagLines(key, declared));
  return `${lines.join("\n")}\n`;
}

function usageLine({ name, usage, subcommands }: CommandPage): string {
  return [name, subcommands?.length ? "<command>" : "", usage ?? "", "[flags]"].filter((part) => part !== "").join(" ");
}

function sorted(table: FlagTable): readonly [string, Flag<unknown>][] {
  return Object.entries(table).sort(([a, x], [b, y]) => (flagName(a, x) < flagName(b, y) ? -1 : 1));
}

function flagLines(key: string, declared: Flag<unknown>): readonly string[] {
  const short = declared.short === undefined ? "    " : `-${declared.short}, `;
  const kind = declared.parse.isSwitch ? "" : ` ${declared.parse.kind}`;
  const head = `  ${short}--${flagName(key, declared)}${kind}`;
  return [head, ...wrap(describeFlag(declared), widthMax - 10).map((line) => `          ${line}`)];
}

/** Help, choices, default and what else is to be known, in one paragraph. */
function describeFlag(declared: Flag<unknown>): string {
  const parts = [declared.help];
  const { choices, isSwitch } = declared.parse;
  if (choices !== undefined && !isSwitch) parts.push(`One of: ${choices.filter((one) => one !== "").join(", ")}.`);
  const byDefault = declared.secret ? "" : declared.parse.print(declared.default);
  if (declared.required) parts.push("Required.");
  else if (byDefault !== "" && !(isSwitch && byDefault === "false")) parts.push(`Default: ${byDefault}.`);
  if (declared.live) parts.push("May change at run time.");
  if (declared.unused !== undefined) parts.push(`No effect here: ${declared.unused}.`);
  if (declared.refused !== undefined) parts.push(`Refused: ${declared.refused}.`);
  return parts.join(" ");
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The reference page: one section a command, one table row a flag. */
export function printReference(page: CommandPage, depth = 1): string {
  const heading = "#".repeat(Math.min(depth, 6));
  const lines = [`${heading} ${page.name}`, "", page.summary, "", "```", usageLine(page), "```"];
  if (page.examples?.length) lines.push("", "```", ...page.examples, "```");
  const flags = sorted(page.flags);
  if (flags.length > 0) {
    lines.push("", "| flag | type | default | meaning |", "|---|---|---|---|");
    for (const [key, declared] of flags) lines.push(referenceRow(key, declared));
  }
  const below = (page.subcommands ?? []).map((one) => `\n${printReference(one, depth + 1)}`);
  return `${lines.join("\n")}\n${below.join("")}`;
}

function referenceRow(key: string, declared: Flag<unknown>): string {
  const escape = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const byDefault = declared.secret ? "" : declared.parse.print(declared.default);
  const notes = describeFlag(declared).replace(` Default: ${byDefault}.`, "");
  const short = declared.short === undefined ? "" : `, \`-${declared.short}\``;
  const shown = byDefault === "" ? "" : `\`${byDefault}\``;
  return `| \`--${flagName(key, declared)}\`${short} | ${declared.parse.kind} | ${shown} | ${escape(notes)} |`;
}

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A script for the shell to source. */
export function printCompletion(page: CommandPage, shell: Shell): string {
  switch (shell) {
    case "bash":
      return bashCompletion(page);
    case "zsh":
      return `#compdef ${page.name}\nautoload -U bashcompinit && bashcompinit\n${bashCompletion(page)}`;
    case "fish":
      return fishCompletion(page);
  }
}

const words = (table: FlagTable) => [...sorted(table).map(([key, one]) => `--${flagName(key, one)}`), "--help"];

function bashCompletion(page: CommandPage): string {
  const name = `_${page.name.replace(/[^A-Za-z0-9]/g, "_")}_complete`;
  const below = page.subcommands ?? [];
  const choices = [page, ...below].flatMap(({ flags }) => valueChoices(flags));
  const unique = [...new Map(choices.map((one) => [one.name, one.choices]))];
  return `${[
    `${name}() {`,
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" one',
    '  for one in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    // Only a known command counts: what stands before it may be a flag's value.
    `    case " ${below.map((one) => one.name).join(" ")} " in *" $one "*) command="$one"; break ;; esac`,
    "  done",
    '  case "$before" in',
    ...unique.map(
      ([flag, list]) => `    --${flag}) COMPREPLY=($(compgen -W "${list.join(" ")}" -- "$word")); return ;;`,
    ),
    "  esac",
    '  case "$command" in',
    ...below.map((one) => {
      const all = words({ ...page.flags, ...one.flags }).join(" ");
      return `    ${one.name}) COMPREPLY=($(compgen -W "${all}" -- "$word")) ;;`;
    }),
    `    *) COMPREPLY=($(compgen -W "${[...below.map((one) => one.name), ...words(page.flags)].join(" ")}" -- "$word")) ;;`,
    "  esac",
    "}",
    `complete -o default -F ${name} ${page.name}`,
  ].join("\n")}\n`;
}

function valueChoices(table: FlagTable): readonly { readonly name: string; readonly choices: readonly string[] }[] {
  return sorted(table).flatMap(([key, { parse, ...rest }]) =>
    parse.choices === undefined || parse.isSwitch
      ? []
      : [{ name: flagName(key, { parse, ...rest }), choices: parse.choices.filter((one) => one !== "") }],
  );
}

function fishCompletion(page: CommandPage): string {
  const quote = (text: string) => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const lines: string[] = [];
  const add = (table: FlagTable, condition: string) => {
    for (const [key, one] of sorted(table)) {
      const short = one.short === undefined ? "" : ` -s ${one.short}`;
      const choices = one.parse.choices?.join(" ") ?? "";
      const value = one.parse.isSwitch ? "" : choices === "" ? " -r" : ` -x -a ${quote(choices)}`;
      const long = flagName(key, one);
      lines.push(`complete -c ${page.name}${condition} -l ${long}${short}${value} -d ${quote(one.help)}`);
    }
  };
  add(page.flags, "");
  for (const one of page.subcommands ?? []) {
    lines.push(`complete -c ${page.name} -n __fish_use_subcommand -f -a ${one.name} -d ${quote(one.summary)}`);
    add(one.flags, ` -n '__fish_seen_subcommand_from ${one.name}'`);
  }
  return `${lines.join("\n")}\n`;
}
