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

/** Logs to standard error, so that standard output stays free for a command's answer. */
export function openLogger(options: { readonly level: LogLevel; readonly role: string }): Logger {
  const sink = pino(
    { level: options.level, base: { role: options.role }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return sink as unknown as Logger;
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
