/**
 * Queries at random over generated tables: joins, groups, subqueries, UNION, common tables, windows. What a query answers
 * is settled: LIMIT stands only where the order is total but for the case of texts, and nothing depends on chance.
 */
import { type Random, pick } from "../../base/random.ts";
import { type ColumnType, type GeneratedTable, literalOf } from "./generated-schema.ts";

interface Visible {
  readonly text: string;
  readonly type: ColumnType;
}

const types: readonly ColumnType[] = ["int", "int", "dec", "dbl", "str", "date", "time"];

export class QueryGenerator {
  readonly #random: Random;
  readonly #tables: readonly GeneratedTable[];
  #aliases = 0;

  constructor(random: Random, tables: readonly GeneratedTable[]) {
    this.#random = random;
    this.#tables = tables;
  }

  query(): string {
    this.#aliases = 0;
    switch (this.#random.below(13)) {
      case 0:
        return this.#union();
      case 12:
        return this.#keyJoin();
      case 1:
        return `with w as (${this.#select([], 1, ["int", "int", "str"], ["p", "q", "z"])}) ${this.#selectFrom(
          "w as w1 join w as w2 on w1.p = w2.q",
          ["w1.p", "w2.q"].map((text) => ({ text, type: "int" as const })),
        )}`;
      case 2:
        return this.#window();
      case 3:
      case 4:
      case 5:
        return this.#ofOneTable();
      default:
        return this.#select([], 2, this.#types(), undefined);
    }
  }

  #types(): readonly ColumnType[] {
    return Array.from({ length: 1 + this.#random.below(3) }, () => pick(this.#random, types));
  }

  #one(n: number): boolean {
    return this.#random.below(n) === 0;
  }

  #union(): string {
    const columns = this.#types();
    const operator = pick(this.#random, ["union", "union all", "union"]);
    const left = this.#select([], 1, columns, undefined, "bare");
    const right = this.#select([], 1, columns, undefined, "bare");
    const tail = this.#one(2) ? this.#order(columns.length) : "";
    return `${left} ${operator} ${right}${tail}`;
  }

  /** What a gateway may do as a stream, or lead to few shards. */
  #ofOneTable(): string {
    const table = pick(this.#random, this.#tables);
    const scope = table.columns.map(({ name, type }) => ({ text: name, type }));
    const keys = this.#one(2) ? "k" : "k, id";
    const where = this.#one(2) ? ` where ${pick(this.#random, ["id", "k"])} in (1, ${this.#small()}, 3)` : "";
    const items = `${this.#expression("int", scope, 0)}, ${this.#expression("str", scope, 0)}`;
    const ref =
      this.#tables.find(({ vindexColumn, isApart }) => vindexColumn === undefined && !isApart)?.name ?? table.name;
    switch (this.#random.below(6)) {
      case 4:
        return `select ${items} from ${table.name} where k in (select k from ${ref} where id > ${this.#small()})`;
      case 5:
        return `select ${items} from ${table.name} where id = ${this.#small()} union all select ${items} from ${table.name}`;
      case 0:
        return `select ${keys}, count(*), sum(id) from ${table.name}${where} group by ${keys}${this.#one(2) ? ` order by ${keys} limit 4` : ""}`;
      case 1:
        return `select ${items} from ${table.name} where ${pick(this.#random, ["id", "k"])} = ${this.#small()}`;
      case 2:
        return `select ${items} from ${table.name}${where} union all select ${items} from ${table.name}`;
      default:
        return `select count(*), max(id), min(k) from ${table.name}${where}`;
    }
  }

