/**
 * Vitess's file of users for MySQL clients (inventory 4.007): {"name": [{"Password": …, "UserData": …, "SourceHost": …,
 * "Groups": […]}]}; instead of the password its hash, MysqlNativePassword or CachingSha2Password. A user may stand
 * several times, or once without the list. A field that is not known is an error: a password under a name that is
 * misspelt would be no password.
 */
import { z } from "zod";
import { FlagError } from "../base/flag-values.ts";
import { errorText } from "../base/errors.ts";
import type { UserEntry, UserTable } from "../mysql/authentication.ts";

const entry = z.strictObject({
  Password: z.string().optional(),
  MysqlNativePassword: z
    .string()
    .regex(/^\*?[0-9A-Fa-f]{40}$/)
    .optional(),
  CachingSha2Password: z
    .string()
    .regex(/^[0-9A-Fa-f]{64}$/)
    .optional(),
  UserData: z.string().optional(),
  SourceHost: z.enum(["", "localhost"]).optional(),
  Groups: z.array(z.string()).optional(),
});
const users = z.record(z.string(), z.union([entry, z.array(entry)]));

/** The users, as they were when they were last read whole. */
export class UserFile {
  readonly #read: () => string;
  users: UserTable;

  /** Throws FlagError where they cannot be read. */
  constructor(read: () => string) {
    this.#read = read;
    this.users = parseStaticUsers(read());
  }

  /** Throws where they cannot be read: those known stay. */
  reload(): void {
    this.users = parseStaticUsers(this.#read());
  }
}

export function parseStaticUsers(json: string): UserTable {
  try {
    const read = users.parse(JSON.parse(json));
    return Object.fromEntries(
      Object.entries(read).map(([name, entries]) => [name, (Array.isArray(entries) ? entries : [entries]).map(userOf)]),
    );
  } catch (thrown) {
    throw new FlagError(`the static users of MySQL clients cannot be read: ${errorText(thrown)}`);
  }
}

function userOf(read: z.infer<typeof entry>): UserEntry {
  const { Password, MysqlNativePassword, CachingSha2Password, UserData, SourceHost, Groups } = read;
  const native = MysqlNativePassword?.replace("*", "");
  return {
    ...(native === undefined ? {} : { nativeHash: Buffer.from(native, "hex") }),
    ...(CachingSha2Password === undefined ? {} : { sha2Hash: Buffer.from(CachingSha2Password, "hex") }),
    ...(Password === undefined && (native !== undefined || CachingSha2Password !== undefined)
      ? {}
      : { password: Password ?? "" }),
    ...(UserData === undefined ? {} : { userName: UserData }),
    ...(SourceHost === undefined ? {} : { sourceHost: SourceHost }),
    ...(Groups === undefined ? {} : { groups: Groups }),
  };
}
