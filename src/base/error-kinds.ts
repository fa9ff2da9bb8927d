/**
 * The table of errors. To add one: a line here; the manual page is printed from it. Vitess's codes keep Vitess's
 * meaning (inventory row 4.073); codes from VT2xxxx on are ours. Texts are our own words.
 */
import type { ErrorKind } from "./errors.ts";

const unsupported = "Rewrite the statement, or target one shard with USE `keyspace:shard`.";

export const errorKinds = {
  VT03001: {
    grpc: "invalid_argument",
    mysql: [1149, "42000"],
    text: (name: string) => `aggregate functions take a single argument: ${name}`,
    help: "Pass exactly one argument.",
  },
  VT05003: {
    grpc: "not_found",
    mysql: [1049, "42000"],
    text: (keyspace: string) => `unknown database '${keyspace}' in vschema`,
    help: "Create the keyspace, or check its spelling.",
  },
  VT05005: {
    grpc: "not_found",
    mysql: [1146, "42S02"],
    text: (table: string, keyspace: string) => `table ${table} does not exist in keyspace ${keyspace}`,
    help: "Add the table to the VSchema with ApplyVSchema, or check its spelling.",
  },
  VT12001: {
    grpc: "unimplemented",
    mysql: [1235, "42000"],
    text: (construct: string) => `unsupported: ${construct}`,
    help: unsupported,
  },
  VT13001: {
    grpc: "internal",
    mysql: [1105, "HY000"],
    text: (what: string) => `[BUG] ${what}`,
    help: "A fault of ours: please report it with the statement and the VSchema.",
  },
  VT21001: {
    grpc: "resource_exhausted",
    mysql: [1153, "08S01"],
    text: (limit: string, setting: string) => `the result is larger than ${limit}, the limit set by ${setting}`,
    help: "Ask for fewer rows, or raise the limit.",
  },
} as const satisfies Record<`VT${number}`, ErrorKind<never[]>>;
