/**
 * Who is calling: Vitess's two ways (grpc-auth-mode). "static" looks a name and password up in a list; clients send them
 * with each call as metadata `username` and `password`. "mtls" looks for a piece of text in the subject of the client's
 * certificate, which TLS has verified by then. The in-memory network knows no certificates.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { VtError } from "../base/errors.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a server sees of a caller before it lets a call in. */
export interface Attempt {
  readonly metadata: ReadonlyMap<string, string>;
  /** The verified client certificate's subject, by part: CN, O, OU … */
  readonly subject: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Answers the user's name; throws VT25004 or VT25005. */
export type Authenticator = (attempt: Attempt) => string;

const entrySchema = z.object({ Username: z.string().min(1), Password: z.string() });

/** A file of grpc-auth-static-password-file: [{"Username": "…", "Password": "…"}, …]. Throws what is wrong with it. */
export function parseStaticUsers(json: string): readonly Credentials[] {
  return z.array(entrySchema).min(1).parse(JSON.parse(json)).map(toCredentials);
}

/** A file of grpc-auth-static-client-creds: {"Username": "…", "Password": "…"}. */
export function parseClientCredentials(json: string): Credentials {
  return toCredentials(entrySchema.parse(JSON.parse(json)));
}

function toCredentials(entry: z.infer<typeof entrySchema>): Credentials {
  return { username: entry.Username, password: entry.Password };
}

export function staticAuth(users: readonly Credentials[]): Authenticator {
  const allowed = users.map(({ username, password }) => ({ username, password: digest(password) }));
  return ({ metadata }) => {
    const username = metadata.get("username");
    const password = metadata.get("password");
    if (username === undefined || password === undefined)
      throw VtError.of("VT25004", "username and password must be provided");
    const given = digest(password);
    const isKnown = allowed.some((user) => user.username === username && timingSafeEqual(user.password, given));
    if (!isKnown) throw VtError.of("VT25005", username, "wrong name or password");
    return username;
  };
}

/** `allowed`: pieces of text, one of which the subject must hold (grpc-auth-mtls-allowed-substrings). */
export function mtlsAuth(allowed: readonly string[]): Authenticator {
  const pieces = allowed.filter((piece) => piece !== "");
  return ({ subject }) => {
    if (subject === undefined) throw VtError.of("VT25004", "a client certificate must be provided");
    const text = subjectText(subject);
    if (!pieces.some((piece) => text.includes(piece)))
      throw VtError.of("VT25005", text, "the certificate's subject is not in the list");
    const name = subject["CN"];
    return typeof name === "string" ? name : text;
  };
}

/** "CN=app,OU=web,O=shop". */
function subjectText(subject: NonNullable<Attempt["subject"]>): string {
  return Object.entries(subject)
    .flatMap(([part, values]) => [values].flat().map((value) => `${part}=${String(value)}`))
    .join(",");
}

/** Hashed, so that comparing takes the same time for every password. */
function digest(password: string): Buffer {
  return createHash("sha256").update(password).digest();
}
