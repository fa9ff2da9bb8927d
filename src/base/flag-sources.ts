/**
 * Where a flag's value comes from: command line > environment (VT_…) > configuration file > default.
 *
 * The environment's name of `--topo-global-root` is VT_TOPO_GLOBAL_ROOT. The file is YAML or JSON with the flags' names
 * as keys (dashes or underscores); lists may be lists there. It is found by `--config-file`, or as `--config-name` in
 * the folders of `--config-path`. Each value is checked wherever it comes from, and an error says where that is.
 */
import { parse as parseYaml } from "yaml";
import type { Disk } from "./disk.ts";
import type { Environment } from "./environment.ts";
import { errorText } from "./errors.ts";
import { boolean, FlagError, listOf, oneOf, periodMs, string } from "./flag-values.ts";
import {
  type CommandLine,
  type Flag,
  flag,
  flagName,
  flagNames,
  type FlagTable,
  readCommandLine,
  type Setting,
  suggestion,
  type Values,
} from "./flags.ts";

/** How the configuration file is found: part of every role's table. */
export const configFlags = {
  configFile: flag({ parse: string, default: "", help: "Configuration file to read; wins over the search." }),
  configPath: flag({ parse: listOf(string), default: ["."], help: "Folders searched for the configuration file." }),
  configName: flag({ parse: string, default: "vtconfig", help: "Name of that file, without its ending." }),
  configType: flag({
    parse: oneOf("", "yaml", "yml", "json"),
    default: "",
    help: "Form of the file; empty: by its ending.",
  }),
  configFileNotFoundHandling: flag({
    parse: oneOf("ignore", "warn", "error", "exit"),
    default: "warn",
    help: "What to do when a file that was asked for is not there.",
  }),
  configPersistenceMinIntervalMs: flag({
    parse: periodMs,
    default: 1000,
    help: "Least time between two writes of live values to the file.",
    unused: "live values are kept until the process ends and are never written to the file",
  }),
} as const;

export type FlagOrigin = "default" | "file" | "environment" | "command line" | "live";

export interface Resolved<F extends FlagTable> {
  readonly values: Values<F>;
  readonly origins: { readonly [K in keyof F]: FlagOrigin };
  readonly positionals: readonly string[];
  readonly helpWanted: boolean;
  /** For people, to be logged once the log is open. */
  readonly warnings: readonly string[];
}

export interface FlagSources {
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly disk: Disk;
}

const fileBytesMax = 1 << 20;

/** Reads every source. Throws FlagError; when help is wanted, missing required flags are no error. */
export function resolveFlags<F extends FlagTable>(table: F, sources: FlagSources): Resolved<F> {
  return resolveCommandLine(table, readCommandLine(table, sources.args), sources);
}

/** The same for a command line that has been split already. */
export function resolveCommandLine<F extends FlagTable>(
  table: F,
  line: CommandLine,
  sources: Omit<FlagSources, "args">,
): Resolved<F> {
  const values: Record<string, unknown> = {};
  const origins: Record<string, FlagOrigin> = {};
  for (const [key, declared] of Object.entries(table)) {
    values[key] = declared.default;
    origins[key] = "default";
  }
  const apply = (settings: readonly Setting[], origin: FlagOrigin) => {
    const seen = new Set<string>();
    for (const { key, text } of settings) {
      const declared = table[key] as Flag<unknown>;
      const value = parseValue(key, declared, text, origin);
      const { parse } = declared;
      values[key] = seen.has(key) && parse.append !== undefined ? parse.append(values[key], value) : value;
      origins[key] = origin;
      seen.add(key);
    }
  };
  const warnings: string[] = [];
  apply(environmentSettings(table, sources.environment), "environment");
  apply(line.settings, "command line");
  if ("configFile" in table) {
    const file = findFile(values as unknown as Values<typeof configFlags>, origins, sources.disk, warnings);
    if (file !== undefined) {
      const above = new Set(Object.keys(origins).filter((key) => origins[key] !== "default"));
      const settings = fileSettings(table, file.path, file.text, file.type);
      apply(
        settings.filter(({ key }) => !above.has(key)),
        "file",
      );
    }
  }
  for (const [key, declared] of Object.entries(table)) {
    const isSet = origins[key] !== "default";
    if (declared.required && !isSet && !line.helpWanted)
      throw new FlagError(`flag --${flagName(key, declared)} is required`);
    if (declared.refused !== undefined && isSet)
      throw new FlagError(`--${flagName(key, declared)} cannot be honoured: ${declared.refused}`);
    if (declared.unused !== undefined && isSet)
      warnings.push(`--${flagName(key, declared)} has no effect: ${declared.unused}`);
  }
  return {
    values: values as Values<F>,
    origins: origins as Resolved<F>["origins"],
    positionals: line.positionals,
    helpWanted: line.helpWanted,
    warnings,
  };
}

