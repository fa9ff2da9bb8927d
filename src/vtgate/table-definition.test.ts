/** What a server's CREATE statement says of a table: columns, keys, defaults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mariadbEnvironment, mysqlEnvironment } from "../sqlparser/environment.ts";
import { readDefinition } from "./table-definition.ts";

const environments = { mysql: mysqlEnvironment, mariadb: mariadbEnvironment };

for (const [flavour, environment] of Object.entries(environments)) {
  test(`${flavour}: a table's columns and keys`, () => {
    const found = readDefinition(
      "CREATE TABLE `t` (`ID` bigint unsigned NOT NULL AUTO_INCREMENT, `a` int DEFAULT '5', `b` varchar(10) DEFAULT 'x', " +
        "`c` timestamp NULL DEFAULT CURRENT_TIMESTAMP, `d` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL, `e` int NOT NULL, `f` int, " +
        "PRIMARY KEY (`ID`,`e`), UNIQUE KEY `p` (`b`(3),`a` DESC), UNIQUE KEY `w` (`e`,`F`), KEY `z` (`a`)) ENGINE=InnoDB",
      environment,
    );
    assert.deepEqual(found?.keys, {
      primary: ["id", "e"],
      unique: [
        { name: "p", columns: ["b", "a"], isWhole: false },
        { name: "w", columns: ["e", "f"], isWhole: true },
      ],
    });
    const shown = found?.columns.map(({ name, isNullable, isGenerated, isAutoIncrement, default: value }) => [
      name,
      isNullable,
      isGenerated,
      isAutoIncrement,
      typeof value === "string" ? value : `${value.type} ${value.bytes?.toString() ?? "NULL"}`,
    ]);
    assert.deepEqual(shown, [
      ["id", false, false, true, "expression"],
      ["a", true, false, false, "INT32 5"],
      ["b", true, false, false, "VARCHAR x"],
      ["c", true, false, false, "expression"],
      ["d", true, true, false, "expression"],
      ["e", false, false, false, "none"],
      ["f", true, false, false, "NULL_TYPE NULL"],
    ]);
  });

  test(`${flavour}: a view has columns and no keys`, () => {
    const found = readDefinition("CREATE VIEW `v` AS select `a` AS `a`, 1 AS `B` from `t`", environment);
    assert.deepEqual(
      found?.columns.map(({ name }) => name),
      ["a", "b"],
    );
    assert.equal(found?.keys, undefined);
  });
}
