/**
 * Table ACLs as plain data and a pure decision (inventory 7.014): Vitess's file of table groups (simpleacl), and who may do
 * what to which table.
 *
 * - A table belongs to the group that names it, else to the one whose prefix ("name%") fits best; to none: nobody may.
 * - Reading asks for a reader, changing rows for a writer, all else for an admin. What concerns no single table (the server,
 *   a whole database) asks for an admin of the group "%".
 * - Tables of other databases are named "database.table". information_schema may be read by all.
 */
import { FlagError } from "../../base/flag-values.ts";
import type { Need, Needs, Privilege } from "../../sqlparser/privileges-need.ts";

export type AclRole = "READER" | "WRITER" | "ADMIN";

export interface TableGroup {
  readonly name: string;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  readonly admins: readonly string[];
}

export interface TableAcl {
  readonly byTable: ReadonlyMap<string, TableGroup>;
  /** The longest first. */
  readonly byPrefix: readonly { readonly prefix: string; readonly group: TableGroup }[];
}

export interface Principal {
  readonly username: string;
  readonly groups: readonly string[];
}

/** What was asked of which table, and the group that answers for it: "" where there is none. */
export interface AclQuestion {
  readonly table: string;
  readonly group: string;
  readonly role: AclRole;
  readonly isAllowed: boolean;
}

const groupsMax = 100_000;
/** The name of needs that no single table answers. */
const everything = "%";

/** Throws FlagError where the text is not such a file. */
export function parseTableAcl(text: string): TableAcl {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new FlagError("the table ACLs are no JSON");
  }
  const listed = isRecord(parsed) ? parsed["table_groups"] : undefined;
  if (!Array.isArray(listed) || listed.length > groupsMax)
    throw new FlagError(`the table ACLs are {"table_groups": […]} of at most ${groupsMax} groups`);
  const byTable = new Map<string, TableGroup>();
  const prefixes = new Map<string, TableGroup>();
  for (const one of listed) {
    const { group, names } = parseGroup(one);
    for (const name of names) {
      const isPrefix = name.endsWith("%");
      const key = isPrefix ? name.slice(0, -1) : name;
      const map = isPrefix ? prefixes : byTable;
      if (map.has(key)) throw new FlagError(`table ACLs: two groups name ${name}`);
      map.set(key, group);
    }
  }
  const byPrefix = [...prefixes].map(([prefix, group]) => ({ prefix, group }));
  return { byTable, byPrefix: byPrefix.sort((a, b) => b.prefix.length - a.prefix.length) };
}

function parseGroup(one: unknown): { readonly group: TableGroup; readonly names: readonly string[] } {
  if (!isRecord(one) || typeof one["name"] !== "string") throw new FlagError("table ACLs: a group without a name");
  const { name } = one;
  const list = (key: string): readonly string[] => {
    const found = one[key] ?? [];
    if (!Array.isArray(found) || !found.every((item): item is string => typeof item === "string"))
      throw new FlagError(`table ACLs: ${key} of the group ${name} is no list of names`);
    return found;
  };
  const group = { name, readers: list("readers"), writers: list("writers"), admins: list("admins") };
  return { group, names: list("table_names_or_prefixes") };
}

/** Every question that the statement raises, in order; "unknown" needs raise one that nobody may. */
export function askAcl(acl: TableAcl, needs: Needs, ownDatabase: string, who: Principal): readonly AclQuestion[] {
  if (needs === "unknown") return [{ table: everything, group: "", role: "ADMIN", isAllowed: false }];
  return needs.filter((need) => !isFree(need)).map((need) => answer(acl, need, ownDatabase, who));
}

function isFree({ database, privilege }: Need): boolean {
  return privilege === "SELECT" && database?.toLowerCase() === "information_schema";
}

function answer(acl: TableAcl, { database, table, privilege }: Need, ownDatabase: string, who: Principal): AclQuestion {
  const isOwn = database === undefined || database === ownDatabase;
  const name = table === undefined ? everything : isOwn ? table : `${database}.${table}`;
  const role = table === undefined ? "ADMIN" : roleOf(privilege);
  const group = groupOf(acl, name);
  return { table: name, group: group?.name ?? "", role, isAllowed: group !== undefined && isMember(group, role, who) };
}

function groupOf(acl: TableAcl, table: string): TableGroup | undefined {
  if (table === everything) return acl.byPrefix.find(({ prefix }) => prefix === "")?.group;
  return acl.byTable.get(table) ?? acl.byPrefix.find(({ prefix }) => table.startsWith(prefix))?.group;
}

function roleOf(privilege: Privilege): AclRole {
  if (privilege === "SELECT" || privilege === "SHOW VIEW") return "READER";
  if (privilege === "INSERT" || privilege === "UPDATE" || privilege === "DELETE" || privilege === "LOCK TABLES")
    return "WRITER";
  return "ADMIN";
}

function isMember(group: TableGroup, role: AclRole, { username, groups }: Principal): boolean {
  const members = role === "READER" ? group.readers : role === "WRITER" ? group.writers : group.admins;
  return (username !== "" && members.includes(username)) || groups.some((name) => members.includes(name));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
