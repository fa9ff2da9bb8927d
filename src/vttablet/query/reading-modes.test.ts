/** How sql_mode changes what is read, and what it leaves alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mariadbEnvironment } from "../../sqlparser/environment.ts";
import { Plans } from "./plans.ts";
import { ReadingModes, readingOf } from "./reading-modes.ts";

test("only modes that change the reading count, combined ones with their parts", () => {
  assert.equal(readingOf("STRICT_TRANS_TABLES,NO_ZERO_DATE"), "");
  assert.equal(readingOf("ansi_quotes,STRICT_ALL_TABLES"), "ANSI_QUOTES");
  assert.equal(readingOf("ANSI"), "ANSI,ANSI_QUOTES,IGNORE_SPACE,PIPES_AS_CONCAT,REAL_AS_FLOAT");
});

test("the last word of the settings counts; others leave the server's mode", () => {
  const modes = new ReadingModes({ ...mariadbEnvironment, sqlMode: "ANSI_QUOTES,STRICT_TRANS_TABLES" });
  const of = (...settings: string[]) => modes.of(settings).sqlMode;
  assert.equal(of(), "ANSI_QUOTES");
  assert.equal(modes.of(["set time_zone = '+00:00'"]), modes.base);
  assert.equal(of("set names latin1, sql_mode = ''"), "");
  assert.equal(of("set sql_mode = ''", "set @@session.sql_mode = NO_BACKSLASH_ESCAPES"), "NO_BACKSLASH_ESCAPES");
  assert.equal(modes.of(["set sql_mode = 'NO_ZERO_DATE,ANSI_QUOTES'"]), modes.base);
  assert.equal(modes.of(["set global sql_mode = ''"]), modes.base);
  assert.equal(modes.of(["set @sql_mode = ''"]), modes.base);
});

test("each way of reading has its own plan of a text", () => {
  const plans = new Plans(100_000, mariadbEnvironment);
  const ansi = ["set sql_mode = 'ANSI_QUOTES'"];
  const text = "select 1 from \"a :x\" where b = '\\' and c = ':y'";
  const names = (settings: readonly string[]) => plans.of(text, settings).binds.map(({ name }) => name);
  assert.deepEqual(names([]), ["y"]);
  assert.deepEqual(names(["set sql_mode = 'NO_BACKSLASH_ESCAPES'"]), []);
  assert.deepEqual(plans.of('select 1 from "t"', ansi).use.facts.tables, ["t"]);
  assert.deepEqual(plans.of('select 1 from "t"').use.facts.tables, []);
  assert.ok(plans.of('select 1 from "_vt".tables', ansi).touchesSidecar);
  const dropped: string[] = [];
  plans.onDropped = ({ use }) => dropped.push(use.text);
  assert.equal(plans.setServerMode("STRICT_ALL_TABLES"), false);
  assert.equal(plans.setServerMode("ANSI"), true);
  assert.equal(dropped.length, 5);
  assert.deepEqual(plans.of('select 1 from "t"').use.facts.tables, ["t"]);
});