  /** Tables that meet by keys, with conditions on one at a time: a gateway may join them as they come. */
  #keyJoin(): string {
    const [first, ...others] = Array.from({ length: this.#one(3) ? 3 : 2 }, () => {
      const table = pick(this.#random, this.#tables);
      const alias = `q${this.#aliases++}`;
      const scope = table.columns.map(({ name, type }) => ({ text: `${alias}.${name}`, type }));
      return { text: `${table.name} as ${alias}`, alias, scope };
    }) as [{ text: string; alias: string; scope: Visible[] }, ...{ text: string; alias: string; scope: Visible[] }[]];
    const isOuter = this.#one(2);
    const isOrdered = this.#one(2); // By the first table's key: then each row meets one row at most.
    const joins = others.map(({ text, alias, scope }) => {
      const on = `${alias}.${isOrdered ? "id" : pick(this.#random, ["id", "k"])} = ${first.alias}.${pick(this.#random, ["id", "k"])}`;
      const more = this.#one(2) ? ` and ${this.#condition(scope, 0)}` : "";
      return ` ${isOuter ? "left join" : "join"} ${text} on ${on}${more}`;
    });
    const columns = [...first.scope.slice(0, 3), ...others.flatMap(({ scope }) => scope.slice(0, 3))];
    const list = columns.map(({ text }) => text).join(", ");
    const order = isOrdered ? ` order by ${first.alias}.k${this.#one(2) ? " desc" : ""}, ${first.alias}.id` : "";
    return `select ${list} from ${first.text}${joins.join("")}${this.#where(first.scope, 0)}${order}`;
  }

  #window(): string {
    const { from, scope } = this.#from([], 1);
    const order = scope.map(({ text }) => text).join(", ");
    const call = pick(this.#random, ["row_number()", "count(*)", `sum(${this.#expression("int", scope, 1)})`]);
    const by = this.#one(2) ? `partition by ${this.#expression("int", scope, 0)} ` : "";
    return `select ${order}, ${call} over (${by}order by ${order}) from ${from}${this.#where(scope, 1)}`;
  }

