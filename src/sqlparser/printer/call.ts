/** Printers of calls, windows and types. */
import type { Aggregate, CallExpression, CallPart, CastType, Frame, FrameBound, WindowCall } from "../ast/call.ts";
import type { Expression } from "../ast/expression.ts";
import type { Printer, Printers } from "../printer.ts";
import { isReservedAnywhere } from "../keywords.ts";
import { quoteName } from "../quote.ts";
import { powers } from "../token.ts";

/** name( … */
function open(out: Printer, name: string): void {
  out.write(`${name}(`);
}

/** Reserved words that are names of functions: they stand without quotes. */
const reservedCalls: ReadonlySet<string> = new Set(
  (
    "if left right replace insert mod repeat database schema grouping rank dense_rank row_number cume_dist percent_rank " +
    "ntile lead lag first_value last_value nth_value current_date current_time current_timestamp current_user current_role " +
    "localtime localtimestamp utc_date utc_time utc_timestamp interval"
  ).split(" "),
);

function printCallName(out: Printer, name: string): void {
  const isPlain = /^[a-z_][a-z0-9_$]*$/.test(name) && (reservedCalls.has(name) || !isReservedAnywhere(name));
  if (name === "json_duality_object")
    out.write(`\`${name}\``); // Without quotes it is a DualityObject.
  else out.write(isPlain ? name : quoteName(name));
}

function printAggregate(node: Aggregate, out: Printer): void {
  open(out, node.name);
  if (node.distinct) out.write("distinct ");
  out.list(node.arguments);
  out.optionalList(" order by ", node.orderBy);
  out.optional(" ", node.limit);
  out.write(")");
  out.optional(" over ", node.over);
}

function printWindowCall(node: WindowCall, out: Printer): void {
  printCallName(out, node.name);
  out.write("(");
  out.list(node.arguments);
  out.write(")");
  if (node.from !== undefined) out.write(` from ${node.from.toLowerCase()}`);
  if (node.nulls !== undefined) out.write(` ${node.nulls.toLowerCase()} nulls`);
  out.optionalList(" within group (order by ", node.withinGroup, ")");
  out.write(" over ");
  out.node(node.over);
}

function printCastType(type: CastType, out: Printer): void {
  out.write(type.name === "INTERVAL" ? "interval day_second" : type.name.toLowerCase());
  if (type.length !== undefined)
    out.write(type.scale === undefined ? `(${type.length})` : `(${type.length}, ${type.scale})`);
  if (type.charset !== undefined) {
    const isWord = type.charset === "ascii" || type.charset === "unicode" || type.charset === "byte";
    out.write(isWord ? ` ${type.charset}` : ` character set ${type.charset}`);
  }
  if (type.binary) out.write(" binary");
  if (type.collation !== undefined) out.write(` collate ${type.collation}`);
  if (type.array) out.write(" array");
}

function printFrame(frame: Frame, out: Printer): void {
  out.write(frame.unit.toLowerCase());
  out.write(frame.end === undefined ? " " : " between ");
  printBound(out, frame.start, frame.startOffset);
  if (frame.end !== undefined) {
    out.write(" and ");
    printBound(out, frame.end, frame.endOffset);
  }
  if (frame.exclude !== undefined) out.write(` exclude ${frame.exclude.toLowerCase()}`);
}

function printBound(out: Printer, bound: FrameBound, offset: Expression | undefined): void {
  if (offset !== undefined) {
    out.operand(offset, powers.bitOr);
    out.write(" ");
  }
  out.write(bound.toLowerCase());
}

