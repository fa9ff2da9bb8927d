/**
 * A join by keys as a stream: one part's rows lead, and each further part is asked for the rows of their keys. The rows come
 * in the order of the part that leads, which therefore is the one that ORDER BY speaks of.
 */
import type { Join, JoinedColumn, Primitive } from "../../engine/primitive.ts";
import { routingCost } from "../../engine/routing.ts";
import type { Expression } from "../../sqlparser/ast/expression.ts";
import type { Query, Select, SelectItem } from "../../sqlparser/ast/query.ts";
import { plainSelect } from "../../sqlparser/plain-select.ts";
import type { Builder } from "../build/builder.ts";
import { lowerMerge } from "../lower/merge.ts";
import { type LoweredRoute, lowerRoute, type Source } from "../lower/route.ts";
import type { SessionBind } from "../lower/session-names.ts";
import type { Block, ColumnRef, Fact, Operator, Route } from "../operator.ts";
import type { Plan } from "../plan.ts";
import { limitOf, shardLimit } from "../rules/limits.ts";
import { type Key, keyOf } from "../rules/sort-key.ts";
import { applyRules, planTree } from "../rules.ts";
import { type Edge, type JoinParts, joinParts, type Part } from "./join-parts.ts";

export function planJoin(
  query: Query,
  done: Operator,
  builder: Builder,
  source: Source,
  rules: Set<string>,
  finish: () => Plan | undefined,
): Plan | undefined {
  if (query.kind !== "Select" || done.kind !== "Block" || !isPlainJoin(query, done)) return undefined;
  const limit = query.limit === undefined ? undefined : limitOf(query.limit);
  if (query.limit !== undefined && limit === undefined) return undefined;
  const found = joinParts(query, done, builder);
  const keys = query.orderBy.map((item) => keyOf(item, query));
  if (found === undefined || !keys.every((key) => key !== undefined)) return undefined;
  const steps = inSteps(found, keys);
  if (steps === undefined) return undefined;
  const joining = new JoinBuilder(found, builder, { ...source, text: undefined }, rules);
  // A left row of an outer join comes out once at least: no more of them are needed than rows.
  const isCapped = limit !== undefined && steps.next.every(({ part }) => part.isOuter);
  const root = joining.build(steps, keys, isCapped ? shardLimit(limit, query.limit) : undefined, finish);
  rules.add("join-by-keys");
  return {
    root: limit === undefined ? root : { kind: "Limit", input: root, ...limit },
    sessionBinds: joining.sessionBinds,
    rules,
  };
}

const alone: ReadonlySet<string> = new Set(["ORDER BY", "LIMIT"]);

function isPlainJoin(select: Select, { sources, nested, keptTogether }: Block): boolean {
  if (sources.length < 2 || nested.length > 0 || !sources.every(({ kind }) => kind === "Route")) return false;
  if (select.distinct || select.groupBy !== undefined || select.with !== undefined || select.locks.length > 0)
    return false;
  return keptTogether.every(({ construct }) => alone.has(construct));
}

interface Step {
  readonly part: Part;
  /** Columns of what is joined already, and of this part. */
  readonly keys: readonly (readonly [ColumnRef, ColumnRef])[];
}

interface Steps {
  readonly first: Part;
  readonly next: readonly Step[];
}

/** Which part leads and in which order others follow; undefined where one cannot be reached by keys. */
function inSteps(found: JoinParts, keys: readonly Key[]): Steps | undefined {
  const leading = new Set(keys.map(({ expression }) => found.partOf(expression)));
  if (leading.has(undefined) || leading.size > 1) return undefined;
  const [first = found.parts[0]] = leading;
  if (first === undefined || first.isOuter) return undefined;
  const left = [...found.parts].filter((part) => part !== first);
  const joined = new Set([first]);
  const next: Step[] = [];
  const open = new Set(found.edges);
  while (left.length > 0) {
    const at = left.findIndex((part) => edgesOf(part, joined, open, found) !== undefined);
    const part = left[at];
    const edges = part === undefined ? undefined : edgesOf(part, joined, open, found);
    if (part === undefined || edges === undefined) return undefined;
    for (const edge of edges) open.delete(edge);
    next.push({ part, keys: edges.map((edge) => towards(edge, part)) });
    joined.add(part);
    left.splice(at, 1);
  }
  return open.size > 0 ? undefined : { first, next };
}

