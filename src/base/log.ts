/**
 * Structured logs, one JSON object a line (or text for people). A `Logger` is an argument; `silentLogger` for tests.
 * Fields are plain data; an `Error` goes under the key `err`.
 */
import { pino } from "pino";

export interface Logger {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
  /** A logger that adds `fields` to every line. */
  readonly child: (fields: LogFields) => Logger;
}

export type LogFields = { readonly [key: string]: unknown };
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A logger whose level may change while it is used. */
export interface OpenLogger extends Logger {
  readonly setLevel: (level: LogLevel) => void;
}

/** Logs to standard error, so that standard output stays free for a command's answer. */
export function openLogger(options: {
  readonly level: LogLevel;
  readonly role: string;
  readonly format?: "json" | "text";
}): OpenLogger {
  const lines = pino.destination({ fd: 2, sync: true });
  const sink = pino(
    { level: options.level, base: { role: options.role }, timestamp: pino.stdTimeFunctions.isoTime },
    options.format === "text" ? { write: (line: string) => lines.write(printLine(line)) } : lines,
  );
  const setLevel = (level: LogLevel) => {
    sink.level = level;
  };
  return Object.assign(sink as unknown as Logger, { setLevel });
}

interface PinoLine {
  readonly level: number;
  readonly time: string;
  readonly role: string;
  readonly msg: string;
  readonly err?: { readonly stack?: string };
  readonly [field: string]: unknown;
}

/** pino's line for people: "13:37:01.250 INFO  vtctld is up port=15000". */
function printLine(line: string): string {
  const { level, time, role, msg, err, ...fields } = JSON.parse(line) as PinoLine;
  const name = pino.levels.labels[level] ?? "";
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const cause = err === undefined ? "" : `\n    ${err.stack ?? JSON.stringify(err)}`;
  return `${time.slice(11, 23)} ${name.toUpperCase().padEnd(5)} ${role}: ${msg}${rest.join("")}${cause}\n`;
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
