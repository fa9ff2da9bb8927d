/**
 * A throwaway server with one session of root's, for tests that ask it what a statement means: the answer is its rows as
 * JSON, or "error " and the number.
 */
import { ServerError } from "../base/errors.ts";
import { connect } from "../mysql/client.ts";
import { statement } from "../mysql/sql.ts";
import { quoteText } from "../sqlparser/quote.ts";
import type { Flavour } from "../mysql/client.ts";
import { startDatabase, testEnvironment } from "./throwaway-database.ts";

export interface AskedServer {
  /** As the server prints it. */
  readonly version: string;
  ask(sql: string): Promise<string>;
  /** Whether it reads the statement, which it does not run: error 0, or what PREPARE says to it. */
  judge(sql: string): Promise<Verdict>;
  stop(): Promise<void>;
}

export interface Verdict {
  readonly errno: number;
  readonly message: string;
}

export async function startAskedServer(flavour: Flavour): Promise<AskedServer> {
  const server = await startDatabase(flavour);
  const connection = await connect(testEnvironment, { address: { path: server.socketPath }, username: "root" });
  const ask = async (sql: string): Promise<string> => {
    try {
      return JSON.stringify((await connection.query(statement(sql))).rows);
    } catch (error) {
      if (error instanceof ServerError && !connection.isClosed) return `error ${error.errno}`;
      throw error;
    }
  };
  const judge = async (sql: string): Promise<Verdict> => {
    try {
      await connection.query(statement(`prepare s from ${quoteText(sql, true)}`));
      return { errno: 0, message: "" };
    } catch (error) {
      if (error instanceof ServerError && !connection.isClosed) return { errno: error.errno, message: error.message };
      throw new Error(`the server is gone: ${sql}`, { cause: error });
    }
  };
  const version = (await connection.query(statement("select version()"))).scalar ?? "";
  const stop = async () => {
    connection.close();
    await server.stop();
  };
  return { version, ask, judge, stop };
}
