/** Flags of the query log, the same for gateways and tablets (inventory 1.030). */
import { boolean, float, integer, oneOf, periodMs, string } from "../base/flag-values.ts";
import { flag, type Values } from "../base/flags.ts";
import type { StatementFilter } from "./event-log.ts";

export const queryLogFlags = {
  querylogFormat: flag({
    parse: oneOf("text", "json"),
    default: "text",
    help: "How logs of statements show them.",
  }),
  querylogMode: flag({
    parse: oneOf("all", "error"),
    default: "all",
    help: "Log all statements, or those that failed.",
  }),
  querylogFilterTag: flag({ parse: string, default: "", help: "Log only statements that have this text in them." }),
  querylogRowThreshold: flag({ parse: integer(0), default: 0, help: "Log only statements of at least so many rows." }),
  querylogTimeThresholdMs: flag({
    parse: periodMs,
    default: 0,
    help: "Log only statements that took at least so long.",
  }),
  querylogSampleRate: flag({
    parse: float(0, 1),
    default: 0,
    help: "This share of all statements is logged, whatever the filters say.",
  }),
  querylogEmitOnAnyConditionMet: flag({
    parse: boolean,
    default: false,
    help: "One of those conditions is enough, instead of all.",
  }),
  querylogBufferSize: flag({
    parse: integer(0),
    default: 10,
    help: "Statements held for a slow reader of the log.",
    unused: "a reader may fall behind by 1000 lines",
  }),
  logQueriesToFile: flag({ parse: string, default: "", help: "File that the query log is appended to; empty: none." }),
  redactDebugUiQueries: flag({ parse: boolean, default: false, help: "Log statements without their values." }),
} as const;

export function statementFilter(values: Values<typeof queryLogFlags>): StatementFilter {
  return {
    format: values.querylogFormat,
    mode: values.querylogMode,
    filterTag: values.querylogFilterTag,
    rowsMin: values.querylogRowThreshold,
    timeMsMin: values.querylogTimeThresholdMs,
    isAnyEnough: values.querylogEmitOnAnyConditionMet,
    sampleRate: values.querylogSampleRate,
    redacts: values.redactDebugUiQueries,
  };
}
