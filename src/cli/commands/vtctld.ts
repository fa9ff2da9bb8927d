/** vtctld: the cluster's control, over gRPC for vtctldclient and over HTTP for the web page. */
import { string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import type { Tablet } from "../../proto/generated/topodata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { dialGrpc } from "../../rpc/grpc-client.ts";
import { queryClient } from "../../rpc/grpc-query-client.ts";
import { servenvFlags } from "../../servenv/flags.ts";
import { dialOptions, grpcClientFlags, grpcDialFlags, grpcServerFlags, grpcService } from "../../servenv/grpc-flags.ts";
import { type Html, html, table } from "../../servenv/html.ts";
import { topoFlags } from "../../servenv/topo-flags.ts";
import { openVtctld } from "../../vtctld/open-vtctld.ts";
import { grpcAddress } from "../../vtctld/tablet-access.ts";
import { localCall, type VtctldCall, vtctldService } from "../../vtctld/service.ts";
import { type RoleContext, roleCommand } from "../command.ts";
import { lockOwner } from "../lock-owner.ts";
import { openTopo } from "../../topo/open-topo.ts";
import { webFlags, webRoutes } from "../web-routes.ts";

const flags = {
  ...servenvFlags,
  ...topoFlags,
  ...grpcServerFlags,
  ...grpcDialFlags,
  ...grpcClientFlags("tabletManager", "tablet managers"),
  ...grpcClientFlags("tablet", "tablets' query services"),
  cell: flag({ parse: string, default: "", help: "The cell that this vtctld is in." }),
  ...webFlags,
} as const;

export const vtctld = roleCommand(
  {
    name: "vtctld",
    summary: "Controls a cluster: serves vtctldclient and the web page.",
    flags,
    examples: [
      "vtctld --topo-implementation etcd2 --topo-global-server-address localhost:2379 --port 15000 --grpc-port 15999",
    ],
  },
  serveVtctld,
);

async function serveVtctld(context: RoleContext<typeof flags>): Promise<number> {
  const { values, clock, disk, logger, metrics } = context;
  const topo = await openTopo(values, context);
  try {
    const dialing = dialOptions("tabletManager", values, context);
    const { vtctld: control, tablets } = openVtctld({
      topo,
      dial: (address) => dialGrpc(address, dialing),
      clock,
      log: logger,
      owner: lockOwner(),
      times: () => values,
      metrics,
    });
    const call = localCall(control, "the web page");
    const queryDialing = dialOptions("tablet", values, context);
    const dial = (tablet: Tablet) => queryClient(dialGrpc(grpcAddress(tablet), queryDialing));
    const web = webRoutes(values, { call, topo, dial, gateways: [], clock, random: context.random, disk, logger });
    return await context.serveRole({
      services: [
        { name: "tablet connections", stop: () => tablets.close() },
        web.watch,
        ...grpcService(values, context, { "grpc-vtctld": vtctldService(control) }),
      ],
      routes: web.routes,
      sections: [{ title: "Keyspaces", body: () => keyspaceSection(call) }],
    });
  } finally {
    await topo.close();
  }
}

/** The keyspaces with their shards, for the status page. */
async function keyspaceSection(call: VtctldCall): Promise<Html> {
  const { keyspaces } = await call(Vtctld.method.getKeyspaces, {});
  const rows = await Promise.all(
    keyspaces.map(async ({ name, keyspace }) => {
      const { shards } = await call(Vtctld.method.findAllShardsInKeyspace, { keyspace: name });
      return [name, Object.keys(shards).sort().join(" "), keyspace?.durabilityPolicy ?? ""];
    }),
  );
  return html`${table(["keyspace", "shards", "durability"], rows)}<p><a href="/app">The web page</a></p>`;
}
