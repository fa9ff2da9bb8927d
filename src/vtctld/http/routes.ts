/** All HTTP routes of vtctld's own. To add one: a line in `reads.ts` or `actions.ts`. */
import { VtError } from "../../base/errors.ts";
import type { Route } from "../../servenv/http.ts";
import { actionRoutes } from "./actions.ts";
import { type Api, type ApiRoute, mountApi } from "./api.ts";
import { readRoutes } from "./reads.ts";

export const apiRoutes: readonly ApiRoute[] = [...readRoutes, ...actionRoutes];

export function vtctldRoutes(api: Api): readonly Route[] {
  return mountApi(api, [...apiRoutes, ...unknownRoutes]);
}

/** Pages of VTAdmin ask for more than is served here: they too get JSON. */
const unknownRoutes = (["GET", "POST", "PUT", "DELETE"] as const).map(
  (method): ApiRoute => ({
    method,
    path: "/*",
    permission: "monitoring",
    answer: async (_api, request) => {
      throw VtError.of("VT12001", `${method} ${request.req.path}`);
    },
  }),
);
