/** How a gateway reaches a tablet: over the query link where its record names one, else over gRPC. */
import type { Clock } from "../base/clock.ts";
import type { Network } from "../base/network.ts";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import { dialGrpc, type GrpcDialOptions } from "../rpc/grpc-client.ts";
import { queryClient } from "../rpc/grpc-query-client.ts";
import { linkQueryService } from "../rpc/link-client.ts";
import type { QueryService } from "../rpc/query-service.ts";

export function tabletDialer(
  env: { readonly clock: Clock; readonly network: Network },
  grpc: GrpcDialOptions,
): (tablet: Tablet) => QueryService {
  return ({ hostname, portMap }) => {
    const link = portMap["vtlink"];
    const isPlain = grpc.tls === undefined;
    if (link !== undefined && isPlain) {
      const { credentials } = grpc;
      const address = { host: hostname, port: link };
      return linkQueryService(env, { address, ...(credentials === undefined ? {} : { credentials }) });
    }
    return queryClient(dialGrpc(`${hostname}:${portMap["grpc"] ?? 0}`, grpc));
  };
}
