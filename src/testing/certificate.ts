/** Certificates for tests, made by the machine's openssl: for localhost, valid for a day. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One that nobody has signed. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "vt-cert-"));
  try {
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
    execFileSync("openssl", [...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "pipe" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface TestAuthority {
  readonly ca: string;
  readonly server: KeyPair;
  /** Of user `app`, with the DNS name `readers`. */
  readonly client: KeyPair;
  /** Of user `app` too, and in `crl`. */
  readonly revoked: KeyPair;
  readonly crl: string;
}

/** An authority with certificates of a server and two clients, one of them revoked. */
export function testAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), "vt-ca-"));
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const issue = (name: string, subject: string, names: string): KeyPair => {
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    const signed = ["-in", `${name}.csr`, "-out", `${name}.crt`, "-extfile", `${name}.ext`];
    openssl("ca", "-config", "ca.cnf", "-batch", "-notext", "-days", "1", ...signed);
    return { key: read(`${name}.key`), cert: read(`${name}.crt`) };
  };
  try {
    writeFileSync(join(folder, "ca.cnf"), authorityConfig);
    writeFileSync(join(folder, "index"), "");
    writeFileSync(join(folder, "index.attr"), "unique_subject = no\n");
    writeFileSync(join(folder, "serial"), "1000\n");
    openssl("req", "-x509", ...newKey, "-days", "1", "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=tests");
    const server = issue("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1");
    const client = issue("client", "/CN=app", "DNS:readers");
    const revoked = issue("revoked", "/CN=app", "DNS:readers");
    openssl("ca", "-config", "ca.cnf", "-revoke", "revoked.crt");
    openssl("ca", "-config", "ca.cnf", "-gencrl", "-crldays", "1", "-out", "ca.crl");
    return { ca: read("ca.crt"), server, client, revoked, crl: read("ca.crl") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const authorityConfig = `[ca]
default_ca = tests
[tests]
database = index
serial = serial
new_certs_dir = .
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
`;
