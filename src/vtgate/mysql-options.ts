/** What the flags of a gateway's MySQL face come to. An option of security that cannot apply is a FlagError. */
import { errorText } from "../base/errors.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import { networkList } from "../base/network.ts";
import type { TlsOptions, TlsVersion } from "../base/tls.ts";
import {
  type Authentication,
  certificateAuthentication,
  noAuthentication,
  staticAuthentication,
} from "../mysql/authentication.ts";
import { compressionAlgorithms } from "../mysql/compression.ts";
import type { ServerOptions } from "../mysql/server.ts";
import type { vtgateFlags } from "./flags.ts";
import { UserFile } from "./static-users.ts";

type MysqlValues = Values<typeof vtgateFlags>;
export type ReadFile = (path: string) => string;

/** Files that somebody reads anew; those that are not given are read once. */
export interface MysqlFiles {
  /** Of static authentication. */
  readonly users?: UserFile;
  readonly tls?: () => TlsOptions;
}

export function mysqlOptions(
  values: MysqlValues,
  readFile: ReadFile,
  files: MysqlFiles = {},
): Omit<ServerOptions, "serverVersion"> {
  const tls = files.tls ?? tlsOf(values, readFile);
  const isProxy = proxiesOf(values);
  return {
    address: { host: values.mysqlServerBindAddress || "::", port: values.mysqlServerPort },
    authentication: authenticationOf(values, readFile, files.users),
    requireTls: values.mysqlServerRequireSecureTransport,
    trustsNetwork: values.mysqlAllowClearTextWithoutTls,
    connectionsMax: values.mysqlServerConnectionsMax,
    payloadMax: values.mysqlServerMaxAllowedPacket,
    cursorBytesMax: values.mysqlServerCursorMemory,
    compression: values.mysqlServerCompressionAlgorithms.filter((name) => compressionAlgorithms.includes(name)),
    localFiles: values.mysqlServerLocalInfile,
    keepAliveMs: values.mysqlServerKeepalivePeriodMs,
    slowConnectMs: values.mysqlSlowConnectWarnThresholdMs,
    ...(values.mysqlServerSocketPath === "" ? {} : { socketPath: values.mysqlServerSocketPath }),
    ...(isProxy === undefined ? {} : { isProxy }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function proxiesOf({ proxyProtocol, proxyProtocolNetworks }: MysqlValues): ServerOptions["isProxy"] {
  if (proxyProtocol !== proxyProtocolNetworks.length > 0)
    throw new FlagError("--proxy-protocol and --proxy-protocol-networks go together");
  if (!proxyProtocol) return undefined;
  try {
    return networkList(proxyProtocolNetworks);
  } catch (thrown) {
    throw new FlagError(`--proxy-protocol-networks: ${errorText(thrown)}`);
  }
}

/** Go's names to Node's. */
const tlsVersions: Readonly<Record<MysqlValues["mysqlServerTlsMinVersion"], TlsVersion>> = {
  "TLSv1.0": "TLSv1",
  "TLSv1.1": "TLSv1.1",
  "TLSv1.2": "TLSv1.2",
  "TLSv1.3": "TLSv1.3",
};

/** Undefined: no TLS. */
export function tlsOf(values: MysqlValues, readFile: ReadFile): TlsOptions | undefined {
  const { mysqlServerSslCert: cert, mysqlServerSslKey: key } = values;
  const { mysqlServerSslCa: ca, mysqlServerSslCrl: crl, mysqlServerSslServerCa: serverCa } = values;
  if (crl !== "" && ca === "") throw new FlagError("--mysql-server-ssl-crl needs --mysql-server-ssl-ca");
  if (cert === "" && key === "") {
    for (const [name, value] of [
      ["--mysql-server-ssl-ca", ca],
      ["--mysql-server-ssl-server-ca", serverCa],
      ["--mysql-server-require-secure-transport", values.mysqlServerRequireSecureTransport],
    ])
      if (value) throw new FlagError(`${name} needs --mysql-server-ssl-cert and --mysql-server-ssl-key`);
    return undefined;
  }
  if (cert === "" || key === "") throw new FlagError("--mysql-server-ssl-cert and --mysql-server-ssl-key go together");
  return {
    cert: serverCa === "" ? readFile(cert) : `${readFile(cert)}\n${readFile(serverCa)}`,
    key: readFile(key),
    verifyPeer: ca !== "",
    minVersion: tlsVersions[values.mysqlServerTlsMinVersion],
    ...(ca === "" ? {} : { ca: readFile(ca) }),
    ...(crl === "" ? {} : { crl: readFile(crl) }),
  };
}

function authenticationOf(values: MysqlValues, readFile: ReadFile, users?: UserFile): Authentication {
  switch (values.mysqlAuthServerImpl) {
    case "none":
      return noAuthentication;
    case "clientcert":
      if (values.mysqlServerSslCa === "")
        throw new FlagError("--mysql-auth-server-impl=clientcert needs --mysql-server-ssl-ca");
      return certificateAuthentication(values.mysqlClientcertAuthMethod);
    case "static": {
      const file = users ?? new UserFile(userSource(values, readFile));
      return staticAuthentication(() => file.users, values.mysqlDefaultAuthMethod);
    }
  }
}

/** Where the users of static authentication stand. */
export function userSource(values: MysqlValues, readFile: ReadFile): () => string {
  const { mysqlAuthServerStaticFile: file, mysqlAuthServerStaticString: text } = values;
  if ((file === "") === (text === ""))
    throw new FlagError("give one of --mysql-auth-server-static-file and --mysql-auth-server-static-string");
  return () => (file === "" ? text : readFile(file));
}
