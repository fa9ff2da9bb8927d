/** The choices of a planned change of primary, and the durability policies they heed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { parsePosition } from "../binlog/gtid.ts";
import { ShardSchema, type Tablet, TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import { aliasMessage } from "../topo/cluster-records.ts";
import { type TabletAlias, tabletAlias } from "../topo/names.ts";
import { timestamp } from "../topo/times.ts";
import {
  type CandidateFacts,
  chooseCandidate,
  findPrimary,
  lookAtNewShard,
  lookAtShard,
  mayPromoteAmongStopped,
  type ReparentOptions,
  situationOf,
} from "./decide.ts";
import { canCommit, type DurabilityName, durabilityPolicies, durabilityPolicy } from "./durability.ts";

const one = tabletAlias("zone1-1");
const two = tabletAlias("zone1-2");
const three = tabletAlias("zone2-3");
const batch = tabletAlias("zone1-4");
const { REPLICA, PRIMARY, RDONLY, DRAINED, SPARE } = TabletType;

const tablet = (alias: TabletAlias, type: TabletType, termMs?: number): Tablet =>
  create(TabletSchema, {
    alias: aliasMessage(alias),
    type,
    ...(termMs === undefined ? {} : { primaryTermStartTime: timestamp(termMs) }),
  });
const tabletsOf = (...list: [TabletAlias, TabletType, number?][]) =>
  new Map(list.map(([alias, type, termMs]) => [alias, tablet(alias, type, termMs)]));
const shard = (primary?: TabletAlias) =>
  create(ShardSchema, primary === undefined ? {} : { primaryAlias: aliasMessage(primary) });

const all = tabletsOf([one, PRIMARY, 1000], [two, REPLICA], [three, REPLICA], [batch, RDONLY]);
const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const other = "4e11fa47-71ca-11e1-9e33-c80aa9429562";
const at = (text: string) => parsePosition(`MySQL56/${text}`);

test("policies say who may become primary and whose acknowledgements count", () => {
  const acks = (name: DurabilityName, replica: TabletAlias, type: TabletType) =>
    durabilityPolicies[name].isAcker(tablet(one, PRIMARY), tablet(replica, type));
  const table: [DurabilityName, number, boolean, boolean, boolean, boolean][] = [
    ["none", 0, false, false, false, false],
    ["semi_sync", 1, true, true, false, false],
    ["cross_cell", 1, false, true, false, false],
    ["semi_sync_with_rdonly_ack", 1, true, true, true, true],
    ["cross_cell_with_rdonly_ack", 1, false, true, false, true],
    ["test", 0, false, false, false, false],
  ];
  for (const [name, ackersMin, near, far, nearRdonly, farRdonly] of table) {
    assert.equal(durabilityPolicies[name].ackersMin, ackersMin, name);
    const found = [
      acks(name, two, REPLICA),
      acks(name, three, REPLICA),
      acks(name, batch, RDONLY),
      acks(name, three, RDONLY),
    ];
    assert.deepEqual(found, [near, far, nearRdonly, farRdonly], name);
    assert.equal(acks(name, two, SPARE), false, name);
    assert.equal(durabilityPolicies[name].promotionRule(tablet(one, REPLICA)), "neutral");
    assert.equal(durabilityPolicies[name].promotionRule(tablet(one, RDONLY)), "must_not");
  }
  const preferred = tablet(tabletAlias("zone2-200"), RDONLY);
  assert.equal(durabilityPolicies.test.promotionRule(preferred), "prefer");
  assert.equal(durabilityPolicy(""), durabilityPolicies.none);
  for (const name of ["semisync", "toString"]) assert.throws(() => durabilityPolicy(name), { code: "VT22033" });
});

test("who gets too few acknowledgements cannot commit", () => {
  const { semi_sync, cross_cell, none } = durabilityPolicies;
  const near = tabletsOf([one, REPLICA], [two, REPLICA], [batch, RDONLY]);
  const first = tablet(one, REPLICA);
  assert.equal(canCommit(semi_sync, first, near.values()), true);
  assert.equal(canCommit(cross_cell, first, near.values()), false);
  assert.equal(canCommit(cross_cell, first, all.values()), true);
  assert.equal(canCommit(semi_sync, first, [first]), false);
  assert.equal(canCommit(none, first, []), true);
});

function look(
  options: ReparentOptions,
  recorded: TabletAlias | undefined = one,
  tablets = all,
  name: DurabilityName = "none",
) {
  const found = lookAtShard(shard(recorded), tablets, options, durabilityPolicies[name]);
  if (found.kind === "named") return found.elect;
  return found.kind === "choose" ? found.among.join(" ") : `${found.kind}: ${found.why}`;
}

test("a first look: who was named, who may be chosen, or why not", () => {
  assert.equal(look({ newPrimary: two }), two);
  assert.equal(look({}), two, "the primary's own cell, without itself");
  assert.equal(look({ allowCrossCell: true }), `${two} ${three}`);
  assert.equal(look({ avoidPrimary: one }), two);
  assert.match(look({ avoidPrimary: two }), /nothing-to-do: the primary is zone1-0000000001, and zone1-0000000002/);
  assert.equal(lookAtShard(shard(), all, {}, durabilityPolicies.none).kind, "choose");
  assert.match(look({ newPrimary: two, avoidPrimary: two }), /refuse: .* both wanted and to be avoided/);
  assert.match(look({ newPrimary: tabletAlias("zone9-9") }), /refuse: .* not a tablet of the shard/);
  assert.match(look({ newPrimary: batch }), /refuse: .* of type RDONLY/);
  assert.match(look({ expectedPrimary: two }), /refuse: its primary is zone1-0000000001, expected zone1-0000000002/);
  assert.equal(look({ expectedPrimary: one, newPrimary: two }), two);
  const lonely = tabletsOf([one, PRIMARY, 1], [three, REPLICA]);
  assert.match(look({}, one, lonely), /refuse: no other tablet in cell zone1/);
  assert.match(look({ newPrimary: one }, one, tabletsOf([one, REPLICA]), "semi_sync"), /too few replicas/);
});

const facts = (alias: TabletAlias, fields: Partial<CandidateFacts> = {}): CandidateFacts => ({
  alias,
  position: at(`${uuid}:1-10`),
  lagSeconds: 0,
  isBackupRunning: false,
  bufferPoolPages: 0,
  ...fields,
});

function choose(
  candidates: CandidateFacts[],
  options: ReparentOptions = {},
  name: DurabilityName = "none",
  tablets = all,
) {
  const choice = chooseCandidate(candidates, tablets, durabilityPolicies[name], options);
  return choice.kind === "elect" ? choice.elect : choice.why;
}

test("the best candidate is one that nobody is ahead of, then by rule, warmth and name", () => {
  assert.equal(choose([facts(two), facts(three)]), two);
  assert.equal(choose([facts(two), facts(three, { position: at(`${uuid}:1-11`) })]), three);
  assert.equal(choose([facts(two), facts(three, { bufferPoolPages: 5 })]), three);
  assert.equal(choose([facts(two, { position: undefined }), facts(three)]), three);
  const forked = [
    facts(two, { position: at(`${uuid}:1-10,${other}:1`) }),
    facts(three, { position: at(`${uuid}:1-11`) }),
  ];
  assert.equal(choose(forked), two, "neither is ahead: the next rule decides");
  const preferred = tabletAlias("zone2-200");
  const withPreferred = new Map([...all, [preferred, tablet(preferred, REPLICA)]]);
  const rich = facts(two, { bufferPoolPages: 99 });
  assert.equal(choose([rich, facts(preferred)], {}, "test", withPreferred), preferred);
  assert.equal(
    choose([facts(two, { position: at(`${uuid}:1-11`) }), facts(preferred)], {}, "test", withPreferred),
    two,
  );
});

test("candidates that lag, take a backup or could not commit are passed over, with the reasons told", () => {
  const slow = facts(two, { lagSeconds: 31, position: at(`${uuid}:1-99`) });
  assert.equal(choose([slow, facts(three)], { lagSecondsMax: 30 }), three);
  assert.equal(choose([slow, facts(three)]), two);
  assert.match(choose([slow], { lagSecondsMax: 30 }), /no candidate is fit: zone1-0000000002 lags 31 s, more than 30/);
  assert.match(choose([facts(two, { lagSeconds: undefined })], { lagSecondsMax: 30 }), /does not know its lag/);
  assert.match(choose([facts(two, { isBackupRunning: true })]), /takes a backup/);
  const near = tabletsOf([one, PRIMARY, 1], [two, REPLICA]);
  assert.match(choose([facts(two)], {}, "cross_cell", near), /too few replicas/);
  assert.equal(choose([]), "no candidate is fit");
});

test("the primary is the tablet with the newest term, unless two claim it", () => {
  assert.equal(findPrimary(shard(), all), one);
  assert.equal(findPrimary(shard(), tabletsOf([one, REPLICA], [two, DRAINED])), undefined);
  assert.equal(findPrimary(shard(), tabletsOf([one, PRIMARY, 1000], [two, PRIMARY, 2000])), two);
  assert.equal(findPrimary(shard(), tabletsOf([one, PRIMARY, 2000], [two, PRIMARY, 1000])), one);
  assert.equal(findPrimary(shard(), tabletsOf([one, PRIMARY, 2000], [two, PRIMARY, 2000])), undefined);
  assert.equal(
    findPrimary(shard(), tabletsOf([one, PRIMARY, 2000], [two, PRIMARY, 2000], [three, PRIMARY, 3000])),
    three,
  );
  assert.equal(findPrimary(shard(), tabletsOf([one, PRIMARY], [two, PRIMARY, 1])), two);
  const named = (alias: TabletAlias, termMs: number) =>
    create(ShardSchema, { primaryAlias: aliasMessage(alias), primaryTermStartTime: timestamp(termMs) });
  const claims = tabletsOf([one, PRIMARY, 2000], [two, REPLICA]);
  assert.equal(findPrimary(named(two, 1000), claims), one, "a claim that is not recorded yet");
  assert.equal(findPrimary(named(two, 3000), claims), undefined, "named, but not promoted, or not able to say so");
  assert.equal(findPrimary(named(one, 3000), claims), one);
});

test("the situation is told by the record and the tablets", () => {
  assert.equal(situationOf(shard(), undefined, two), "first-promotion");
  assert.equal(situationOf(shard(one), undefined, two), "no-clear-primary");
  assert.equal(situationOf(shard(one), one, one), "repair");
  assert.equal(situationOf(shard(one), one, two), "graceful");
  assert.equal(situationOf(shard(), one, two), "graceful", "a primary that is not recorded yet is one all the same");
});

test("among stopped tablets only one that has everything may be promoted", () => {
  const tablets = tabletsOf([one, PRIMARY, 1], [two, REPLICA]);
  const may = (elect: TabletAlias, ...positions: [TabletAlias, string][]) => {
    const choice = mayPromoteAmongStopped(elect, new Map(positions.map(([a, p]) => [a, at(p)])), tablets);
    return choice.kind === "promote" ? "promote" : choice.why;
  };
  assert.equal(may(two, [one, `${uuid}:1-5`], [two, `${uuid}:1-5`]), "promote");
  assert.match(
    may(two, [one, `${uuid}:1-6`], [two, `${uuid}:1-5`]),
    /zone1-0000000001 has transactions that zone1-0000000002/,
  );
  assert.match(may(two, [one, `${uuid}:1-5,${other}:1`], [two, `${uuid}:1-9`]), /has transactions/);
  assert.match(may(two, [two, `${uuid}:1-5`]), /zone1-0000000001 did not tell its position/);
});

test("a shard is initialized only where there is no primary, or by force", () => {
  const decide = (recorded: TabletAlias | undefined, elect: TabletAlias, isForced = false, tablets = all) => {
    const choice = lookAtNewShard(shard(recorded), tablets, elect, isForced);
    return choice.kind === "initialize" ? "initialize" : choice.why;
  };
  const blank = tabletsOf([one, REPLICA], [two, REPLICA]);
  assert.equal(decide(undefined, one, false, blank), "initialize");
  assert.equal(decide(one, one), "initialize");
  assert.match(decide(one, two), /zone1-0000000001 is its primary/);
  assert.match(decide(undefined, two), /zone1-0000000001 is a primary/);
  assert.equal(decide(one, two, true), "initialize");
  assert.match(decide(undefined, tabletAlias("zone9-9"), true), /not a tablet/);
});
