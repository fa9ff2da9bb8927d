/**
 * What planning a Finish gathers on its way: the reads that shards are asked, each with a number. In the statement that
 * one server finishes a marker stands in the place of each read's rows.
 */
import type { Gather } from "../../engine/primitive.ts";
import type { Query, Select } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import { walk } from "../../sqlparser/walk.ts";
import type { Builder } from "../build/builder.ts";
import type { SessionBind } from "../lower/session-names.ts";
import type { Source } from "../lower/route.ts";

const bindPrefix = "__gather";
const armPrefix = "__gatherarm";
export const markerName = `:${bindPrefix}`;
/** A marker as it is printed: what stands in parentheses by itself, or an arm of UNION, which needs them. */
export const markerPattern = /select :__gather(arm)?(\d+)/;

export class Gathering {
  readonly builder: Builder;
  readonly source: Source;
  /** The keyspace whose servers finish: its reference tables are there, all else is gathered. */
  readonly home: string;
  readonly rules: Set<string>;
  readonly gathers: Gather[] = [];
  readonly sessionBinds: SessionBind[] = [];
  /** The gathers of tables, by the number of their source. */
  readonly tables = new Map<number, number>();
  /** Names of columns that the statement mentions; undefined where a * or NATURAL means all. */
  readonly mentioned: ReadonlySet<string> | undefined;

  constructor(
    builder: Builder,
    source: Source,
    home: string,
    mentioned: ReadonlySet<string> | undefined,
    rules: Set<string>,
  ) {
    this.builder = builder;
    this.source = { ...source, text: undefined };
    this.home = home;
    this.mentioned = mentioned;
    this.rules = rules;
  }

  /** Answers the query that stands for the rows. */
  add(gather: Gather, binds: readonly SessionBind[]): Select {
    this.gathers.push(gather);
    if (gather.input.keyspace !== this.home) this.rules.add("gather-from-keyspaces");
    this.note(binds);
    return marker(`${bindPrefix}${this.gathers.length - 1}`);
  }

  note(binds: readonly SessionBind[]): void {
    for (const bind of binds) if (!this.sessionBinds.some((b) => b.bind === bind.bind)) this.sessionBinds.push(bind);
  }
}

/** A marker that is an arm of UNION or its like. */
export function asArm(query: Query): Query {
  const name = markerOf(query);
  return name === undefined ? query : marker(name.replace(bindPrefix, armPrefix));
}

/** A marker whose rows are a table: IN and its like take no LIMIT, and the rows' query has one. */
export function asTable(query: Query): Query {
  if (markerOf(query) === undefined) return query;
  const star = { kind: "Star", schema: undefined, table: undefined } as const;
  return plainSelect([star], [{ kind: "Derived", lateral: false, query, alias: "__rows", columns: [] }]);
}

function marker(name: string): Select {
  return plainSelect([{ kind: "SelectItem", expression: { kind: "Bind", name }, alias: undefined, text: "" }], []);
}

function markerOf(query: Query): string | undefined {
  const [item] = query.kind === "Select" && query.from.length === 0 ? query.items : [];
  if (item?.kind !== "SelectItem" || item.expression.kind !== "Bind") return undefined;
  const { name } = item.expression;
  return name.startsWith(bindPrefix) ? name : undefined;
}

/** Whether the shards lock the rows that they are asked for. */
export function effectOf(query: Query): "read" | "lock" {
  let isLocking = false;
  walk(query, (node) => {
    if (node.kind === "Lock") isLocking = true;
    return !isLocking;
  });
  return isLocking ? "lock" : "read";
}

/** The query with no rows: a server still says which columns it has. */
export function withoutRows(query: Query): Query {
  const count = { kind: "Literal", type: "integer", text: "0" } as const;
  const limit = { kind: "Limit", count, offset: undefined, rowsExamined: undefined, withTies: false } as const;
  return { ...query, orderBy: [], locks: [], into: undefined, limit };
}
