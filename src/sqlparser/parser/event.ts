/** Triggers and events. */
import type { Bare } from "../ast/commented.ts";
import type { Expression, Interval } from "../ast/expression.ts";
import type { Account, AlterEvent, CreateEvent, CreateTrigger, EventState, Schedule } from "../ast/schema.ts";
import type { DefinitionHead } from "./create.ts";
import type { TableName } from "../ast/query.ts";
import { acceptIfNotExists, parseProgramName, parseTableName, parseText } from "./names.ts";
import type { Parser } from "./parser.ts";
import { parseBody } from "./program.ts";

/** Stands at TRIGGER. */
export function parseCreateTrigger(p: Parser, { replace, definer }: DefinitionHead): Bare<CreateTrigger> {
  p.next();
  const ifNotExists = acceptIfNotExists(p);
  const name = parseProgramName(p);
  const time = p.expectOneOf("BEFORE", "AFTER");
  const event = p.expectOneOf("INSERT", "UPDATE", "DELETE");
  p.expect("ON");
  const table = parseTableName(p);
  p.expect("FOR");
  p.expect("EACH");
  p.expect("ROW");
  const order = p.acceptOneOf("FOLLOWS", "PRECEDES");
  const other = order === undefined ? undefined : parseOther(p);
  const body = parseBody(p);
  return { kind: "CreateTrigger", replace, definer, ifNotExists, name, time, event, table, order, other, body };
}

/** The trigger that this one follows or precedes: a name, or a string. */
const parseOther = (p: Parser): TableName => ({ kind: "TableName", schema: undefined, name: parseText(p) });

/** Stands at EVENT. */
export function parseCreateEvent(p: Parser, { replace, definer }: DefinitionHead): Bare<CreateEvent> {
  p.next();
  const ifNotExists = acceptIfNotExists(p);
  const name = parseProgramName(p);
  p.expect("ON");
  p.expect("SCHEDULE");
  const schedule = parseSchedule(p);
  const preserve = acceptCompletion(p);
  const state = acceptState(p);
  const comment = p.accept("COMMENT") ? p.string() : undefined;
  p.expect("DO");
  const body = parseBody(p);
  return { kind: "CreateEvent", replace, definer, ifNotExists, name, schedule, preserve, state, comment, body };
}

/** AT time, EVERY n unit STARTS … ENDS …. */
function parseSchedule(p: Parser): Schedule {
  const none = { kind: "Schedule", at: undefined, every: undefined, starts: undefined, ends: undefined } as const;
  if (p.accept("AT")) return { ...none, at: p.grammar.expression(p) };
  p.expect("EVERY");
  const amount = p.grammar.expression(p);
  const every: Interval = { kind: "Interval", amount, unit: p.intervalUnit() };
  const starts: Expression | undefined = p.accept("STARTS") ? p.grammar.expression(p) : undefined;
  const ends: Expression | undefined = p.accept("ENDS") ? p.grammar.expression(p) : undefined;
  return { ...none, every, starts, ends };
}

/** ON COMPLETION NOT PRESERVE, or nothing. */
function acceptCompletion(p: Parser): boolean | undefined {
  if (!p.acceptPair("ON", "COMPLETION")) return undefined;
  const negated = p.accept("NOT");
  p.expect("PRESERVE");
  return !negated;
}

function acceptState(p: Parser): EventState | undefined {
  if (p.accept("ENABLE")) return "ENABLE";
  if (!p.accept("DISABLE")) return undefined;
  if (!p.accept("ON")) return "DISABLE";
  p.expectOneOf("SLAVE", "REPLICA");
  return "DISABLE ON REPLICA";
}

/** Stands at EVENT. At least one of its clauses must be there. */
export function parseAlterEvent(p: Parser, definer: Account | undefined): Bare<AlterEvent> {
  p.next();
  const name = parseProgramName(p);
  const schedule = p.acceptPair("ON", "SCHEDULE") ? parseSchedule(p) : undefined;
  const preserve = acceptCompletion(p);
  const renameTo = p.acceptPair("RENAME", "TO") ? parseTableName(p) : undefined;
  const state = acceptState(p);
  const comment = p.accept("COMMENT") ? p.string() : undefined;
  const body = p.accept("DO") ? parseBody(p) : undefined;
  const isEmpty = [schedule, preserve, renameTo, state, comment, body].every((clause) => clause === undefined);
  if (isEmpty) p.fail();
  return { kind: "AlterEvent", definer, name, schedule, preserve, renameTo, state, comment, body };
}
