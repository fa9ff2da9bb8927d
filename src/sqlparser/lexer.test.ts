/** The lexer against the servers' rules: one line a case, tokens as "class:value". */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, mariadbEnvironment, mysqlEnvironment } from "./environment.ts";
import { Lexer } from "./lexer.ts";
import { lexicalRules } from "./lexical-rules.ts";

function tokens(source: string, environment: Environment = mysqlEnvironment): string {
  const lexer = new Lexer(source, lexicalRules(environment));
  const found: string[] = [];
  for (lexer.next(); lexer.token !== "end" && lexer.token !== "invalid"; lexer.next()) {
    const hasValue = /^(string|quoted|national|hex|bit|bind|listBind|introducer|userVariable)/.test(lexer.token);
    const text = hasValue ? lexer.value : source.slice(lexer.start, lexer.position);
    found.push(text === lexer.token ? text : `${lexer.token}:${text}`);
  }
  return found.join(" ") + (lexer.token === "invalid" ? " INVALID" : "");
}
const mode = (sqlMode: string): Environment => ({ ...mysqlEnvironment, sqlMode });

test("words, names and names after dots", () => {
  assert.equal(tokens("SELECT a FROM b"), "SELECT name:a FROM name:b");
  assert.equal(tokens("select selec selects"), "SELECT:select name:selec name:selects");
  assert.equal(
    tokens("t.select, select.t, t.1e5, `a``b`"),
    "name:t . name:select , name:select . name:t , name:t . name:1e5 , quoted:a`b",
  );
  assert.equal(tokens("1a 2e 3e+ é$"), "name:1a name:2e name:3e + name:é$");
});

test("numbers", () => {
  assert.equal(
    tokens("1 1. .5 1.5e-3 1e5 1e+5 1E10abc"),
    "integer:1 decimal:1. decimal:.5 float:1.5e-3 float:1e5 float:1e+5 float:1E10 name:abc",
  );
  assert.equal(
    tokens("0x4D x'4d' X'' 0b01 b'1' 0x 0XFF 0xZZ"),
    "hexNumber:4D hexString:4d hexString: bit:01 bit:1 name:0x name:0XFF name:0xZZ",
  );
  assert.equal(tokens("x'4'"), " INVALID");
  assert.equal(tokens("1.5e"), " INVALID");
});

test("strings and escapes", () => {
  assert.equal(tokens(String.raw`'a''b' 'a\'b\n\%' "x""y"`), "string:a'b string:a'b\n\\% string:x\"y");
  assert.equal(tokens(`"x""y"`, mode("ANSI_QUOTES")), 'quoted:x"y');
  assert.equal(tokens(String.raw`'a\' x`, mode("NO_BACKSLASH_ESCAPES")), "string:a\\ name:x");
  assert.equal(tokens("'open"), " INVALID");
  assert.equal(tokens("N'x' _utf8mb4'y' _utf9 'z'"), "national:x introducer:utf8mb4 string:y name:_utf9 string:z");
});

test("comments", () => {
  assert.equal(tokens("1 -- x\n2 # y\n3 /* z */ 4 --5"), "integer:1 integer:2 integer:3 integer:4 - - integer:5");
  assert.equal(
    tokens("1 /*!80000 2 */ 3 /*!99999 4 /* in */ 5 */ 6 /*! 7 */"),
    "integer:1 integer:2 integer:3 integer:6 integer:7",
  );
  assert.equal(
    tokens("/*M! 1 */ /*M!100100 2 */ /*!80000 3 */ 4", mariadbEnvironment),
    "integer:1 integer:2 integer:4",
  );
  assert.equal(tokens("1 /* open"), "integer:1 INVALID");
  assert.equal(tokens("1 /*! 2"), "integer:1 integer:2 INVALID");
});

test("variables, binds and labels", () => {
  assert.equal(
    tokens("@a.b @'x y' @`z` @@global.c @ d"),
    "userVariable:a.b userVariable:x y userVariable:z @@ name:global . name:c @ name:d",
  );
  assert.equal(
    tokens(":a ::b ? ? l: x:loop @a:=1"),
    "bind:a listBind:b bind:v1 bind:v2 name:l : name:x : LOOP:loop userVariable:a := integer:1",
  );
});

test("marks", () => {
  assert.equal(
    tokens("a<=>b<>c!=d<=e<<f||g&&h->i->>j"),
    "name:a <=> name:b <> name:c <>:!= name:d <= name:e << name:f || name:g && name:h -> name:i ->> name:j",
  );
  assert.equal(tokens("a->b", mariadbEnvironment), "name:a - > name:b");
});