export const callPrinters: Printers<CallExpression | CallPart> = {
  Call: ({ schema, name, arguments: given }, out) => {
    if (schema === undefined) printCallName(out, name);
    else out.write(`${quoteName(schema)}.${quoteName(name)}`);
    out.write("(");
    out.list(given);
    out.write(")");
  },
  Aggregate: printAggregate,
  GroupConcat: (node, out) => {
    open(out, "group_concat");
    if (node.distinct) out.write("distinct ");
    out.list(node.arguments);
    out.optionalList(" order by ", node.orderBy);
    out.optionalString(" separator ", node.separator);
    out.optional(" ", node.limit);
    out.write(")");
    out.optional(" over ", node.over);
  },
  WindowCall: printWindowCall,
  OrderItem: ({ expression, direction }, out) => {
    out.node(expression);
    out.words(direction);
  },
  Limit: ({ count, offset, rowsExamined, withTies }, out) => {
    if (withTies && count !== undefined) {
      out.optional("offset ", offset, " rows ");
      out.optional("fetch first ", count, " rows with ties");
      return;
    }
    if (count === undefined && offset !== undefined) return out.optional("offset ", offset, " rows");
    out.write("limit ");
    out.optional("", offset, ", ");
    out.optional("", count);
    if (rowsExamined === undefined) return;
    out.write(count === undefined ? "rows examined " : " rows examined ");
    out.node(rowsExamined);
  },
  Window: ({ base, partitionBy, orderBy, frame }, out) => {
    out.write("(");
    const { length } = out.text;
    const gap = () => (out.text.length > length ? " " : "");
    if (base !== undefined) out.name(base);
    out.optionalList(`${gap()}partition by `, partitionBy);
    out.optionalList(`${gap()}order by `, orderBy);
    out.optional(gap(), frame);
    out.write(")");
  },
  WindowName: ({ name }, out) => out.name(name),
  Frame: printFrame,
  Star: ({ schema, table }, out) => {
    if (schema !== undefined) out.write(`${quoteName(schema)}.`);
    if (table !== undefined) out.write(`${quoteName(table)}.`);
    out.write("*");
  },
  CastType: printCastType,
  Cast: ({ operand, atTimeZone, type }, out) => {
    open(out, "cast");
    out.node(operand);
    out.optionalString(" at time zone ", atTimeZone);
    out.write(" as ");
    out.node(type);
    out.write(")");
  },
  ConvertUsing: ({ operand, charset }, out) => {
    open(out, "convert");
    out.node(operand);
    out.write(` using ${charset})`);
  },
  CharCall: ({ arguments: given, charset }, out) => {
    open(out, "char");
    out.list(given);
    out.write(charset === undefined ? ")" : ` using ${charset})`);
  },
  WeightString: ({ operand, as, levels }, out) => {
    open(out, "weight_string");
    out.node(operand);
    out.optional(" as ", as);
    if (levels !== undefined) out.write(` level ${levels.toLowerCase()}`);
    out.write(")");
  },
  Extract: ({ unit, operand }, out) => {
    open(out, "extract");
    out.write(`${unit.toLowerCase()} from `);
    out.node(operand);
    out.write(")");
  },
  Trim: ({ side, remove, operand }, out) => {
    open(out, "trim");
    if (side !== undefined) out.write(`${side.toLowerCase()} `);
    out.optional("", remove, " ");
    if (side !== undefined || remove !== undefined) out.write("from ");
    out.node(operand);
    out.write(")");
  },
  TimestampCall: ({ name, unit, left, right }, out) => {
    open(out, name);
    out.write(`${unit.toLowerCase()}, `);
    out.node(left);
    out.write(", ");
    out.node(right);
    out.write(")");
  },
  GetFormat: ({ type, format }, out) => {
    open(out, "get_format");
    out.write(`${type.toLowerCase()}, `);
    out.node(format);
    out.write(")");
  },
  Match: ({ columns, against, mode }, out) => {
    out.write("match (");
    out.list(columns);
    out.write(") against (");
    out.operand(against, powers.bitOr);
    out.words(mode);
    out.write(")");
  },
  ValuesOf: ({ column }, out) => {
    open(out, "values");
    out.node(column);
    out.write(")");
  },
  Ignore: (_, out) => out.write("ignore"),
  Default: ({ column }, out) => {
    out.write("default");
    out.optional("(", column, ")");
  },
  SequenceValue: ({ which, schema, name }, out) => {
    out.write(`${which.toLowerCase()} value for `);
    if (schema !== undefined) out.write(`${quoteName(schema)}.`);
    out.name(name);
  },
  JsonValue: ({ document, path, returning, onEmpty, onError }, out) => {
    open(out, "json_value");
    out.operand(document, powers.concat);
    out.write(", ");
    out.operand(path, powers.concat);
    out.optional(" returning ", returning);
    out.optional(" ", onEmpty, " on empty");
    out.optional(" ", onError, " on error");
    out.write(")");
  },
  JsonAnswer: ({ answer, value }, out) => {
    out.write(answer.toLowerCase());
    if (value === undefined) return;
    out.write(" ");
    out.operand(value, powers.concat);
  },
  DualityObject: ({ changes, members }, out) => {
    open(out, "json_duality_object");
    if (changes.length > 0) out.write(`with (${changes.join(", ").toLowerCase()}) `);
    out.list(members);
    out.write(")");
  },
  DualityMember: ({ key, value }, out) => {
    out.string(key);
    out.write(": ");
    out.node(value);
  },
};
