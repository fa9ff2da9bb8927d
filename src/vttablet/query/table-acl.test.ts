/** Who may do what to which table. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FlagError } from "../../base/flag-values.ts";
import { mariadbEnvironment, mysqlEnvironment } from "../../sqlparser/environment.ts";
import { statementFacts } from "./statement-facts.ts";
import { askAcl, parseTableAcl } from "./table-acl.ts";

const acl = parseTableAcl(
  JSON.stringify({
    table_groups: [
      { name: "all", table_names_or_prefixes: ["%"], admins: ["root"] },
      {
        name: "shop",
        table_names_or_prefixes: ["shop_%", "customer"],
        readers: ["app", "reports"],
        writers: ["app"],
        admins: ["dev"],
      },
      { name: "secret", table_names_or_prefixes: ["shop_secret"], readers: ["dev"] },
    ],
  }),
);

function denied(username: string, sql: string, groups: readonly string[] = []): string {
  const questions = askAcl(acl, statementFacts(sql).needs, "vt_ks", { username, groups });
  return questions
    .filter(({ isAllowed }) => !isAllowed)
    .map(({ table, role, group }) => `${role} ${table} (${group})`)
    .join(", ");
}

test("readers read, writers write, admins change the schema", () => {
  assert.equal(denied("app", "select * from customer join shop_order using (id)"), "");
  assert.equal(denied("reports", "select * from vt_ks.customer"), "");
  assert.equal(denied("reports", "insert into customer (id) values (1)"), "WRITER customer (shop)");
  assert.equal(denied("app", "insert into customer select * from shop_order"), "");
  assert.match(denied("app", "alter table customer add x int"), /ADMIN customer/);
  assert.equal(denied("root", "drop table other"), "");
});

test("exact names come before prefixes, longer prefixes before shorter", () => {
  assert.equal(denied("app", "select * from shop_secret"), "READER shop_secret (secret)");
  assert.equal(denied("dev", "select * from shop_secret"), "");
  assert.equal(denied("app", "select * from elsewhere"), "READER elsewhere (all)");
});

test("groups of the caller count; nobody is no member", () => {
  assert.equal(denied("someone", "select * from customer", ["reports"]), "");
  assert.equal(denied("", "select * from customer"), "READER customer (shop)");
});

test("what is read on the way to a write is read: subqueries, RETURNING, locks", () => {
  assert.equal(
    denied("app", "update customer set a = (select max(a) from shop_secret)"),
    "READER shop_secret (secret)",
  );
  assert.equal(denied("reports", "select * from customer for update"), "WRITER customer (shop)");
  const writerOnly = parseTableAcl('{"table_groups":[{"name":"t","table_names_or_prefixes":["t"],"writers":["w"]}]}');
  const asks = (sql: string) =>
    askAcl(writerOnly, statementFacts(sql).needs, "", { username: "w", groups: [] }).filter((one) => !one.isAllowed)
      .length;
  assert.equal(asks("update t set a = 1 where id = 5"), 0);
  assert.equal(asks("delete from t where id = 5"), 0);
  assert.equal(asks("update t set a = 1 where id in (select id from t)"), 1);
  assert.equal(asks("select * from t for update"), 1);
  assert.equal(asks("select next value from t"), 0);
});

test("the whole server asks for an admin of everything; what is not understood is nobody's", () => {
  assert.match(denied("dev", "set global max_connections = 5"), /ADMIN %/);
  assert.equal(denied("root", "set global max_connections = 5"), "");
  assert.equal(denied("root", "no statement at all"), "ADMIN % ()");
  assert.equal(denied("reports", "select * from information_schema.tables"), "");
  assert.equal(denied("reports", "select * from mysql.user"), "READER mysql.user (all)");
});

test("files that say something else are refused", () => {
  for (const text of [
    "",
    "[]",
    '{"table_groups": {}}',
    '{"table_groups": [{}]}',
    '{"table_groups": [{"name": "a", "readers": "x"}]}',
  ])
    assert.throws(() => parseTableAcl(text), FlagError);
  const twice = { name: "a", table_names_or_prefixes: ["t", "t"] };
  assert.throws(() => parseTableAcl(JSON.stringify({ table_groups: [twice] })), /two groups name t/);
});

test("comments that the server runs are looked into, as that server reads them", () => {
  const hidden = "select 1 /*M! union select a from shop_secret */";
  const asks = (text: string, environment = mariadbEnvironment) =>
    askAcl(acl, statementFacts(text, environment).needs, "vt_ks", { username: "app", groups: [] }).map(
      ({ table }) => table,
    );
  assert.deepEqual(asks(hidden), ["shop_secret"]);
  assert.deepEqual(asks(hidden, mysqlEnvironment), []);
  assert.deepEqual(asks("select 1 /*!50000 union select a from shop_secret */", mysqlEnvironment), ["shop_secret"]);
});
