/** The host of a peer's address: "10.0.0.1:4711", "[::1]:4711", "::ffff:10.0.0.1", "10.0.0.1". Empty for a unix socket. */
export function peerHost(address: string): string {
  const host = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([^:]*):\d+$/, "$1");
  return host.replace(/^::ffff:(?=\d+\.)/, "");
}
