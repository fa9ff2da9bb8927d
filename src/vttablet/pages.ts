/**
 * The tablet's debug pages, with Vitess's paths (inventory 7.030). Texts of statements need the permission `debugging`, what
 * changes something needs `admin`.
 */
import type { Context } from "hono";
import { VtError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Clock } from "../base/clock.ts";
import type { FlagPanel } from "../base/live-flags.ts";
import { html, page, table } from "../servenv/html.ts";
import type { Route } from "../servenv/http.ts";
import { logRoutes } from "../servenv/log-pages.ts";
import { debugEnvironment, type DebugParts, setDebugVariable } from "./debug-env.ts";
import type { SchemaEngine } from "./query/schema-engine.ts";
import { redacted } from "./query/statement-events.ts";
import type { TabletQueryService } from "./query/tablet-query-service.ts";

export interface TabletPagesParts {
  readonly service: TabletQueryService;
  readonly schema: SchemaEngine;
  readonly logger: Logger;
  readonly clock: Clock;
  /** For limits that are flags. */
  readonly flags: FlagPanel;
  /** Lag that monitoring is to hear of. */
  readonly degradedMs: () => number;
  readonly logPaths: { readonly statements: string; readonly transactions: string };
}

/** Most plans, tables or statements on one page. */
const linesMax = 1000;
const textMax = 2000;
const nsPerMs = 1e6;

export function tabletPages(parts: TabletPagesParts): readonly Route[] {
  const { service, schema, logger, clock, flags, logPaths, degradedMs } = parts;
  const { statements, transactions } = service.recorder;
  const live: Route["answer"] = (c) =>
    c.req.query("format") === "json" ? c.json(liveQueries(service)) : livePage(service);
  const plans: Route["answer"] = (c) => c.json(busiest(service).map((use) => ({ Query: use.text, ...planOf(use) })));
  const get = (path: string, answer: Route["answer"]): Route => ({
    method: "GET",
    path,
    permission: "debugging",
    answer,
  });
  return [
    get("/debug/query_stats", (c) => c.json(queryStats(service))),
    get("/debug/tablet_plans", plans),
    get("/debug/query_plans", plans), // Its older name.
    get("/queryz", () => queryPage(service)),
    get("/livequeryz", live),
    get("/livequeryz/", live),
    get("/streamqueryz", live), // Its older name.
    ...logRoutes(
      statements,
      { streamPath: logPaths.statements, tablePath: "/querylogz", title: "Statements as they end" },
      clock,
    ),
    ...logRoutes(
      transactions,
      { streamPath: logPaths.transactions, tablePath: "/txlogz", title: "Transactions as they end" },
      clock,
    ),
    get("/twopcz", (c) => c.text(`${VtError.of("VT12001", "two-phase commit").message}\n`, 501)),
    get("/debug/status_details", (c) => c.json(statusDetails(service, degradedMs()))),
    {
      method: "POST",
      path: "/livequeryz/terminate",
      permission: "admin",
      answer: (c) => terminate(c, parts),
    },
    get("/debug/consolidations", (c) => c.text(consolidations(service))),
    get("/debug/hotrows", (c) => c.json(service.hotRows?.now ?? [])),
    get("/debug/acl", (c) => c.json(aclOf(service))),
    get("/debug/query_rules", (c) => c.json(rulesOf(service))),
    get("/schemaz", () => schemaPage(schema)),
    get("/debug/schema", (c) => c.json([...schema.snapshot.tables.values()].slice(0, linesMax))),
    get("/debug/env", (c) =>
      c.req.query("format") === "json" ? c.json(debugEnvironment({ service, flags })) : envPage({ service, flags }),
    ),
    {
      method: "POST",
      path: "/debug/env",
      permission: "admin",
      answer: async (c) => {
        const { varname, value } = await c.req.parseBody();
        const problem = setDebugVariable({ service, flags }, textOf(varname), textOf(value));
        if (problem !== undefined) return c.text(`${problem}\n`, 400);
        logger.warn({ variable: varname, value }, "a limit was changed at run time");
        return c.json(debugEnvironment({ service, flags }));
      },
    },
  ];
}

/** A file among the fields of a form is no value. */
const textOf = (field: unknown) => (typeof field === "string" ? field : "");

type Use = ReturnType<typeof busiest>[number];

/** The plans that took most time. */
function busiest({ plans }: TabletQueryService) {
  return [...plans.all()]
    .map(({ use }) => use)
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.timeMs - a.timeMs)
    .slice(0, linesMax);
}

function planOf(use: Use) {
  const { planType, tables } = use.facts;
  return { Table: tables[0] ?? "", Plan: planType };
}

function queryStats(service: TabletQueryService) {
  return busiest(service).map((use) => ({
    Query: use.text,
    ...planOf(use),
    QueryCount: use.count,
    Time: Math.round(use.timeMs * nsPerMs),
    RowsAffected: use.rowsAffected,
    RowsReturned: use.rowsReturned,
    ErrorCount: use.errors,
  }));
}

const short = (text: string) => (text.length > textMax ? `${text.slice(0, textMax)} […]` : text);

