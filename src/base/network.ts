/**
 * Sockets, as an argument where a simulation may stand in. Only this file imports node:net and node:tls.
 */
import * as net from "node:net";
import * as tls from "node:tls";

export type Network = typeof net;
export const network: Network = net;
export const secureNetwork: typeof tls = tls;
/** 4, 6, or 0 where it is no address. */
export const isIpAddress = (text: string): number => net.isIP(text);

/**
 * Whether an address is in one of `networks` ("10.0.0.0/8", "fd00::/8", "127.0.0.1"); throws where one of them is no
 * network. IPv4 addresses in IPv6 clothes (::ffff:10.0.0.1) count as what they are.
 */
export function networkList(networks: readonly string[]): (address: string) => boolean {
  const list = new net.BlockList();
  for (const network of networks) addNetwork(list, network);
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    const version = net.isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
}

function addNetwork(list: net.BlockList, network: string): void {
  const [address = "", size, ...more] = network.split("/");
  const version = net.isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = size === undefined ? bits : /^\d+$/.test(size) ? Number(size) : Number.NaN;
  if (version === 0 || more.length > 0 || !(prefix >= 0 && prefix <= bits)) throw new Error(`${network} is no network`);
  list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
}

export type { AddressInfo, Server, Socket } from "node:net";
export type { TLSSocket } from "node:tls";
