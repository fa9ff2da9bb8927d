/**
 * The pages that every role serves: /healthz, /debug/health, /debug/liveness, /debug/vars, /metrics, /debug/status and
 * /debug/config. A role adds its own routes and its own sections of the status page.
 */
import type { Context } from "hono";
import { FlagError } from "../base/flag-values.ts";
import type { FlagPanel } from "../base/live-flags.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Logger } from "../base/log.ts";
import { type Html, html, page, table } from "./html.ts";
import type { Route } from "./http.ts";
import type { RoleState } from "./lifecycle.ts";

/** A part of /debug/status. */
export interface StatusSection {
  readonly title: string;
  readonly body: () => Html | Promise<Html>;
}

export interface PageSources {
  readonly role: string;
  readonly version: string;
  readonly flags: FlagPanel;
  readonly metrics: () => Promise<Metrics>;
  readonly logger: Logger;
  readonly state: () => RoleState;
  /** What is wrong with the role, or undefined: /debug/health. */
  readonly complaint: () => string | undefined;
  readonly sections: readonly StatusSection[];
  readonly startedAt: string;
  /** Names of metrics that are not printed. */
  readonly droppedVars: readonly string[];
}

export function commonRoutes(sources: PageSources): readonly Route[] {
  const { metrics, role, state } = sources;
  return [
    { method: "GET", path: "/healthz", permission: "open", answer: (c) => health(c, sources) },
    { method: "GET", path: "/debug/health", permission: "monitoring", answer: (c) => health(c, sources) },
    { method: "GET", path: "/debug/liveness", permission: "open", answer: (c) => c.text(`ok: ${state()}\n`) },
    {
      method: "GET",
      path: "/debug/vars",
      permission: "monitoring",
      answer: async (c) => c.json(keep((await metrics()).vars(), sources.droppedVars)),
    },
    {
      method: "GET",
      path: "/metrics",
      permission: "monitoring",
      answer: async (c) =>
        c.text((await metrics()).prometheus(role, sources.droppedVars), 200, { "content-type": prometheusType }),
    },
    { method: "GET", path: "/", permission: "monitoring", answer: (c) => c.redirect("/debug/status") },
    { method: "GET", path: "/debug/status", permission: "debugging", answer: () => status(sources) },
    { method: "GET", path: "/debug/config", permission: "debugging", answer: (c) => c.json(sources.flags.describe()) },
    { method: "POST", path: "/debug/config", permission: "admin", answer: (c) => setConfig(c, sources) },
  ];
}

const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

function keep(vars: Readonly<Record<string, unknown>>, dropped: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(vars).filter(([name]) => !dropped.includes(name)));
}

/** 200 only while new work is welcome: 503 before, when leaving, and when the role complains. */
function health(context: Context, { state, complaint }: PageSources): Response {
  const wrong = state() === "serving" ? complaint() : state();
  return wrong === undefined ? context.text("ok\n") : context.text(`not healthy: ${wrong}\n`, 503);
}

async function status(sources: PageSources): Promise<Response> {
  const { role, version, startedAt, state, flags } = sources;
  const parts = await Promise.all(
    sources.sections.map(async ({ title, body }) => html`<h2>${title}</h2>${await body()}`),
  );
  const set = flags.describe().filter(({ origin }) => origin !== "default");
  return page(
    `${role}: ${state()}`,
    html`<nav><a href="/debug/vars">vars</a><a href="/metrics">metrics</a><a href="/debug/config">config</a><a
 href="/debug/health">health</a></nav>
<p>vitess-ts ${version}, process ${process.pid}, started ${startedAt}</p>${parts}
<h2>Flags that were set</h2>${table(
      ["flag", "value", "from"],
      set.map(({ name, value, origin }) => [`--${name}`, value, origin]),
    )}`,
  );
}

const settingsMax = 100;

/** Takes a form or a JSON object of flag → value. All are tried in order; the first that fails ends it. */
async function setConfig(context: Context, { flags, logger }: PageSources): Promise<Response> {
  const isJson = context.req.header("content-type")?.startsWith("application/json");
  const body = (isJson ? await context.req.json() : await context.req.parseBody()) as unknown;
  if (body === null || typeof body !== "object") return context.text("expected flags by name\n", 400);
  const settings = Object.entries(body);
  if (settings.length > settingsMax) return context.text(`at most ${settingsMax} flags at once\n`, 400);
  try {
    for (const [name, value] of settings) {
      flags.set(name, String(value));
      logger.warn({ flag: name, value: String(value) }, "a flag was changed at run time");
    }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return context.text(`${error.message}\n`, 400);
  }
  const names = new Set(settings.map(([name]) => name.replaceAll("_", "-")));
  return context.json(flags.describe().filter(({ name }) => names.has(name)));
}
