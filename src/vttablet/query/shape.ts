/** The shape of the connection that a request wants. */
import type { QueryRequest } from "../../rpc/query-service.ts";
import type { Shape } from "./pooled-connection.ts";

export function shapeOf({ options, settings }: QueryRequest): Shape {
  const limit = options.sqlSelectLimit;
  const own = limit > 0 ? [`set sql_select_limit = ${Math.trunc(limit)}`] : [];
  return { foundRows: options.clientFoundRows, settings: own.length === 0 ? settings : [...settings, ...own] };
}

export function inTransaction({ foundRows, settings }: Shape): Shape {
  return { foundRows, settings: [...settings, "set autocommit = 0"] };
}
