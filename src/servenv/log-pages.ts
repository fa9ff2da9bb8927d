/** Pages of an event log: a stream of its lines, and a table of those of the next seconds; and its lines in a file. */
import type { Context } from "hono";
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Logger } from "../base/log.ts";
import type { EventLog } from "./event-log.ts";
import { page, table } from "./html.ts";
import type { Route } from "./http.ts";
import type { Service } from "./lifecycle.ts";

const linesMax = 100_000;
const heldLinesMax = 1000;
const tableLinesDefault = 300;
const tableSecondsDefault = 10;
const tableSecondsMax = 60;
const fileBytesHeldMax = 16 << 20;

// biome-ignore lint/suspicious/noExplicitAny: only its lines matter here.
type AnyLog = EventLog<any>;

export interface LogPlace {
  readonly streamPath: string;
  readonly tablePath: string;
  readonly title: string;
}

export function logRoutes(log: AnyLog, { streamPath, tablePath, title }: LogPlace, clock: Clock): readonly Route[] {
  const get = (path: string, answer: Route["answer"]): Route => ({
    method: "GET",
    path,
    permission: "debugging",
    answer,
  });
  return [get(streamPath, (c) => streamLog(c, log)), get(tablePath, (c) => tableOfLog(c, log, title, clock))];
}

function wanted(context: Context, name: string, usual: number, max: number): number {
  const asked = Number(context.req.query(name) ?? usual);
  return asked > 0 ? Math.min(asked, max) : usual;
}

/** ?limit=n ends after n lines. A reader that falls behind loses lines, and holds up nobody. */
function streamLog(context: Context, log: AnyLog): Response {
  let left = wanted(context, "limit", linesMax, linesMax);
  let stop: (() => void) | undefined;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = log.listen((line) => {
          if ((controller.desiredSize ?? 0) <= 0) return;
          controller.enqueue(encoder.encode(`${line}\n`));
          left--;
          if (left > 0) return;
          stop?.();
          controller.close();
        });
        if (stop === undefined) controller.close();
      },
      cancel() {
        stop?.();
      },
    },
    { highWaterMark: heldLinesMax },
  );
  const type = log.format === "json" ? "application/x-ndjson" : "text/plain; charset=utf-8";
  return new Response(body, { headers: { "content-type": type, "x-content-type-options": "nosniff" } });
}

/** ?limit=n lines, or what comes within ?timeout=n seconds. */
async function tableOfLog(context: Context, log: AnyLog, title: string, clock: Clock): Promise<Response> {
  const limit = wanted(context, "limit", tableLinesDefault, heldLinesMax);
  const seconds = wanted(context, "timeout", tableSecondsDefault, tableSecondsMax);
  const lines: string[] = [];
  let stop: (() => void) | undefined;
  await new Promise<void>((resolve) => {
    const timer = clock.after(seconds * 1000, resolve);
    stop = log.listen((line) => {
      lines.push(line);
      if (lines.length < limit) return;
      timer.cancel();
      resolve();
    });
    if (stop !== undefined) return;
    timer.cancel();
    resolve();
  });
  stop?.();
  return page(
    title,
    table(
      log.head,
      lines.slice(0, limit).map((line) => cellsOf(line, log)),
    ),
  );
}

function cellsOf(line: string, { format }: AnyLog): readonly string[] {
  if (format === "text") return line.split("\t");
  return Object.values(JSON.parse(line) as object).map((value) =>
    typeof value === "object" ? JSON.stringify(value) : String(value),
  );
}

/** --log-queries-to-file, where it is given. */
export function queryLogFile(
  { logQueriesToFile: path }: { readonly logQueriesToFile: string },
  log: AnyLog,
  { disk, logger }: { readonly disk: Disk; readonly logger: Logger },
): readonly Service[] {
  return path === "" ? [] : [logFile(log, path, disk, logger)];
}

/** Appends each line to a file while it is started; what a slow disk cannot take is dropped, and said. */
function logFile(log: AnyLog, path: string, disk: Disk, logger: Logger): Service {
  let stop: (() => void) | undefined;
  let file: ReturnType<Disk["createWriteStream"]> | undefined;
  let dropped = 0;
  return {
    name: `log file ${path}`,
    start: () =>
      new Promise((resolve, reject) => {
        const opened = disk.createWriteStream(path, { flags: "a" });
        opened.once("error", reject);
        opened.once("open", () => {
          opened.off("error", reject);
          opened.on("error", (error) => logger.error({ err: error, path }, "the log file cannot be written"));
          file = opened;
          stop = log.listen((line) => {
            if (opened.writableLength > fileBytesHeldMax) dropped++;
            else opened.write(`${line}\n`);
          });
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        stop?.();
        if (dropped > 0) logger.warn({ dropped, path }, "the disk was too slow for some lines of the log file");
        if (file === undefined) return resolve();
        file.end(() => resolve());
      }),
  };
}
