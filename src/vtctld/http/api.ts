/**
 * The frame of the HTTP routes for the web page: VTAdmin's paths and shapes (inventory 12.010) below /api. Every answer
 * is JSON: `{result, ok: true}` or `{error: {code, message}, ok: false}`. One vtctld is one cluster, so lists over
 * clusters have one, and a route that names another answers 404.
 */
import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import type { Context } from "hono";
import { errorText, type GrpcCode, ServerError, VtError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { HttpPermission, Route } from "../../servenv/http.ts";
import { type TabletAlias, tabletAlias } from "../../topo/names.ts";
import { asClientError } from "../errors.ts";
import type { VtctldCall } from "../service.ts";
import type { GatewaySource } from "./insights.ts";

/** What the page shows of a tablet beyond its record. */
export interface TabletHealthView {
  readonly isServing: boolean;
  readonly lagSeconds: number;
  readonly qps: number;
  readonly error: string;
}

export interface Api {
  readonly call: VtctldCall;
  readonly cluster: { readonly id: string; readonly name: string };
  /** undefined: nothing was heard of it. */
  readonly health: (alias: TabletAlias) => TabletHealthView | undefined;
  /** This vtctld, for the list of vtctlds. */
  readonly hostname: string;
  readonly log: Logger;
  /** The gateways that this process was told of. */
  readonly gateways: readonly GatewaySource[];
}

export type Json = { readonly [name: string]: JsonValue | undefined };

export interface ApiRoute {
  readonly method: Route["method"];
  /** Below /api. */
  readonly path: string;
  readonly permission: HttpPermission;
  readonly answer: (api: Api, request: Context) => Promise<Json>;
}

/** The routes as the HTTP server takes them. */
export function mountApi(api: Api, routes: readonly ApiRoute[]): readonly Route[] {
  return routes.map(({ method, path, permission, answer }) => ({
    method,
    path: `/api${path}`,
    permission,
    answer: async (request) => {
      try {
        mustBeOurs(api, request);
        return request.json({ result: await answer(api, request), ok: true });
      } catch (thrown) {
        return failure(api, request, asClientError(thrown));
      }
    },
  }));
}

function mustBeOurs({ cluster }: Api, request: Context): void {
  const wanted = request.req.param("cluster_id");
  if (wanted !== undefined && wanted !== cluster.id) throw VtError.of("VT23001", `cluster ${wanted}`);
}

const httpStatus = {
  not_found: 404,
  already_exists: 409,
  invalid_argument: 400,
  failed_precondition: 412,
  permission_denied: 403,
  unauthenticated: 401,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
} as const satisfies { readonly [code in GrpcCode]?: number };

function failure(api: Api, request: Context, error: unknown): Response {
  const isKnown = error instanceof VtError || error instanceof ServerError;
  if (!isKnown) api.log.error({ err: error, path: request.req.path }, "an API route failed");
  const grpc = error instanceof VtError ? error.grpc : "internal";
  const status = Object.hasOwn(httpStatus, grpc) ? httpStatus[grpc as keyof typeof httpStatus] : 500;
  return request.json({ error: { code: grpc, message: errorText(error) }, ok: false }, status);
}

/** The values of a query parameter: `?cell=a&cell=b`. */
export const many = (request: Context, name: string): string[] => request.req.queries(name) ?? [];

/** A parameter of the path; the router has made sure that it is there. */
export const word = (request: Context, name: string): string => request.req.param(name) ?? "";

/** `:tablet` of a path, as a request's alias. */
export function tabletOf(request: Context): { readonly cell: string; readonly uid: number } {
  return aliasParts(tabletAlias(word(request, "tablet")));
}

export function aliasParts(alias: TabletAlias): { readonly cell: string; readonly uid: number } {
  const at = alias.lastIndexOf("-");
  return { cell: alias.slice(0, at), uid: Number(alias.slice(at + 1)) };
}

/** The body as a message; an empty body is an empty message. Unknown fields are left out: pages send more than we know. */
export async function bodyOf<D extends DescMessage>(request: Context, schema: D): Promise<MessageShape<D>> {
  const text = await request.req.text();
  try {
    return fromJson(schema, text.trim() === "" ? {} : (JSON.parse(text) as JsonValue), { ignoreUnknownFields: true });
  } catch (error) {
    throw VtError.of("VT23007", `a body that can be read (${errorText(error)})`);
  }
}
