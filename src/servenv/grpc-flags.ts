/**
 * Flags of gRPC, for servers and for clients (inventory 1.023), and what `src/rpc` is opened with because of them. An
 * option of security that cannot be honoured stops the process.
 */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import { boolean, FlagError, integer, listOf, oneOf, periodMs, sizeBytes, string } from "../base/flag-values.ts";
import { type Flag, flag, type Values } from "../base/flags.ts";
import { type Authenticator, mtlsAuth, parseClientCredentials, parseStaticUsers, staticAuth } from "../rpc/auth.ts";
import type { GrpcClientTls, GrpcDialOptions } from "../rpc/grpc-client.ts";
import { type GrpcServer, type GrpcServerOptions, serveGrpc } from "../rpc/grpc-server.ts";
import type { Service as RpcService } from "../rpc/service.ts";
import { listenError } from "./http.ts";
import type { Service } from "./lifecycle.ts";

const tuned = "grpc-js sizes its windows itself";
const noPushback = "clients that ask often are not turned away";
const revocation = "revocation lists are not checked";

/** Of servers and clients alike. */
export const grpcMessageFlags = {
  grpcMaxMessageSize: flag({ parse: sizeBytes, default: 16 << 20, help: "Largest message, in bytes." }),
  grpcPrometheus: flag({ parse: boolean, default: false, help: "Metrics of calls.", unused: "always counted" }),
} as const;

export const grpcServerFlags = {
  ...grpcMessageFlags,
  grpcPort: flag({ parse: integer(0, 65_535), default: 0, help: "Port of gRPC; 0: none." }),
  grpcBindAddress: flag({ parse: string, default: "", help: "Address that gRPC listens on; empty: all." }),
  serviceMap: flag({
    parse: listOf(string),
    default: [],
    help: "Services to offer, such as grpc-vtctld, or with a dash before the name not to.",
  }),
  grpcCert: flag({
    parse: string,
    default: "",
    help: "The server's certificate, PEM; with --grpc-key switches TLS on.",
  }),
  grpcKey: flag({ parse: string, default: "", help: "Its private key." }),
  grpcCa: flag({ parse: string, default: "", help: "Authority that must have signed the clients' certificates." }),
  grpcCrl: flag({ parse: string, default: "", help: "Revoked certificates.", refused: revocation }),
  grpcServerCa: flag({ parse: string, default: "", help: "Authority sent along.", unused: "put it into --grpc-cert" }),
  grpcEnableOptionalTls: flag({
    parse: boolean,
    default: false,
    help: "TLS and plain text on one port.",
    refused: "a port is either plain or TLS",
  }),
  grpcAuthMode: flag({ parse: oneOf("", "static", "mtls"), default: "", help: "How callers prove who they are." }),
  grpcAuthStaticPasswordFile: flag({ parse: string, default: "", help: "Names and passwords for static, as JSON." }),
  grpcAuthMtlsAllowedSubstrings: flag({
    parse: string,
    default: "",
    help: "For mtls: pieces of text, separated by colons, one of which a certificate's subject must hold.",
  }),
  grpcReflection: flag({ parse: boolean, default: false, help: "Describe the services to those who ask." }),
  grpcMaxConnectionAgeMs: flag({ parse: periodMs, default: 0, help: "Connections are renewed when so old; 0: never." }),
  grpcMaxConnectionAgeGraceMs: flag({ parse: periodMs, default: 10_000, help: "Time for their calls to end then." }),
  grpcServerKeepaliveTimeMs: flag({ parse: periodMs, default: 10_000, help: "How often silent clients are pinged." }),
  grpcServerKeepaliveTimeoutMs: flag({ parse: periodMs, default: 10_000, help: "How long they may take to answer." }),
  grpcServerInitialConnWindowSize: flag({
    parse: sizeBytes,
    default: 0,
    help: "Window of a connection.",
    unused: tuned,
  }),
  grpcServerInitialWindowSize: flag({ parse: sizeBytes, default: 0, help: "Window of a call.", unused: tuned }),
  grpcServerKeepaliveEnforcementPolicyMinTimeMs: flag({
    parse: periodMs,
    default: 10_000,
    help: "Least time between a client's pings.",
    unused: noPushback,
  }),
  grpcServerKeepaliveEnforcementPolicyPermitWithoutStream: flag({
    parse: boolean,
    default: false,
    help: "Pings without calls are fine.",
    unused: noPushback,
  }),
  grpcEnableOrcaMetrics: flag({ parse: boolean, default: false, help: "Load reports.", unused: "not sent" }),
} as const;