const has = (route: Route, id: number) => route.sources.some((source) => source.id === id);

/** The edges between a part and those that are joined, if it may follow them now. */
function edgesOf(part: Part, joined: ReadonlySet<Part>, open: ReadonlySet<Edge>, { parts }: JoinParts) {
  const isJoined = (id: number) => parts.some((other) => joined.has(other) && has(other.route, id));
  const touching = [...open].filter(({ columns }) => columns.some(({ source }) => has(part.route, source)));
  const own = touching.filter(({ columns }) => columns.some(({ source }) => isJoined(source)));
  if (own.length === 0) return undefined;
  if (!part.isOuter) return own.every(({ outer }) => outer === undefined) ? own : undefined;
  // All that its ON says, and nothing else: WHERE would keep out rows without partners.
  const said = touching.filter(({ outer }) => outer === part);
  return said.length === own.length && own.every(({ outer }) => outer === part) ? own : undefined;
}

function towards({ columns: [a, b] }: Edge, part: Part): readonly [ColumnRef, ColumnRef] {
  return has(part.route, b.source) ? [a, b] : [b, a];
}

/** A column of a side on its way up: an item of the statement (by number, and column within it) or a key. */
type Token = string;
const keyToken = ({ source, column }: ColumnRef): Token => `${source}.${column}`;

class JoinBuilder {
  readonly sessionBinds: SessionBind[] = [];
  readonly #found: JoinParts;
  readonly #builder: Builder;
  readonly #source: Source;
  readonly #rules: Set<string>;

  constructor(found: JoinParts, builder: Builder, source: Source, rules: Set<string>) {
    this.#found = found;
    this.#builder = builder;
    this.#source = source;
    this.#rules = rules;
  }

