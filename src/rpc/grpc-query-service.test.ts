/** queryservice.Query over gRPC and in memory keeps the contract of the query service. */
import { systemClock as clock } from "../base/clock.ts";
import { Query } from "../proto/generated/queryservice_pb.js";
import { queryClient } from "./grpc-query-client.ts";
import { dialGrpc } from "./grpc-client.ts";
import { queryHandlers } from "./grpc-query-service.ts";
import { serveGrpc } from "./grpc-server.ts";
import { memoryNetwork } from "./in-memory.ts";
import { rowsMax, testQueryFace } from "./query-service-contract.ts";
import type { QueryService } from "./query-service.ts";
import { type Channel, implement, type RpcServer } from "./service.ts";

const serviceOf = (tablet: QueryService) => implement(Query, queryHandlers(tablet, { rowsMax }));
const face = (server: RpcServer, channel: Channel) => ({
  client: queryClient(channel),
  close: async () => {
    await channel.close();
    await server.close(0);
  },
});

testQueryFace("gRPC", async (tablet) => {
  const server = await serveGrpc({ clock, listen: { host: "127.0.0.1", port: 0 }, services: [serviceOf(tablet)] });
  return face(server, dialGrpc(server.address, { clock }));
});

testQueryFace("in memory", async (tablet) => {
  const network = memoryNetwork(clock);
  const server = network.serve("tablet:1", { services: [serviceOf(tablet)] });
  return face(server, network.dial(server.address));
});