export const grpcDialFlags = {
  grpcAuthStaticClientCreds: flag({ parse: string, default: "", help: "File with our name and password, as JSON." }),
  grpcKeepaliveTimeMs: flag({ parse: periodMs, default: 10_000, help: "How often silent servers are pinged." }),
  grpcKeepaliveTimeoutMs: flag({
    parse: periodMs,
    default: 10_000,
    help: "How long they may take to answer.",
    unused: "fixed at gRPC's 20s",
  }),
  grpcCompression: flag({
    parse: oneOf("", "snappy"),
    default: "",
    help: "Compress messages.",
    unused: "messages are sent as they are",
  }),
  grpcInitialConnWindowSize: flag({ parse: sizeBytes, default: 0, help: "Window of a connection.", unused: tuned }),
  grpcInitialWindowSize: flag({ parse: sizeBytes, default: 0, help: "Window of a call.", unused: tuned }),
  grpcDialConcurrencyLimit: flag({
    parse: integer(0),
    default: 1024,
    help: "Connections opened at once.",
    unused: "connections open with their first call",
  }),
} as const;

type ClientPart = "Ca" | "Cert" | "Key" | "ServerName" | "Crl";
type ClientFlags<P extends string> = { readonly [K in `${P}Grpc${ClientPart}`]: Flag<string> };
type ClientValues<P extends string> = { readonly [K in `${P}Grpc${ClientPart}`]: string };

/** `--tablet-manager-grpc-ca` and so on: TLS towards one kind of server. */
export function grpcClientFlags<P extends string>(prefix: P, server: string): ClientFlags<P> {
  const file = (help: string) => flag({ parse: string, default: "", help: `${help} for connections to ${server}.` });
  const parts: { readonly [K in ClientPart]: Flag<string> } = {
    Ca: file("Authority that must have signed the server's certificate; switches TLS on,"),
    Cert: file("Our certificate"),
    Key: file("Its private key"),
    ServerName: file("Name in the server's certificate, where it is not the host's,"),
    Crl: { ...file("Revoked certificates"), refused: revocation },
  };
  const named = Object.entries(parts).map(([part, one]) => [`${prefix}Grpc${part}`, one]);
  return Object.fromEntries(named) as ClientFlags<P>;
}

/** What `dialGrpc` takes, for one kind of server. */
export function dialOptions<P extends string>(
  prefix: P,
  values: Values<typeof grpcDialFlags> & ClientValues<P> & { readonly grpcMaxMessageSize: number },
  effects: { readonly clock: Clock; readonly disk: Disk },
): GrpcDialOptions {
  const part = (name: ClientPart) => values[`${prefix}Grpc${name}`] as string;
  const tls: GrpcClientTls = {
    ...pem("ca", effects.disk, part("Ca")),
    ...pem("cert", effects.disk, part("Cert")),
    ...pem("key", effects.disk, part("Key")),
    ...(part("ServerName") === "" ? {} : { serverName: part("ServerName") }),
  };
  const credentials = values.grpcAuthStaticClientCreds;
  return {
    clock: effects.clock,
    messageSizeMax: values.grpcMaxMessageSize,
    keepaliveMs: values.grpcKeepaliveTimeMs,
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(credentials === "" ? {} : { credentials: readWith(effects.disk, credentials, parseClientCredentials) }),
  };
}

type ServerValues = Values<typeof grpcServerFlags>;

