/** What a whole request is let through or denied, and what is counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { requestOf } from "../../testing/query-requests.ts";
import { Authorizer, type AuthorizerOptions } from "./authorizer.ts";
import { Plans } from "./plans.ts";
import { parseQueryRules } from "./query-rules.ts";
import { parseTableAcl } from "./table-acl.ts";

const acl = parseTableAcl(
  '{"table_groups":[{"name":"shop","table_names_or_prefixes":["t"],"readers":["app"],"admins":["dev"]}]}',
);

function decide(options: Partial<AuthorizerOptions>, sql: string, wanted: Parameters<typeof requestOf>[1] = {}) {
  const counted: string[] = [];
  const plans = new Plans(100_000);
  const authorizer = new Authorizer(
    { database: "vt_ks", isStrict: true, isDryRun: false, exemptGroup: "", ...options },
    plans,
    (outcome, { group }, planType) => counted.push(`${outcome} ${group} ${planType}`),
  );
  authorizer.acl = acl;
  const app = {
    immediate: { username: "app", groups: ["staff"] },
    effective: { principal: "", component: "", subcomponent: "" },
  };
  try {
    authorizer.check(requestOf(sql, { caller: app, ...wanted }), plans.of(sql, wanted.settings).use.facts);
    return { code: undefined, counted };
  } catch (error) {
    return { code: (error as { code?: string }).code, counted };
  }
}

test("strict: allowed or denied, and counted", () => {
  assert.deepEqual(decide({}, "select * from t"), { code: undefined, counted: ["allowed shop Select"] });
  assert.deepEqual(decide({}, "delete from t"), { code: "VT26013", counted: ["denied shop Delete"] });
});

test("not strict, or a dry run: let through, and counted", () => {
  for (const options of [{ isStrict: false }, { isDryRun: true }])
    assert.deepEqual(decide(options, "delete from t"), { code: undefined, counted: ["pseudoDenied shop Delete"] });
});

test("an exempt user or group may do all", () => {
  for (const exemptGroup of ["app", "staff"])
    assert.deepEqual(decide({ exemptGroup }, "delete from t"), { code: undefined, counted: ["exempt shop Delete"] });
});

test("what comes beside the statement is looked at too", () => {
  assert.equal(decide({}, "select 1", { begin: true, savepoints: ["delete from t"] }).code, "VT26013");
  assert.equal(decide({}, "select 1", { settings: ["set @a = (select max(x) from other)"] }).code, "VT26013");
  assert.equal(decide({}, "select 1", { settings: ["set sql_mode = 'ORACLE'"] }).code, "VT12001");
  assert.equal(decide({}, "select 1", { settings: ["set sql_mode = 'STRICT_TRANS_TABLES'"] }).code, undefined);
});

test("texts are read as their connection reads them", () => {
  const settings = ["set sql_mode = 'ANSI_QUOTES'"];
  assert.equal(decide({}, `select 'a' from "t"`, { settings }).code, undefined);
  assert.equal(decide({}, `select 'a' from "other"`, { settings }).code, "VT26013");
  assert.equal(decide({}, `select "x" from t`, { settings }).code, undefined);
  const noEscapes = ["set sql_mode = 'NO_BACKSLASH_ESCAPES'"];
  const hidden = "select 'a\\' from t where 1 in (select 1 from other) or ''=''";
  assert.equal(decide({}, hidden, { settings: noEscapes }).code, "VT26013");
  const inSetting = `set @a = "', @b = (select 1 from other) or '"`;
  assert.equal(decide({}, "select 1", { settings: [...settings, inSetting] }).code, undefined);
  assert.equal(decide({}, "select 1", { settings: [...settings, `set @a = (select 1 from "other")`] }).code, "VT26013");
  assert.equal(decide({}, "set sql_mode = 'ANSI'").code, "VT12001");
  assert.equal(decide({}, "set sql_mode = 'ANSI'", { reservedId: 5 }).code, undefined);
});

test("rules and denied tables come first, and go when they are taken away", () => {
  const plans = new Plans(100_000);
  const authorizer = new Authorizer(
    { database: "", isStrict: false, isDryRun: false, exemptGroup: "" },
    plans,
    () => undefined,
  );
  assert.equal(authorizer.isOn, false);
  authorizer.setRules("file", parseQueryRules('[{"Name":"no deletes","Plans":["Delete"]}]'));
  authorizer.setDeniedTables(["moved"]);
  const codeOf = (sql: string) => {
    try {
      authorizer.check(requestOf(sql), plans.of(sql).use.facts);
      return undefined;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  assert.equal(codeOf("delete from t"), "VT26014");
  assert.equal(codeOf("select * from moved"), "VT26015");
  assert.equal(codeOf("select * from t"), undefined);
  authorizer.setDeniedTables([]);
  assert.equal(codeOf("select * from moved"), undefined);
});
