/** The statements that make Vitess's users: complete, escaped, not in the binary log. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mariadbProgram } from "./flavours/mariadb-program.ts";
import { mysqlProgram } from "./flavours/mysql-program.ts";
import { userNames, userStatements } from "./users.ts";

test("every user is made and given its rights, and nothing is logged", () => {
  for (const flavour of [mariadbProgram, mysqlProgram]) {
    const texts = userStatements(flavour, { vt_app: "it's", vt_repl: "p" }).map(({ text }) => text);
    assert.equal(texts[0], "set session sql_log_bin = 0");
    for (const name of userNames) {
      assert.ok(
        texts.some((text) => text.startsWith(`create user if not exists '${name}'@`)),
        name,
      );
      assert.ok(
        texts.some((text) => text.startsWith("grant ") && text.includes(`to '${name}'@`)),
        name,
      );
    }
    assert.ok(texts.includes("create user if not exists 'vt_app'@'localhost' identified by 'it''s'"));
    assert.ok(texts.includes("create user if not exists 'vt_repl'@'%' identified by 'p'"));
    assert.ok(texts.includes("grant replication slave on *.* to 'vt_repl'@'%'"));
  }
});

test("only the administrator may do everything, and only over the socket", () => {
  const texts = userStatements(mysqlProgram, {}).map(({ text }) => text);
  const mighty = texts.filter((text) => /grant all|super|file/i.test(text));
  assert.deepEqual(mighty, ["grant all on *.* to 'vt_dba'@'localhost' with grant option"]);
});
