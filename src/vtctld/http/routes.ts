/** All HTTP routes of vtctld's own. To add one: a line in `reads.ts` or `actions.ts`. */
import type { Route } from "../../servenv/http.ts";
import { actionRoutes } from "./actions.ts";
import { type Api, type ApiRoute, mountApi } from "./api.ts";
import { readRoutes } from "./reads.ts";

export const apiRoutes: readonly ApiRoute[] = [...readRoutes, ...actionRoutes];

export function vtctldRoutes(api: Api): readonly Route[] {
  return mountApi(api, apiRoutes);
}
