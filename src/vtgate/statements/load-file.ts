/**
 * LOAD DATA. A file of the server's own goes to an unsharded keyspace's server as the statement is. With LOCAL the client is
 * asked for the file: its rows become INSERT IGNORE (REPLACE INTO) of many rows, planned as any other, so that they come to
 * their shards and are one statement: all of it or nothing.
 */
import { ServerError, VtError } from "../../base/errors.ts";
import { Queue } from "../../base/stream.ts";
import { type Answered, emptyTrailer } from "../../engine/primitive.ts";
import type { LoadFile } from "../../sqlparser/ast/dml.ts";
import { encodeText } from "../../sqlparser/source.ts";
import type { Column } from "../../sqltypes/result.ts";
import type { Carrying } from "../carrying.ts";
import { describe } from "../describe.ts";
import { type InfileRow, InfileRows, localFileBytesDefault } from "../infile-rows.ts";
import { trailerOf } from "../row-streams.ts";
import type { StatementRun } from "../statement-run.ts";
import { infileFormat } from "./infile-format.ts";
import { InfileTable, loadCharset } from "./infile-table.ts";
import { runProgram } from "./schema.ts";
import { sendAsItIs } from "./send.ts";

export function loadFile(statement: LoadFile, carrying: Carrying): Promise<void> | void {
  const { run } = carrying;
  const isPointed = run.session.target.destination !== undefined;
  if (!statement.local) return isPointed ? sendAsItIs(statement, carrying) : runProgram(statement, carrying);
  if (isPointed) throw VtError.of("VT12001", "LOAD DATA LOCAL to a shard");
  return loadLocal(statement, carrying);
}

async function loadLocal(statement: LoadFile, { run, client, hasParameters }: Carrying): Promise<void> {
  const { gateway, session } = run;
  if (hasParameters || run.format === "binary")
    throw new ServerError(1295, "HY000", "This command is not supported in the prepared statement protocol yet");
  if (statement.format === "XML") throw VtError.of("VT12001", "LOAD XML LOCAL");
  if (!client.sendsFiles) throw notAllowed(run);
  const charset = await loadCharset(statement, run);
  const table = new InfileTable(statement, await columnsOf(statement, run), charset);
  const { localFileBytesMax = localFileBytesDefault } = gateway.options;
  const format = infileFormat(statement, gateway.environmentOf(session));
  const { fieldCount: fieldsMax } = table;
  const rows = new InfileRows({ ...format, fieldsMax, rowBytesMax });
  const file = askFor(statement.file, rows, localFileBytesMax, client);
  try {
    await trailerOf(run.atomically(() => insertAll(file, table, run)));
  } catch (thrown) {
    await file.ended(); // Only then does the client listen.
    throw thrown;
  }
  run.ok(table.trailer(session));
}

// oxlint-disable-next-line require-yield
async function* insertAll(file: AskedFile, table: InfileTable, run: StatementRun): Answered {
  for await (const some of file.rows) for (const batch of batchesOf(some)) await table.insert(batch, run);
  return emptyTrailer;
}

/** What one INSERT takes. */
const batchRowsMax = 500;
const batchBytesMax = 1024 * 1024;
const rowBytesMax = 64 * 1024 * 1024;
const chunksMax = 16;

function notAllowed({ gateway }: StatementRun): ServerError {
  return gateway.options.environment.flavour === "mysql"
    ? new ServerError(
        3948,
        "42000",
        "Loading local data is disabled; this must be enabled on both the client and server sides",
      )
    : new ServerError(
        4166,
        "HY000",
        "The used command is not allowed because the MariaDB server or client has disabled the local infile capability",
      );
}

/** The table's columns, as SELECT * has them. */
async function columnsOf({ table, columns }: LoadFile, run: StatementRun): Promise<readonly Column[]> {
  const { gateway, session } = run;
  const name = (part: string) => `\`${part.replaceAll("`", "``")}\``;
  const source = table.schema === undefined ? name(table.name) : `${name(table.schema)}.${name(table.name)}`;
  const understood = gateway.understand(`select * from ${source}`, session, true);
  const described = await describe(gateway, session, understood, 0);
  if (described.columns.length === 0 && columns.length === 0)
    throw VtError.of("VT12001", "LOAD DATA LOCAL without a list of columns, into a table whose columns are not known");
  return described.columns;
}

interface AskedFile {
  readonly rows: AsyncIterable<readonly InfileRow[]>;
  /** The client has sent all of it, or is gone. */
  ended(): Promise<void>;
}

/** Asks the client for the file that its statement names, and reads it no faster than its rows are taken. */
function askFor(name: string, rows: InfileRows, bytesMax: number, client: Carrying["client"]): AskedFile {
  let bytes = 0;
  let isWanted = true;
  const whole = Promise.withResolvers<void>();
  const inbox = new Queue<readonly InfileRow[]>(chunksMax, () => request.resume());
  const fail = (error: unknown) => {
    isWanted = false;
    inbox.end(error);
  };
  const read = (take: () => readonly InfileRow[]): boolean => {
    try {
      const found = take();
      return found.length === 0 || inbox.push(found) || inbox.isClosed;
    } catch (thrown) {
      fail(thrown);
      return true;
    }
  };
  const request = client.requestFile(encodeText(name), {
    bytes: (chunk) => {
      bytes += chunk.length;
      if (bytes > bytesMax && isWanted)
        fail(VtError.of("VT21001", `${bytesMax} bytes`, "mysql-server-local-infile-max"));
      return !isWanted || read(() => rows.push(chunk));
    },
    end: () => {
      if (isWanted) read(() => rows.end());
      inbox.end();
      whole.resolve();
    },
    lost: () => {
      fail(VtError.of("VT20015"));
      whole.resolve();
    },
  });
  const ended = () => {
    isWanted = false;
    request.resume();
    return whole.promise;
  };
  return { rows: inbox, ended };
}

function* batchesOf(rows: readonly InfileRow[]): Iterable<readonly InfileRow[]> {
  let batch: InfileRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    for (const field of row.fields) bytes += field?.length ?? 0;
    batch.push(row);
    if (batch.length < batchRowsMax && bytes < batchBytesMax) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