  /** `names`: of its columns; `bare`: without ORDER BY and LIMIT. */
  #select(
    outer: readonly Visible[],
    depth: number,
    columns: readonly ColumnType[],
    names: readonly string[] | undefined,
    bare?: "bare",
  ): string {
    const { from, scope } = this.#from(outer, depth);
    const visible = [...scope, ...outer];
    const kind = this.#random.below(6);
    if (kind === 0 || kind === 1) return this.#grouped(from, scope, columns, names, depth, bare);
    const items = columns.map((type) => this.#expression(type, this.#one(6) ? visible : scope, depth));
    const distinct = kind === 2 ? "distinct " : "";
    const list = named(items, names);
    // MariaDB is wrong about an OFFSET into the distinct rows of a constant.
    const order = this.#order(columns.length).replace(distinct === "" ? "" : /limit 2, 5| offset 1/, "");
    const tail = bare === undefined && this.#one(2) ? order : "";
    if (depth === 2 && outer.length === 0 && names === undefined && this.#one(8))
      return `select * from ${from}${this.#where(visible, depth)}`;
    return `select ${distinct}${list} from ${from}${this.#where(visible, depth)}${tail}`;
  }

  #selectFrom(from: string, scope: readonly Visible[]): string {
    const items = [this.#expression("int", scope, 1), this.#expression("int", scope, 1)];
    return `select ${items.join(", ")} from ${from}${this.#where(scope, 1)}${this.#one(2) ? this.#order(2) : ""}`;
  }

  #grouped(
    from: string,
    scope: readonly Visible[],
    columns: readonly ColumnType[],
    names: readonly string[] | undefined,
    depth: number,
    bare: "bare" | undefined,
  ): string {
    const hasKeys = this.#one(4) === false;
    const keys = hasKeys ? [this.#plain(scope), ...(this.#one(3) ? [this.#plain(scope)] : [])] : [];
    const items = columns.map((type) => {
      const key = keys.find((each) => each.type === type);
      return key !== undefined && this.#one(2) ? key.text : this.#aggregate(type, scope);
    });
    const group = hasKeys ? ` group by ${keys.map(({ text }) => text).join(", ")}` : "";
    const having = this.#one(3)
      ? ` having ${this.#aggregate("int", scope)} ${this.#comparison()} ${this.#small()}`
      : "";
    const tail = bare === undefined && this.#one(2) ? this.#order(columns.length) : "";
    return `select ${named(items, names)} from ${from}${this.#where(scope, depth)}${group}${having}${tail}`;
  }

  #plain(scope: readonly Visible[]): Visible {
    return pick(this.#random, scope);
  }

  #aggregate(type: ColumnType, scope: readonly Visible[]): string {
    const argument = (of: ColumnType) => this.#expression(of, scope, 0);
    switch (type) {
      case "int":
        return pick(this.#random, [
          "count(*)",
          `count(${argument(pick(this.#random, types))})`,
          `count(distinct ${argument(pick(this.#random, types))})`,
          `sum(${argument("int")})`,
          `max(${argument("int")})`,
          `sum(distinct ${argument("int")})`,
          `count(*) + ${this.#small()}`,
          `coalesce(min(${argument("int")}), -1)`,
        ]);
      case "dec":
        return pick(this.#random, [
          `avg(${argument("int")})`,
          `sum(${argument("dec")})`,
          `avg(${argument("dec")})`,
          `min(${argument("dec")})`,
          `sum(${argument("int")}) / count(*)`,
        ]);
      case "dbl":
        return pick(this.#random, [`sum(${argument("dbl")})`, `max(${argument("dbl")})`]);
      default:
        // Servers order MAX() of an ENUM by its text or by its number, as they go about it.
        return `${pick(this.#random, ["min", "max"])}(${argument(type).replace(/^(?:\w+\.)?[ez]$/, "concat($&)")})`;
    }
  }

  #order(columns: number): string {
    const all = Array.from({ length: columns }, (_, i) => `${i + 1}${this.#one(3) ? " desc" : ""}`);
    const limit = pick(this.#random, ["", "", " limit 3", " limit 2, 5", " limit 7 offset 1"]);
    return ` order by ${all.join(", ")}${limit}`;
  }

  #from(outer: readonly Visible[], depth: number): { from: string; scope: readonly Visible[] } {
    const first = this.#source(depth);
    let { text } = first;
    let scope = first.scope;
    const joins =
      depth === 2 && outer.length === 0 ? pick(this.#random, [0, 0, 1, 1, 2]) : pick(this.#random, [0, 0, 0, 1]);
    for (let i = 0; i < joins; i++) {
      const next = this.#source(depth);
      const kind = pick(this.#random, ["join", "join", "left join", "left join", "right join"]);
      const both = [...scope, ...next.scope];
      const equal = this.#equality(scope, next.scope);
      const more = this.#one(3) ? ` and ${this.#condition(both, 0)}` : "";
      text = `${text} ${kind} ${next.text} on ${equal}${more}`;
      scope = both;
    }
    return { from: text, scope };
  }

  #equality(left: readonly Visible[], right: readonly Visible[]): string {
    const a = pick(this.#random, left);
    const partners = right.filter(({ type }) => type === a.type);
    if (partners.length > 0 && !this.#one(3)) return `${a.text} = ${pick(this.#random, partners).text}`;
    const keys = (scope: readonly Visible[]) => scope.filter(({ text }) => /\.(id|k|p)$/.test(text));
    return `${pick(this.#random, keys(left)).text} = ${pick(this.#random, keys(right)).text}`;
  }

  #source(depth: number): { text: string; scope: readonly Visible[] } {
    const alias = `q${this.#aliases++}`;
    if (depth > 0 && this.#one(6)) {
      const columns: readonly ColumnType[] = ["int", pick(this.#random, ["int", "dec", "dbl", "date", "time"])];
      const text = `(${this.#select([], depth - 1, columns, ["p", "o"])}) as ${alias}`;
      const scope = columns.map((type, i) => ({ text: `${alias}.${"po"[i]}`, type }));
      return { text, scope };
    }
    const table = pick(this.#random, this.#tables);
    const scope = table.columns.map(({ name, type }) => ({ text: `${alias}.${name}`, type }));
    return { text: `${table.name} as ${alias}`, scope };
  }

  #where(scope: readonly Visible[], depth: number): string {
    return this.#one(3) ? "" : ` where ${this.#condition(scope, depth)}`;
  }

  #comparison(): string {
    return pick(this.#random, ["=", "<", ">", "<=", ">=", "<>", ">", "<="]);
  }

  #small(): string {
    return String(this.#random.below(7));
  }

  #condition(scope: readonly Visible[], depth: number): string {
    const type = pick(this.#random, types);
    const a = () => this.#expression(type, scope, 0);
    const roll = this.#random.below(depth > 0 ? 16 : 9);
    switch (roll) {
      case 0:
        return `${a()} is ${this.#one(2) ? "not " : ""}null`;
      case 1:
        return `${a()} between ${literalOf(this.#random, type)} and ${literalOf(this.#random, type)}`;
      case 2:
        return `${a()} ${this.#one(4) ? "not " : ""}in (${[0, 1, 2].map(() => literalOf(this.#random, type)).join(", ")})`;
      case 3:
        return `(${this.#condition(scope, 0)} or ${this.#condition(scope, 0)})`;
      case 4:
        return `(${this.#condition(scope, 0)} and ${this.#condition(scope, 0)})`;
      case 5:
        return `not (${this.#condition(scope, 0)})`;
      case 6:
        return `${this.#expression("int", scope, 0)} ${this.#comparison()} ${this.#small()}`;
      case 9:
      case 10:
        // MariaDB forgets NULLs where NOT IN compares a signed with an unsigned column.
        return `${this.#expression("int", scope, 0)} ${this.#one(3) ? "not " : ""}in (${this.#nested(scope, depth, ["int"])})`.replaceAll(
          /\.u\b/g,
          ".k",
        );
      case 11:
      case 12:
        return `${this.#one(3) ? "not " : ""}exists (${this.#nested(scope, depth, ["int"])})`;
      case 13:
        return `${this.#expression("dec", scope, 0)} ${this.#comparison()} (${this.#scalar(scope, depth, "dec")})`;
      case 14:
        return `${this.#expression("int", scope, 0)} ${this.#comparison()} (${this.#scalar(scope, depth, "int")})`;
      default:
        return `${a()} ${this.#comparison()} ${this.#one(2) ? a() : literalOf(this.#random, type)}`;
    }
  }

  /** A query that may name columns around it. */
  #nested(outer: readonly Visible[], depth: number, columns: readonly ColumnType[]): string {
    const { from, scope } = this.#from(outer, depth - 1);
    const items = columns.map((type) => this.#expression(type, scope, 0));
    const own = this.#condition(scope, depth - 1);
    const tie = this.#one(2) ? ` and ${this.#equality(scope, outer)}` : "";
    return `select ${items.join(", ")} from ${from} where ${own}${tie}`;
  }

  /** One value. */
  #scalar(outer: readonly Visible[], depth: number, type: ColumnType): string {
    const { from, scope } = this.#from(outer, depth - 1);
    const tie = this.#one(2) ? ` where ${this.#equality(scope, outer)}` : "";
    return `select ${this.#aggregate(type, scope)} from ${from}${tie}`;
  }

  #expression(type: ColumnType, scope: readonly Visible[], depth: number): string {
    const columns = scope.filter((each) => each.type === type);
    const column = columns.length > 0 ? pick(this.#random, columns).text : literalOf(this.#random, type);
    if (this.#random.below(3) > 0) return column;
    const inner = (of: ColumnType) => this.#expression(of, scope, 0);
    if (depth > 1 && this.#one(3)) {
      if (type === "int" || type === "dec") return `(${this.#scalar(scope, 1, type)})`;
    }
    switch (type) {
      case "int":
        return pick(this.#random, [
          `${column} + ${this.#small()}`,
          `abs(${column})`,
          `length(${inner("str")})`,
          `coalesce(${column}, 0)`,
          `coalesce(case when ${column} > ${this.#small()} then 1 end, 0)`,
          `if(${column} is null, -1, ${column})`,
          `${column} * 2`,
          `year(${inner("date")})`,
        ]);
      case "dec":
        return pick(this.#random, [
          `${column} * 2`,
          `${column} + ${inner("int")}`,
          `ifnull(${column}, 0.5)`,
          `-${column}`,
        ]);
      case "dbl":
        return pick(this.#random, [`${column} * 2`, `${column} + 1`]);
      case "str":
        return pick(this.#random, [
          `concat(${column}, 'x')`,
          `upper(${column})`,
          `left(${column}, 1)`,
          `ifnull(${column}, 'a')`,
        ]);
      case "date":
        return `date_add(${column}, interval ${this.#small()} day)`;
      case "time":
        return `date_add(${column}, interval ${this.#small()} hour)`;
    }
  }
}

function named(items: readonly string[], names: readonly string[] | undefined): string {
  return items.map((item, i) => (names === undefined ? item : `${item} as ${names[i] ?? `c${i}`}`)).join(", ");
}
