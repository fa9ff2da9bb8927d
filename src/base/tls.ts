/**
 * TLS on sockets that we accepted ourselves. Certificates are read once for each set of options: keep the options while the
 * certificates stay, and new options take new ones.
 */
import { type Socket, secureNetwork, type TLSSocket } from "./network.ts";

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** What node:tls takes, as far as we use it; PEM texts. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly crl?: string | Buffer;
  readonly minVersion?: TlsVersion;
  /** Clients: the name the certificate must carry. */
  readonly serverName?: string;
  /** Clients: false accepts any certificate. Servers: true wants one of the client. */
  readonly verifyPeer: boolean;
}

/** Options that may be renewed: the same object while they are the same. */
export type TlsSource = TlsOptions | (() => TlsOptions);
export const tlsNow = (tls: TlsSource | undefined): TlsOptions =>
  typeof tls === "function" ? tls() : (tls ?? noCertificates);
/** A handshake fails. */
const noCertificates: TlsOptions = { verifyPeer: false };

interface Handshake {
  readonly use: (secured: TLSSocket) => void;
  readonly failed: (error: Error) => void;
}

interface Acceptor {
  readonly server: ReturnType<typeof secureNetwork.createServer>;
  /** By the socket below. */
  readonly under: WeakMap<object, Handshake>;
}

const acceptors = new WeakMap<TlsOptions, Acceptor>();

/** Throws where the certificates cannot be used. */
export function prepareTls(options: TlsOptions): void {
  acceptorOf(options);
}

/** The server's side of a handshake; one of `use` and `failed` is called. */
export function acceptTls(
  plain: Socket,
  options: TlsOptions,
  use: Handshake["use"],
  failed: Handshake["failed"],
): void {
  const { server, under } = acceptorOf(options);
  under.set(plain, { use, failed });
  server.emit("connection", plain);
}

function acceptorOf(options: TlsOptions): Acceptor {
  const known = acceptors.get(options);
  if (known !== undefined) return known;
  const made = makeAcceptor(options);
  acceptors.set(options, made);
  return made;
}

/** Only a `tls.Server` checks a client's certificate, so that one does it; it never listens. */
function makeAcceptor({ verifyPeer, serverName: _, ...options }: TlsOptions): Acceptor {
  const requestCert = verifyPeer || options.ca !== undefined;
  const server = secureNetwork.createServer({ ...options, requestCert, rejectUnauthorized: verifyPeer });
  const under: Acceptor["under"] = new WeakMap();
  /** Node keeps the socket that a TLS socket was made over. */
  const handshakeOf = (secured: TLSSocket) => under.get((secured as unknown as { readonly _parent: Socket })._parent);
  server.on("secureConnection", (secured) => handshakeOf(secured)?.use(secured));
  server.on("tlsClientError", (error, secured) => handshakeOf(secured)?.failed(error));
  return { server, under };
}
