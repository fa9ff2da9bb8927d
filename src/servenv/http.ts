/**
 * HTTP pages. A `Route` says which permission it needs where it is declared; without one it does not compile. The
 * security policy decides which permissions are granted; the check stands here, in front of every answer.
 *
 * A request that changes something (any method but GET and HEAD) is refused when a browser sends it from another site.
 * Sizes, times and connections are limited; a port in use is an error that names the flag.
 */
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { errorText } from "../base/errors.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Logger } from "../base/log.ts";
import type { Service } from "./lifecycle.ts";

/**
 * open: anybody, under every policy (health for supervisors). monitoring: numbers and states. debugging: texts of
 * queries, configuration, schemas. admin: changes.
 */
export type HttpPermission = "open" | "monitoring" | "debugging" | "admin";
export type SecurityPolicy = "" | "deny-all" | "read-only";

const granted: Readonly<Record<SecurityPolicy, readonly HttpPermission[]>> = {
  "": ["open", "monitoring", "debugging", "admin"],
  "read-only": ["open", "monitoring", "debugging"],
  "deny-all": ["open"],
};

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** hono's patterns: "/api/keyspace/:cluster_id/:name", "/app/*". */
  readonly path: string;
  readonly permission: HttpPermission;
  readonly answer: (request: Context) => Response | Promise<Response>;
}

const bodyBytesMax = 4 << 20;
const connectionsMax = 1000;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 120_000;

/** The routes as one function from request to answer: what the server runs, and what tests call. */
export function httpApp(
  routes: readonly Route[],
  options: { readonly policy: SecurityPolicy; readonly logger: Logger },
): Hono {
  const app = new Hono();
  const tooLarge = (context: Context) => context.text(`a body may have ${bodyBytesMax} bytes`, 413);
  app.use(bodyLimit({ maxSize: bodyBytesMax, onError: tooLarge }));
  app.use(async (context, next) => {
    if (isForeign(context)) return context.text("refused: sent from another site", 403);
    await next();
    return undefined;
  });
  for (const { method, path, permission, answer } of routes) {
    const isGranted = granted[options.policy].includes(permission);
    app.on(method, path, (context) =>
      isGranted
        ? answer(context)
        : context.text(`refused: --security-policy ${options.policy} does not grant ${permission}`, 403),
    );
  }
  app.notFound((context) => context.text("no such page", 404));
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    options.logger.error({ err: error, path: context.req.path }, "a page failed");
    return context.text(`failed: ${errorText(error)}`, 500);
  });
  return app;
}

/** Changing requests of browsers must come from our own pages. Other programs send no Origin. */
function isForeign(context: Context): boolean {
  if (["GET", "HEAD"].includes(context.req.method)) return false;
  const origin = context.req.header("origin");
  if (origin === undefined) return context.req.header("sec-fetch-site") === "cross-site";
  return URL.parse(origin)?.host !== context.req.header("host");
}

export interface HttpServer extends Service {
  /** The port it listens on; 0 before start. */
  readonly port: number;
}

/** Serves `app` while it is started. */
export function httpServer(options: {
  readonly app: Hono;
  readonly port: number;
  readonly bindAddress: string;
  readonly logger: Logger;
}): HttpServer {
  const { app, port, bindAddress, logger } = options;
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: { headersTimeout: headersTimeoutMs } });
  if ("maxConnections" in server) server.maxConnections = connectionsMax;
  if ("requestTimeout" in server) server.requestTimeout = requestTimeoutMs;
  let listening = 0;
  return {
    name: "http",
    get port() {
      return listening;
    },
    start: () =>
      new Promise((resolve, reject) => {
        server.once("error", (error) => reject(listenError(error, "--port", bindAddress, port)));
        server.listen({ port, ...(bindAddress === "" ? {} : { host: bindAddress }) }, () => {
          const address = server.address();
          listening = typeof address === "object" && address !== null ? address.port : port;
          logger.info({ port: listening }, "HTTP pages are up");
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        if (listening === 0) return resolve();
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** Why listening failed, for people: names the address and the flag that sets it. */
export function listenError(error: Error & { code?: string }, flag: string, address: string, port: number): Error {
  const where = `${address === "" ? "*" : address}:${port}`;
  if (error.code === "EADDRINUSE") return new FlagError(`${where} is in use: choose another with ${flag}`);
  if (error.code === "EACCES") return new FlagError(`no permission to listen on ${where}: choose another with ${flag}`);
  if (error.code === "EADDRNOTAVAIL") return new FlagError(`${where} is no address of this machine (${flag})`);
  return error;
}