  build(
    { first, next }: Steps,
    keys: readonly Key[],
    limit: Select["limit"],
    finish: () => Plan | undefined,
  ): Primitive {
    const otherwise = finish();
    this.#note(otherwise?.sessionBinds ?? []);
    const isOrdered = keys.length > 0;
    let tokens = this.#tokens([first], next, next[0]);
    let left = this.#leading(first, tokens, keys, limit);
    for (const [i, step] of next.entries()) {
      const joined = [first, ...next.slice(0, i + 1).map(({ part }) => part)];
      const following = next[i + 1];
      const wanted = following === undefined ? this.#shown() : this.#tokens(joined, next.slice(i + 1), following);
      const rightTokens = this.#tokens(
        [step.part],
        next.slice(i + 1),
        undefined,
        step.keys.map(([, ours]) => ours),
      );
      const bind = `__joined${i}`;
      const join: Join = {
        kind: "Join",
        left,
        right: this.#following(step, rightTokens, bind),
        bind,
        widths: { left: tokens.length, right: rightTokens.length },
        keys: step.keys.length,
        isOuter: step.part.isOuter,
        isOrdered,
        columns: wanted.map((token) => placeOf(token, tokens, rightTokens)),
        otherwise: i === next.length - 1 ? otherwise?.root : undefined,
      };
      left = join;
      tokens = wanted;
    }
    return left;
  }

  /** Items of the parts, then keys by which parts follow later, then the next step's, or those given. */
  #tokens(
    parts: readonly Part[],
    later: readonly Step[],
    next: Step | undefined,
    own: readonly ColumnRef[] = [],
  ): Token[] {
    const isOurs = ({ source }: ColumnRef) => parts.some(({ route }) => has(route, source));
    const items = this.#found.items.flatMap(({ part, width }, i) =>
      parts.includes(part) ? Array.from({ length: width }, (_, column) => `item ${i} ${column}`) : [],
    );
    const kept = later.flatMap((step) => (step === next ? [] : step.keys.map(([theirs]) => theirs))).filter(isOurs);
    const last = next === undefined ? own : next.keys.map(([theirs]) => theirs);
    return [...items, ...kept.map(keyToken), ...last.map(keyToken)];
  }

  #shown(): Token[] {
    return this.#found.items.flatMap(({ width }, i) =>
      Array.from({ length: width }, (_, column) => `item ${i} ${column}`),
    );
  }

  #select(part: Part, tokens: readonly Token[]): Select {
    const items = tokens.flatMap((token, i): Select["items"] => {
      const [, item, column] = /^item (\d+) (\d+)$/.exec(token) ?? [];
      if (item === undefined) return [this.#keyItem(token, i)];
      const found = this.#found.items[Number(item)];
      return found === undefined || column !== "0" ? [] : [found.item];
    });
    const [only, ...more] = part.where;
    const where: Expression | undefined = more.length > 0 ? { kind: "And", operands: part.where } : only;
    return { ...plainSelect(items, part.from), where };
  }

  #keyItem(token: Token, i: number): SelectItem {
    const name = `__k${i}`;
    return { kind: "SelectItem", expression: this.#column(token), alias: name, text: name };
  }

  #column(token: Token): Expression {
    const dot = token.indexOf(".");
    const id = Number(token.slice(0, dot));
    const source = this.#found.parts.flatMap(({ route }) => route.sources).find((each) => each.id === id);
    return { kind: "Column", schema: undefined, table: source?.name, name: token.slice(dot + 1) };
  }

  /** In the order that is asked for. */
  #leading(part: Part, tokens: readonly Token[], keys: readonly Key[], limit: Select["limit"]): Primitive {
    const orderBy = keys.map(({ expression, direction }) => ({ kind: "OrderItem" as const, expression, direction }));
    const statement: Select = { ...this.#select(part, tokens), orderBy, limit };
    const clauses = [...(orderBy.length > 0 ? ["ORDER BY"] : []), ...(limit === undefined ? [] : ["LIMIT"])];
    const done = planTree(blockOf(part.route, statement, [], clauses), this.#rules);
    if (done.kind === "Merge") {
      const merged = lowerMerge(done, this.#builder, this.#source, this.#rules, () => undefined);
      this.#note(merged.sessionBinds);
      return merged.root;
    }
    return this.#route(statement, done.kind === "Route" ? done : part.route);
  }

  /** Led by the key that leads to the fewest shards. */
  #following({ part, keys }: Step, tokens: readonly Token[], bind: string): Join["right"] {
    const list = { kind: "ListBind", name: bind } as const;
    const select = this.#select(part, tokens);
    const [, ours] = keys[0] as Step["keys"][number];
    const isMember: Expression = { kind: "In", operand: this.#column(keyToken(ours)), negated: false, list };
    const where: Expression =
      select.where === undefined ? isMember : { kind: "And", operands: [...part.where, isMember] };
    const statement = { ...select, where };
    const done = applyRules(
      blockOf(part.route, statement, [{ kind: "InList", column: ours, list, join: undefined }], []),
      this.#rules,
    );
    const narrowed = done.kind === "Route" ? done : part.route;
    const isBetter = routingCost(narrowed.routing) <= routingCost(part.route.routing);
    return this.#route(statement, isBetter ? narrowed : part.route);
  }

  #route(statement: Select, { keyspace, routing }: Route): Join["right"] {
    const lowered: LoweredRoute = lowerRoute(statement, this.#builder, this.#source, {
      keyspace: keyspace?.name ?? "",
      routing,
      effect: "read",
      oneShardOnly: false,
    });
    this.#note(lowered.sessionBinds);
    return lowered.primitive;
  }

  #note(binds: readonly SessionBind[]): void {
    for (const bind of binds) if (!this.sessionBinds.some((b) => b.bind === bind.bind)) this.sessionBinds.push(bind);
  }
}

function blockOf(route: Route, statement: Select, facts: readonly Fact[], clauses: readonly string[]): Block {
  return {
    kind: "Block",
    statement,
    sources: [{ ...route, nullableIn: [], sources: route.sources.map((source) => ({ ...source, nullableIn: [] })) }],
    nested: [],
    facts,
    local: [],
    outputs: undefined,
    keptTogether: clauses.map((construct) => ({ construct, columns: [] })),
  };
}

function placeOf(token: Token, left: readonly Token[], right: readonly Token[]): JoinedColumn {
  const at = left.indexOf(token);
  return at >= 0 ? { side: "left", at } : { side: "right", at: right.indexOf(token) };
}
