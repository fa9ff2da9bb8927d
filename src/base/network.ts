/**
 * Sockets, as an argument where a simulation may stand in. Only this file imports node:net and node:tls.
 */
import * as net from "node:net";
import * as tls from "node:tls";

export type Network = typeof net;
export const network: Network = net;
export const secureNetwork: typeof tls = tls;
export type { AddressInfo, Server, Socket } from "node:net";
export type { TLSSocket } from "node:tls";
