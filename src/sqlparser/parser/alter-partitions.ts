/** What ALTER TABLE does to partitions and tablespaces. https://dev.mysql.com/doc/refman/8.4/en/alter-table-partition-operations.html */
import type { AlterAction, PartitionAction, SecondaryLoad } from "../ast/alter.ts";
import { acceptIfExists, acceptIfNotExists, parseIdentifier, parseTableName } from "./names.ts";
import type { Parser } from "./parser.ts";
import { parsePartitionDefinition, parsePartitionDefinitions } from "./partitioning.ts";

/** An action on partitions, or undefined when none stands here. */
export function parsePartitionAction(p: Parser): AlterAction | undefined {
  const { token } = p;
  switch (token) {
    case "ADD":
      return parseAddPartition(p);
    case "REORGANIZE":
      return parseReorganize(p);
    case "EXCHANGE":
      return parseExchange(p);
    case "CONVERT":
      return parseConvertPartition(p);
    case "REMOVE":
      p.next();
      p.expect("PARTITIONING");
      return { kind: "AlterSwitch", what: "REMOVE PARTITIONING" };
    case "DISCARD":
    case "IMPORT":
      return parseTablespace(p, token);
    case "SECONDARY_LOAD":
    case "SECONDARY_UNLOAD":
      return p.rules.mariadb ? undefined : parseSecondaryLoad(p);
    case "DROP":
    case "REBUILD":
    case "OPTIMIZE":
    case "ANALYZE":
    case "CHECK":
    case "REPAIR":
    case "COALESCE":
    case "TRUNCATE":
      return parseOnPartitions(p, token);
    default:
      return undefined;
  }
}

function parseSecondaryLoad(p: Parser): SecondaryLoad {
  const unload = p.expectOneOf("SECONDARY_LOAD", "SECONDARY_UNLOAD") === "SECONDARY_UNLOAD";
  const partitions = p.accept("PARTITION") ? p.identifiers() : [];
  const guided = !unload && p.accept("GUIDED") ? p.expectOneOf("ON", "OFF") === "ON" : undefined;
  return { kind: "SecondaryLoad", unload, partitions, guided };
}

/** Behind its verb: PARTITION a, b; PARTITION ALL. */
function parseOnPartitions(p: Parser, action: PartitionAction["action"]): PartitionAction {
  p.next();
  p.expect("PARTITION");
  const start = { kind: "PartitionAction", action, ifExists: false, names: [], count: undefined, words: [] } as const;
  if (action === "DROP") {
    const ifExists = p.rules.mariadb && acceptIfExists(p);
    return { ...start, ifExists, names: p.list(parseIdentifier) };
  }
  const local = acceptNoBinlog(p);
  if (action === "COALESCE") return { ...start, words: local, count: p.integer() };
  const names = p.accept("ALL") ? [] : p.list(parseIdentifier);
  return { ...start, names, words: [...local, ...parseWords(p, action)] };
}

/** NO_WRITE_TO_BINLOG or LOCAL stands before the names; the printer puts it back there. */
function acceptNoBinlog(p: Parser): readonly string[] {
  return p.accept("NO_WRITE_TO_BINLOG") || p.accept("LOCAL") ? ["NO_WRITE_TO_BINLOG"] : [];
}

function parseWords(p: Parser, action: PartitionAction["action"]): readonly string[] {
  const words: string[] = [];
  for (;;) {
    if (action === "CHECK" && p.acceptPair("FOR", "UPGRADE")) words.push("FOR UPGRADE");
    else {
      const word =
        action === "CHECK"
          ? p.acceptOneOf("QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED")
          : action === "REPAIR"
            ? p.acceptOneOf("QUICK", "EXTENDED", "USE_FRM")
            : undefined;
      if (word === undefined) return words;
      words.push(word);
    }
  }
}

function parseAddPartition(p: Parser): AlterAction | undefined {
  if (!p.acceptPair("ADD", "PARTITION")) return undefined;
  const ifNotExists = p.rules.mariadb && acceptIfNotExists(p);
  acceptNoBinlog(p);
  if (p.accept("PARTITIONS")) return { kind: "AddPartitions", ifNotExists, definitions: [], count: p.integer() };
  const definitions = p.token === "(" ? parsePartitionDefinitions(p) : []; // None at all: an error when it runs.
  return { kind: "AddPartitions", ifNotExists, definitions, count: undefined };
}

function parseReorganize(p: Parser): AlterAction {
  p.next();
  p.expect("PARTITION");
  acceptNoBinlog(p);
  if (!p.isIdentifier) return { kind: "ReorganizePartitions", names: [], into: [] };
  const names = p.list(parseIdentifier);
  p.expect("INTO");
  return { kind: "ReorganizePartitions", names, into: parsePartitionDefinitions(p) };
}

function parseExchange(p: Parser): AlterAction {
  p.next();
  p.expect("PARTITION");
  const partition = p.identifier();
  p.expect("WITH");
  p.expect("TABLE");
  const table = parseTableName(p);
  return { kind: "ExchangePartition", partition, table, validation: acceptValidation(p) };
}

/** WITH VALIDATION, WITHOUT VALIDATION, or nothing. */
function acceptValidation(p: Parser): boolean | undefined {
  if (p.rules.mariadb && p.rules.version < 110400) return undefined;
  if (p.acceptPair("WITH", "VALIDATION")) return true;
  return p.acceptPair("WITHOUT", "VALIDATION") ? false : undefined;
}

/** MariaDB: CONVERT PARTITION p TO TABLE t, CONVERT TABLE t TO PARTITION …. */
function parseConvertPartition(p: Parser): AlterAction | undefined {
  if (!p.rules.mariadb) return undefined;
  p.next();
  const start = { kind: "ConvertPartition", ifNotExists: false, partition: undefined, definition: undefined } as const;
  if (p.accept("PARTITION")) {
    const partition = p.identifier();
    p.expect("TO");
    p.expect("TABLE");
    return { ...start, partition, table: parseTableName(p), validation: acceptValidation(p) };
  }
  p.expect("TABLE");
  const table = parseTableName(p);
  p.expect("TO");
  const definition = parsePartitionDefinition(p);
  return { ...start, table, definition, validation: acceptValidation(p) };
}

/** DISCARD TABLESPACE, IMPORT TABLESPACE, and DISCARD PARTITION a TABLESPACE. */
function parseTablespace(p: Parser, action: "DISCARD" | "IMPORT"): AlterAction {
  p.next();
  if (p.accept("TABLESPACE")) return { kind: "AlterSwitch", what: `${action} TABLESPACE` };
  p.expect("PARTITION");
  const names = p.accept("ALL") ? [] : p.list(parseIdentifier);
  p.expect("TABLESPACE");
  return { kind: "PartitionAction", action, ifExists: false, names, count: undefined, words: ["TABLESPACE"] };
}
