/** What vtctldclient writes: JSON as Vitess's tools print it, lines for awk, plain lines. All on standard output. */
import type { DescMessage, JsonValue, MessageShape } from "@bufbuild/protobuf";
import type { Terminal } from "../../base/terminal.ts";
import type { Tablet } from "../../proto/generated/topodata_pb.js";
import { TabletType } from "../../proto/generated/topodata_pb.js";
import { protoJson } from "../../vtctld/message-json.ts";
import { tabletTypeName } from "../../topo/tablet-types.ts";
import { aliasText } from "./words.ts";

export interface Print {
  readonly line: (text: string) => void;
  /** A message, indented; in one line and without what is empty where `--compact` was given. Absent: null. */
  readonly message: <D extends DescMessage>(schema: D, message: MessageShape<D> | undefined) => void;
  readonly messages: <D extends DescMessage>(schema: D, messages: readonly MessageShape<D>[]) => void;
  /** Messages by name, in the order of the names. */
  readonly messageMap: <D extends DescMessage>(
    schema: D,
    messages: Readonly<Record<string, MessageShape<D> | undefined>>,
  ) => void;
  readonly json: (value: JsonValue) => void;
}

export function printTo(terminal: Terminal, isCompact: boolean): Print {
  const line = (text: string) => terminal.out(`${text}\n`);
  const json = (value: JsonValue) => line(isCompact ? JSON.stringify(value) : JSON.stringify(value, null, 2));
  const one = <D extends DescMessage>(schema: D, message: MessageShape<D> | undefined): JsonValue =>
    message === undefined ? null : protoJson(schema, message, isCompact);
  return {
    line,
    json,
    message: (schema, message) => json(one(schema, message)),
    messages: (schema, messages) => json(messages.map((message) => one(schema, message))),
    messageMap: (schema, messages) => {
      const names = Object.keys(messages).sort();
      json(Object.fromEntries(names.map((name) => [name, one(schema, messages[name])])));
    },
  };
}

/** One tablet as a line for awk: alias keyspace shard type host:http-port mysql-host:port tags term-start. */
export function tabletLine(tablet: Tablet): string {
  const nothing = "<null>";
  const isPrimary = tablet.type === TabletType.PRIMARY;
  const start = isPrimary ? tablet.primaryTermStartTime : undefined;
  return [
    tablet.alias === undefined ? nothing : aliasText(tablet.alias),
    tablet.keyspace === "" ? nothing : tablet.keyspace,
    tablet.shard === "" ? nothing : tablet.shard,
    tabletTypeName(tablet.type).toLowerCase(),
    `${tablet.hostname}:${tablet.portMap["vt"] ?? 0}`,
    `${tablet.mysqlHostname}:${tablet.mysqlPort}`,
    tagsText(tablet.tags),
    start === undefined ? nothing : timeText(start),
  ].join(" ");
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(tags).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `[${pairs.sort().join(" ")}]`;
}

/** RFC 3339 in UTC without needless fractions: "2026-11-22T13:00:00Z". */
function timeText({ seconds, nanoseconds }: { readonly seconds: bigint; readonly nanoseconds: number }): string {
  const text = new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, "");
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  return `${text}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** Rows in a frame, as the mysql client prints them. */
export function frameTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)));
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const line = (cells: readonly string[]) =>
    `|${widths.map((width, i) => ` ${(cells[i] ?? "").padEnd(width)} `).join("|")}|`;
  return [rule, line(head), rule, ...rows.map(line), rule].join("\n");
}