/** A gRPC server as a part of a role; none where `--grpc-port` is 0. `services` are by their name in --service-map. */
export function grpcService(
  values: ServerValues & { readonly ontermTimeoutMs: number },
  effects: { readonly clock: Clock; readonly disk: Disk },
  services: { readonly [name: string]: RpcService },
): readonly (Service & { readonly port: number })[] {
  if (values.grpcPort === 0) return [];
  const offered = Object.entries(services).filter(([name]) => !values.serviceMap.includes(`-${name}`));
  const options: GrpcServerOptions = {
    clock: effects.clock,
    listen: { host: listenHost(values.grpcBindAddress), port: values.grpcPort },
    services: offered.map(([, service]) => service),
    hasReflection: values.grpcReflection,
    limits: {
      messageSizeMax: values.grpcMaxMessageSize,
      connectionAgeMsMax: values.grpcMaxConnectionAgeMs === 0 ? Infinity : values.grpcMaxConnectionAgeMs,
      connectionAgeGraceMs: values.grpcMaxConnectionAgeGraceMs,
      keepaliveMs: values.grpcServerKeepaliveTimeMs,
      keepaliveTimeoutMs: values.grpcServerKeepaliveTimeoutMs,
    },
    ...serverSecurity(values, effects.disk),
  };
  let server: GrpcServer | undefined;
  return [
    {
      name: "grpc",
      get port() {
        return server?.port ?? 0;
      },
      start: async () => {
        try {
          server = await serveGrpc(options);
        } catch (error) {
          throw listenError(asListenError(error), "--grpc-port", values.grpcBindAddress, values.grpcPort);
        }
      },
      stop: async () => server?.close(values.ontermTimeoutMs),
    },
  ];
}

/** As gRPC writes addresses: IPv6 ones in brackets, all of them as [::]. */
function listenHost(address: string): string {
  if (address === "") return "[::]";
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}

/** grpc-js tells why it cannot listen only as text. */
function asListenError(error: unknown): Error & { code?: string } {
  const code = /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL)\b/.exec(errorText(error))?.[1];
  const wrapped: Error & { code?: string } = new FlagError(errorText(error));
  return code === undefined ? wrapped : Object.assign(wrapped, { code });
}

/** TLS and how callers prove who they are; other faces of the same service ask for the same. */
export function serverSecurity(values: ServerValues, disk: Disk): Pick<GrpcServerOptions, "tls" | "authenticate"> {
  const { grpcCert, grpcKey, grpcCa, grpcAuthMode } = values;
  if ((grpcCert === "") !== (grpcKey === "")) throw new FlagError("--grpc-cert and --grpc-key must be given together");
  if (grpcCa !== "" && grpcCert === "") throw new FlagError("--grpc-ca needs --grpc-cert and --grpc-key");
  if (grpcAuthMode === "mtls" && grpcCa === "") throw new FlagError("--grpc-auth-mode mtls needs --grpc-ca");
  const authenticate = authenticator(values, disk);
  return {
    ...(grpcCert === ""
      ? {}
      : {
          tls: {
            cert: readPem(disk, grpcCert),
            key: readPem(disk, grpcKey),
            ...(grpcCa === "" ? {} : { clientCa: readPem(disk, grpcCa) }),
          },
        }),
    ...(authenticate === undefined ? {} : { authenticate }),
  };
}

function authenticator(values: ServerValues, disk: Disk): Authenticator | undefined {
  const { grpcAuthMode, grpcAuthStaticPasswordFile, grpcAuthMtlsAllowedSubstrings } = values;
  if (grpcAuthMode === "static") {
    if (grpcAuthStaticPasswordFile === "")
      throw new FlagError("--grpc-auth-mode static needs --grpc-auth-static-password-file");
    return staticAuth(readWith(disk, grpcAuthStaticPasswordFile, parseStaticUsers));
  }
  if (grpcAuthMode === "mtls") {
    if (grpcAuthMtlsAllowedSubstrings === "")
      throw new FlagError("--grpc-auth-mode mtls needs --grpc-auth-mtls-allowed-substrings");
    return mtlsAuth(grpcAuthMtlsAllowedSubstrings.split(":"));
  }
  return undefined;
}

const pem = (part: "ca" | "cert" | "key", disk: Disk, path: string) =>
  path === "" ? {} : { [part]: readPem(disk, path) };

function readPem(disk: Disk, path: string): Buffer {
  try {
    return disk.readFileSync(path);
  } catch (error) {
    throw new FlagError(`${path} cannot be read: ${errorText(error)}`);
  }
}

function readWith<T>(disk: Disk, path: string, parse: (text: string) => T): T {
  try {
    return parse(readPem(disk, path).toString("utf8"));
  } catch (error) {
    throw error instanceof FlagError ? error : new FlagError(`${path} is not as expected: ${errorText(error)}`);
  }
}
