/** Replays a binary log file into a server, by the flavour's own tools: what a restore to a point in time ends with. */
import { VtError } from "../base/errors.ts";
import { parsePosition, printWithoutKind } from "../binlog/gtid.ts";
import { findProgram } from "../mysqld/installed.ts";
import type { Mysqld } from "../mysqld/mysqld.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";

export interface BinlogReplay {
  readonly path: string;
  /** Encoded; only what is in it is replayed. "" is all. */
  readonly upTo: string;
  /** Seconds since 1970; what came later is left out. Undefined is all. */
  readonly beforeSeconds: number | undefined;
}

const errorTextMax = 4000;

export async function applyBinlog(mysqld: Mysqld, replay: BinlogReplay, env: MysqldEnvironment): Promise<void> {
  const isMariadb = mysqld.config.flavour === "mariadb";
  const printer = findProgram(isMariadb ? "mariadb-binlog" : "mysqlbinlog", env);
  const client = findProgram(isMariadb ? "mariadb" : "mysql", env);
  const user = mysqld.login("vt_dba");
  const clientEnvironment = { ...env.environment, MYSQL_PWD: user.password ?? "" };
  const clientArgs = ["--no-defaults", `--user=${user.username}`, `--socket=${mysqld.layout.socket}`, "--binary-mode"];
  const out = env.children.spawn(printer.command, printerArgs(replay, isMariadb), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env.environment, TZ: "UTC" }, // The stop time is written in UTC.
  });
  const into = env.children.spawn(client.command, clientArgs, {
    stdio: ["pipe", "ignore", "pipe"],
    env: clientEnvironment,
  });
  into.stdin.on("error", () => {}); // A client that ends early says why below.
  out.stdout.pipe(into.stdin);
  const [printed, executed] = await Promise.all([ended(out), ended(into)]);
  const failure = executed.code !== 0 ? executed : printed;
  if (failure.code !== 0)
    throw VtError.of("VT22013", `${replay.path} could not be replayed: ${failure.said}`, "see the server's error log");
}

function printerArgs({ path, upTo, beforeSeconds }: BinlogReplay, isMariadb: boolean): string[] {
  const args = ["--no-defaults", ...(isMariadb ? [] : ["--skip-gtids=0"])];
  if (upTo !== "") {
    const gtids = printWithoutKind(parsePosition(upTo));
    args.push(isMariadb ? `--stop-position=${gtids}` : `--include-gtids=${gtids}`);
  }
  if (beforeSeconds !== undefined) {
    const time = new Date(beforeSeconds * 1000).toISOString().slice(0, 19).replace("T", " ");
    args.push(`--stop-datetime=${time}`);
  }
  return [...args, path];
}

interface Tool {
  readonly stderr: NodeJS.ReadableStream;
  once(event: "error", listener: (error: Error) => void): unknown;
  once(event: "close", listener: (code: number | null) => void): unknown;
}

function ended(tool: Tool): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    let said = "";
    tool.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-errorTextMax)));
    tool.once("error", reject);
    tool.once("close", (code) => resolve({ code, said: said.trim() }));
  });
}
