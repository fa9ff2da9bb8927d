/** What the pages ask of the cluster, each query once: its key in the cache, and how it is asked. */
import { queryOptions, skipToken } from "@tanstack/react-query";
import { readClusters, readInsights, readKeyspaces, readTablets, readVSchema, type StatementOrder } from "./api.ts";
import { type LagHistory, noHistory, withSample } from "./lag-history.ts";

export const keyspacesQuery = queryOptions({
  queryKey: ["keyspaces"],
  queryFn: ({ signal }) => readKeyspaces(signal),
});

/** Filled by every look at the tablets, so that it goes on from page to page. */
export const lagQuery = queryOptions<LagHistory>({ queryKey: ["lag"], queryFn: skipToken });

export const tabletsQuery = queryOptions({
  queryKey: ["tablets"],
  queryFn: async ({ signal, client }) => {
    const rows = await readTablets(signal);
    client.setQueryData(lagQuery.queryKey, (was) => withSample(was ?? noHistory, Date.now() / 1000, rows));
    return rows;
  },
});

export const vschemaQuery = (cluster: string, keyspace: string) =>
  queryOptions({
    queryKey: ["vschema", keyspace],
    queryFn: ({ signal }) => readVSchema(cluster, keyspace, signal),
  });

export const insightsQuery = (order: StatementOrder, filter: string) =>
  queryOptions({
    queryKey: ["insights", order, filter],
    queryFn: async ({ signal, client }) => {
      const [cluster] = await client.ensureQueryData(clustersQuery);
      if (cluster === undefined) throw new Error("there is no cluster");
      return readInsights(cluster.id, order, filter, signal);
    },
  });

const clustersQuery = queryOptions({
  queryKey: ["clusters"],
  queryFn: ({ signal }) => readClusters(signal),
  staleTime: Infinity, // One vtctld is one cluster.
});
