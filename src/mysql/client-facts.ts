/** What a connection shows of its client, and what a client that breaks the protocol is told. */
import { errorText } from "../base/errors.ts";
import type { BatchedSocket } from "../base/socket.ts";
import type { MalformedBytes } from "../sqltypes/wire.ts";
import { certificateOf } from "./authentication.ts";
import { compressionCapabilities } from "./compression.ts";
import { PayloadTooLarge } from "./packet-assembler.ts";
import { capability } from "./packets/capabilities.ts";
import { encodeError } from "./packets/answers.ts";
import type { ServerOptions } from "./server.ts";
import type { LoginRules } from "./server-login.ts";

/** What holds for a login on this connection. */
export function loginRules(
  { authentication, trustsNetwork, tls, requireTls, compression, localFiles }: ServerOptions,
  socket: BatchedSocket,
  remoteAddress: string,
  salt: Buffer,
): LoginRules {
  const files = localFiles === true ? capability.localFiles : 0;
  return {
    authentication,
    tls: tls === undefined ? "off" : requireTls === true ? "required" : "offered",
    extraCapabilities: compressionCapabilities(compression ?? []) | files,
    remoteAddress,
    salt,
    certificate: certificateOf(socket),
    trustsNetwork: trustsNetwork ?? false,
  };
}

export function nonsense(thrown: MalformedBytes): Buffer {
  if (thrown instanceof PayloadTooLarge)
    return encodeError(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes");
  return encodeError(1835, "HY000", `malformed packet: ${errorText(thrown)}`);
}
