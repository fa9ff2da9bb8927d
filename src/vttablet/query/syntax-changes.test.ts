/** Which SET statements would make the server read texts otherwise than the tablet does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mariadbEnvironment } from "../../sqlparser/environment.ts";
import { parse } from "../../sqlparser/parse.ts";
import { syntaxChange } from "./syntax-changes.ts";

const change = (text: string) => syntaxChange(parse(text, mariadbEnvironment));

test("modes and character sets that change the syntax are named", () => {
  for (const text of [
    "set sql_mode = 'STRICT_TRANS_TABLES,ORACLE'",
    "set @@session.sql_mode = postgresql",
    "set sql_mode = concat('NO_BACK', 'SLASH_ESCAPES')",
    "set sql_mode = @a",
    "set statement sql_mode = 'MSSQL' for select 1",
    "set names gbk",
    "set names default",
    "set a = 1, character_set_client = 'sjis'",
    "set collation_connection = big5_bin",
  ])
    assert.notEqual(change(text), undefined, text);
});

test("all others are not", () => {
  for (const text of [
    "set sql_mode = 'STRICT_TRANS_TABLES,ANSI_QUOTES'",
    "set sql_mode = NO_BACKSLASH_ESCAPES",
    "set sql_mode = ''",
    "set names utf8mb4 collate utf8mb4_bin",
    "set character_set_client = latin1",
    "set @sql_mode = 'ANSI_QUOTES', autocommit = 0",
    "select 1",
  ])
    assert.equal(change(text), undefined, text);
});