function queryPage(service: TabletQueryService): Response {
  const rows = busiest(service).map((use) => {
    const { Table, Plan } = planOf(use);
    const counts = [use.count, use.timeMs.toFixed(1), use.rowsAffected, use.rowsReturned, use.errors];
    return [short(use.text), Table, Plan, ...counts, (use.timeMs / use.count).toFixed(3)];
  });
  const head = ["query", "table", "plan", "count", "time (ms)", "rows affected", "rows returned", "errors", "ms each"];
  return page("Queries by time", html`${table(head, rows)}`);
}

/** What monitoring asks of the tablet's parts. */
function statusDetails({ health }: TabletQueryService, degradedMs: number) {
  const { target, isServing, healthError, replicationLagSeconds, qps } = health.current;
  const state = (isGood: boolean) => (isGood ? "healthy" : "unhappy");
  return [
    {
      Key: "Current State",
      Class: state(isServing),
      Value: `${target.tabletType}: ${isServing ? "Serving" : healthError}`,
    },
    {
      Key: "Replication Lag",
      Class: state(replicationLagSeconds * 1000 < degradedMs),
      Value: `${replicationLagSeconds}s`,
    },
    { Key: "Query Rate", Class: "healthy", Value: qps.toFixed(2) },
  ];
}

function liveQueries({ running, recorder, plans }: TabletQueryService) {
  const shown = (text: string) => (recorder.redacts ? redacted(text, plans.modes.base) : text);
  return running
    .all()
    .slice(0, linesMax)
    .map(({ request, connectionId, heldId, sinceMs }) => ({
      Type: request.options.workload.toLowerCase(),
      Query: short(shown(request.sql)),
      User: request.caller.immediate.username,
      ConnID: connectionId,
      TransactionID: heldId,
      sinceMs,
    }));
}

function livePage(service: TabletQueryService): Response {
  const rows = liveQueries(service).map(({ Query, User, ConnID, TransactionID, Type }) => [
    Query,
    User,
    Type,
    TransactionID,
    ConnID,
    html`<form method="post" action="/livequeryz/terminate"><input type="hidden" name="connID" value="${ConnID}"><button>terminate</button></form>`,
  ]);
  const head = ["query", "user", "workload", "transaction", "connection", ""];
  return page("Statements that run now", html`${table(head, rows)}`);
}

async function terminate(context: Context, { service, logger }: TabletPagesParts): Promise<Response> {
  const { connID } = await context.req.parseBody();
  const id = Number(connID);
  if (!Number.isSafeInteger(id) || id <= 0) return context.text("connID is the number of a connection\n", 400);
  if (!service.running.terminate(id)) return context.text(`nothing runs on the connection ${id}\n`, 404);
  logger.warn({ connectionId: id }, "a statement was stopped by an operator");
  return context.text(`the statement on the connection ${id} is being stopped\n`);
}

function consolidations({ consolidator }: TabletQueryService): string {
  const lines = [...consolidator.recent]
    .sort(([, a], [, b]) => b - a)
    .map(([text, count]) => `${count}: ${short(text)}`);
  return `Length: ${lines.length}\n${lines.join("\n")}\n`;
}

function aclOf({ authorizer }: TabletQueryService) {
  const acl = authorizer?.acl;
  if (acl === undefined) return { table_groups: [] };
  const names = [...acl.byTable, ...acl.byPrefix.map(({ prefix, group }) => [`${prefix}%`, group] as const)];
  const groups = new Map<
    string,
    { table_names_or_prefixes: string[]; readers: unknown; writers: unknown; admins: unknown }
  >();
  for (const [name, { name: group, ...members }] of names) {
    const found = groups.get(group);
    if (found === undefined) groups.set(group, { table_names_or_prefixes: [name], ...members });
    else found.table_names_or_prefixes.push(name);
  }
  return { table_groups: [...groups].map(([name, group]) => ({ name, ...group })) };
}

function rulesOf({ authorizer }: TabletQueryService) {
  return (authorizer?.rules ?? []).map(({ name, description, action, plans, tables, user, query, binds }) => ({
    Name: name,
    Description: description,
    Action: action,
    Plans: plans,
    TableNames: tables,
    User: user?.source,
    Query: query?.source,
    BindVarConds: binds.map((bind) => bind.name),
  }));
}

function schemaPage(schema: SchemaEngine): Response {
  const rows = [...schema.snapshot.tables.values()]
    .slice(0, linesMax)
    .map(({ name, kind, columns, primaryKey }) => [
      name,
      kind,
      columns.map((column) => `${column.name} ${column.type}`).join(", "),
      primaryKey.join(", "),
    ]);
  return page("Schema", html`${table(["table", "kind", "columns", "primary key"], rows)}`);
}

function envPage(parts: DebugParts): Response {
  const rows = Object.entries(debugEnvironment(parts)).map(([name, value]) => [
    name,
    value,
    html`<form method="post" action="/debug/env"><input type="hidden" name="varname" value="${name}"><input name="value" size="8"><button>set</button></form>`,
  ]);
  return page("Limits", html`${table(["variable", "value", ""], rows)}`);
}