/** Parses one value; the error names the flag and where the text came from. */
export function parseValue<T>(key: string, declared: Flag<T>, text: string, origin: FlagOrigin): T {
  try {
    return declared.parse(text);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const from = origin === "command line" ? "" : ` (${origin})`;
    const shown = declared.secret ? "the value" : JSON.stringify(text);
    throw new FlagError(`--${flagName(key, declared)}${from}: ${error.message}, got ${shown}`);
  }
}

export const environmentName = (name: string) => `VT_${name.replaceAll("-", "_").toUpperCase()}`;

function environmentSettings(table: FlagTable, environment: Environment): readonly Setting[] {
  return Object.entries(table).flatMap(([key, declared]) => {
    const text = environment[environmentName(flagName(key, declared))];
    return text === undefined ? [] : [{ key, text }];
  });
}

interface ConfigFile {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

function findFile(
  values: Values<typeof configFlags>,
  origins: Readonly<Record<string, FlagOrigin>>,
  disk: Disk,
  warnings: string[],
): ConfigFile | undefined {
  const { configFile, configPath, configName, configType, configFileNotFoundHandling } = values;
  const endings = configType === "" ? ["yaml", "yml", "json"] : [configType];
  const searched = configPath.flatMap((folder) => endings.map((ending) => `${folder}/${configName}.${ending}`));
  const path = configFile === "" ? searched.find((one) => disk.existsSync(one)) : configFile;
  if (path !== undefined && disk.existsSync(path)) {
    if (disk.statSync(path).size > fileBytesMax)
      throw new FlagError(`configuration file ${path} is larger than ${fileBytesMax} bytes`);
    const type = configType === "" ? (/\.([a-z]+)$/i.exec(path)?.[1] ?? "yaml").toLowerCase() : configType;
    return { path, type, text: disk.readFileSync(path, "utf8") };
  }
  const asked = ["configFile", "configPath", "configName"].some((key) => origins[key] !== "default");
  if (!asked || configFileNotFoundHandling === "ignore") return undefined;
  const message = `no configuration file at ${configFile === "" ? searched.join(", ") : configFile}`;
  if (configFileNotFoundHandling !== "warn") throw new FlagError(message);
  warnings.push(message);
  return undefined;
}

function fileSettings(table: FlagTable, path: string, text: string, type: string): readonly Setting[] {
  if (!["yaml", "yml", "json"].includes(type))
    throw new FlagError(`configuration file ${path} is ${type}: only yaml and json are read`);
  const names = flagNames(table);
  return Object.entries(parseFile(path, text, type)).flatMap(([name, value]) => {
    const key = names.get(name.replaceAll("_", "-"));
    if (key === undefined) throw new FlagError(`${path}: unknown flag ${name}${suggestion(name, names.keys(), "")}`);
    const items = Array.isArray(value) ? value : [value];
    if (items.some((item) => item === null || typeof item === "object"))
      throw new FlagError(`${path}: ${name} must be a plain value or a list of them`);
    if (Array.isArray(value) && table[key]?.parse.append === undefined)
      throw new FlagError(`${path}: ${name} takes one value, not a list`);
    return items.map((item) => ({ key, text: String(item) }));
  });
}

function parseFile(path: string, text: string, type: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = type === "json" ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    throw new FlagError(`${path}: ${errorText(error).split("\n")[0]}`);
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== "object" || Array.isArray(content))
    throw new FlagError(`${path}: expected flags by name at the top`);
  return content as Record<string, unknown>;
}

/** `--version` is a flag of every command. */
export const versionFlags = {
  version: flag({ parse: boolean, default: false, short: "v", help: "Print the version and stop." }),
} as const;
