/** Which rule decides about a statement. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FlagError } from "../../base/flag-values.ts";
import type { Binds } from "../../sqltypes/value.ts";
import { integerValue, textValue } from "../../sqltypes/value.ts";
import { deniedTablesRule, findRule, parseQueryRules } from "./query-rules.ts";
import { statementFacts } from "./statement-facts.ts";

function decide(rule: Record<string, unknown>, sql: string, binds: Binds = {}, username = "app"): boolean {
  const rules = parseQueryRules(JSON.stringify([{ Name: "r", ...rule }]));
  const caller = {
    immediate: { username, groups: [] },
    effective: { principal: "", component: "", subcomponent: "" },
  };
  return findRule(rules, statementFacts(sql), { sql, binds, caller }) !== undefined;
}

test("all conditions of a rule must hold", () => {
  const rule = { TableNames: ["t", "u"], Plans: ["Delete", "Update"], User: "a.*" };
  assert.ok(decide(rule, "delete from t"));
  assert.ok(!decide(rule, "select * from t"));
  assert.ok(!decide(rule, "delete from other"));
  assert.ok(!decide(rule, "delete from t", {}, "bob"));
  assert.ok(!decide({ ...rule, Action: "CONTINUE" }, "delete from t"));
});

test("a rule may ask where a request comes from", () => {
  const rules = parseQueryRules('[{"Name":"r","RequestIP":"10[.]0[.]0[.].*","Action":"BUFFER"}]');
  const from = (peer: string | undefined) => {
    const caller = {
      immediate: { username: "", groups: [] },
      effective: { principal: "", component: "", subcomponent: "" },
      ...(peer === undefined ? {} : { peer }),
    };
    return findRule(rules, statementFacts("select 1"), { sql: "select 1", binds: {}, caller })?.action;
  };
  assert.deepEqual(["10.0.0.7", "10.1.0.7", undefined].map(from), ["BUFFER", undefined, undefined]);
});

test("patterns fit whole texts, without the comments around", () => {
  assert.ok(decide({ Query: "select .* from t" }, "/* a */ select 1 from t /* b */"));
  assert.ok(!decide({ Query: "select" }, "select 1 from t"));
  assert.ok(decide({ LeadingComment: ".*job.*" }, "/* nightly job */ select 1"));
  assert.ok(decide({ TrailingComment: ".*job.*" }, "select 1 /* x */ /* nightly job */"));
  assert.ok(!decide({ TrailingComment: ".*job.*" }, "/* nightly job */ select 1"));
});

test("binds: compared as whole numbers or texts, with a say for what is absent or of another kind", () => {
  const over = (more: Record<string, unknown>) => ({ BindVarConds: [{ Name: "id", ...more }] });
  const sql = "select :id from t";
  const at = (more: Record<string, unknown>, binds: Binds) => decide(over(more), sql, binds);
  assert.ok(at({ Operator: "UGT", Value: 5 }, { id: integerValue(6) }));
  assert.ok(!at({ Operator: "UGT", Value: 5 }, { id: integerValue(5) }));
  assert.ok(at({ Operator: "ILE", Value: "-5" }, { id: integerValue(-6) }));
  assert.ok(at({ Operator: "SEQ", Value: "x" }, { id: textValue("x") }));
  assert.ok(at({ Operator: "MATCH", Value: "x.*" }, { id: textValue("xyz") }));
  assert.ok(at({ Operator: "NOMATCH", Value: "x.*" }, { id: textValue("abc") }));
  assert.ok(!at({ Operator: "UEQ", Value: 5 }, { id: textValue("5") }));
  assert.ok(at({ Operator: "UEQ", Value: 5, OnMismatch: true }, { id: textValue("5") }));
  assert.ok(at({ Operator: "UEQ", Value: 5, OnAbsent: true }, {}));
  assert.ok(at({ OnAbsent: false }, { id: integerValue(1) }));
  assert.ok(!at({ OnAbsent: true }, { id: integerValue(1) }));
});

test("denied tables", () => {
  const rules = [deniedTablesRule(["moved"])];
  const caller = {
    immediate: { username: "", groups: [] },
    effective: { principal: "", component: "", subcomponent: "" },
  };
  const find = (sql: string) => findRule(rules, statementFacts(sql), { sql, binds: {}, caller })?.action;
  assert.equal(find("select 1 from t join moved"), "FAIL_RETRY");
  assert.equal(find("select 1 from t"), undefined);
});

test("rules that cannot be kept are refused", () => {
  for (const rule of [
    { RequestIP: "(" },
    { Action: "EXPLODE" },
    { Plans: ["None"] },
    { Query: "(" },
    { BindVarConds: [{ Name: "a", Operator: "UEQ", Value: "x" }] },
    { BindVarConds: [{ Name: "a", Operator: "ABOUT" }] },
    { User: 5 },
  ])
    assert.throws(() => parseQueryRules(JSON.stringify([rule])), FlagError);
  assert.throws(() => parseQueryRules("{}"), FlagError);
});
