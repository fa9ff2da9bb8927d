/** vtctldclient with `--server internal` on a topology in memory: what people and scripts see. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { flagNames } from "../base/flags.ts";
import { systemRandom } from "../base/random.ts";
import { TabletSchema, TabletType } from "../proto/generated/topodata_pb.js";
import { clientFlags } from "./commands/vtctldclient.ts";
import { runMain } from "./main.ts";
import { wordsWanted } from "./vtctldclient/client-command.ts";
import { clientCommands } from "./vtctldclient/client-commands.ts";
import { frameTable, tabletLine } from "./vtctldclient/print.ts";

/** A client of a store of its own. */
function client(store: string) {
  const topo = ["--topo-implementation=memory", `--topo-global-server-address=${store}`, "--topo-global-root=/global"];
  return async (...args: readonly string[]) => {
    let out = "";
    let err = "";
    const code = await runMain("vtctldclient", {
      args: ["--server=internal", ...topo, ...args],
      terminal: { out: (text) => void (out += text), err: (text) => void (err += text), isInteractive: false },
      environment: {},
      disk,
      clock: systemClock,
      random: systemRandom,
      stop: new AbortController().signal,
    });
    return { code, out, err };
  };
}

test("the tutorial's commands print what Vitess's do", async () => {
  const run = client("tutorial");
  assert.equal((await run("AddCellInfo", "zone1", "--root", "/zone1", "-a", "tutorial")).out, "Created cell: zone1\n");
  assert.equal((await run("GetCellInfoNames")).out, "zone1\n");
  assert.match(
    (await run("CreateKeyspace", "--durability-policy=semi_sync", "customer")).out,
    /^Successfully created keyspace customer\. Result:\n\{\n  "name": "customer",\n/,
  );
  assert.equal((await run("--compact", "CreateShard", "customer/-80")).code, 0);
  const shard = JSON.parse((await run("GetShard", "customer/-80")).out);
  assert.deepEqual(shard.shard.key_range, { start: "", end: "gA==" });
  assert.equal(shard.shard.primary_alias, null);
  assert.equal((await run("GetTablets")).out, "");
  assert.equal((await run("GetTablets", "--format", "json")).out, "[]\n");
  assert.equal((await run("GenerateShardRanges", "4", "--compact")).out, '["-40","40-80","80-c0","c0-"]\n');
  assert.equal(
    (await run("getkeyspace", "customer", "--compact")).out,
    '{"name":"customer","keyspace":{"durability_policy":"semi_sync","sidecar_db_name":"_vt"}}\n',
  );
  const validated = await run("ValidateKeyspace", "customer");
  assert.equal(validated.code, 1);
  assert.match(validated.out, /^customer: no primary for shard customer\/-80\n/);
});

test("VSchema and rules come from texts and files", async () => {
  const run = client("vschema");
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  try {
    await run("AddCellInfo", "zone1", "--root", "/zone1");
    await run("CreateKeyspace", "customer");
    writeFileSync(`${folder}/v.json`, '{"tables": {"t": {}}}');
    assert.match((await run("ApplyVSchema", "customer", "--vschema-file", `${folder}/v.json`)).out, /"t"/);
    assert.match((await run("GetVSchema", "customer", "--compact")).out, /^\{"tables":\{"t":\{\}\}\}/);
    const typo = await run("ApplyVSchema", "customer", "--vschema", '{"tabels": {}}');
    assert.equal(typo.code, 2);
    assert.match(typo.err, /the VSchema cannot be read/);
    assert.match(
      (await run("ApplyVSchema", "customer")).err,
      /exactly one of --vschema, --vschema-file, --sql, --sql-file/,
    );
    const rules = '{"rules": [{"from_table": "t", "to_tables": ["customer.t"]}]}';
    assert.match((await run("ApplyRoutingRules", "--rules", rules, "--dry-run")).out, /^Dry run/);
    assert.equal((await run("GetRoutingRules", "--compact")).out, "{}\n");
    await run("ApplyRoutingRules", "--rules", rules);
    assert.match((await run("GetRoutingRules", "--compact")).out, /customer\.t/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("errors are one clear line, with an exit code", async () => {
  const run = client("errors");
  const fails = async (code: number, pattern: RegExp, ...args: readonly string[]) => {
    const answer = await run(...args);
    assert.equal(answer.code, code, answer.err);
    assert.match(answer.err, pattern);
    assert.equal(answer.err.trim().split("\n").length, 1);
    assert.equal(answer.out, "");
  };
  await fails(1, /VT23001: there is no keyspaces\/nothing\/Keyspace/, "GetKeyspace", "nothing");
  await fails(1, /VT22001: 'a b' is no name/, "CreateKeyspace", "a b");
  await fails(1, /VT23001: there is no keyspaces\/x/, "ApplyVSchema", "--sql", "alter vschema add table t", "x");
  await fails(2, /usage: vtctldclient GetShard <keyspace\/shard>/, "GetShard");
  await fails(2, /no shard: expected keyspace\/shard/, "GetShard", "customer");
  await fails(2, /no tablet alias/, "GetTablet", "zone1");
  await fails(2, /did you mean GetTablet or GetTablets/, "GetTabletz");
  await fails(2, /unknown flag --cel; did you mean --cell/, "GetTablets", "--cel", "x");
  await fails(2, /--shard needs --keyspace/, "GetTablets", "--shard", "0");
});

test("every command's flags live beside the client's, and its help is there", async () => {
  for (const { flags, name } of clientCommands)
    assert.doesNotThrow(() => flagNames({ ...clientFlags, ...flags }), name);
  assert.equal(new Set(clientCommands.map(({ name }) => name)).size, clientCommands.length);
  assert.match((await client("help")("GetTablets", "--help")).out, /vtctldclient GetTablets \[flags\]/);
});

test("usages say how many words there are", () => {
  assert.deepEqual(wordsWanted("<a> [<b> ...]"), { min: 1, max: Number.POSITIVE_INFINITY });
  assert.deepEqual(wordsWanted("<a> <b>"), { min: 2, max: 2 });
  assert.deepEqual(wordsWanted("<a> [<b>]"), { min: 1, max: 2 });
  assert.deepEqual(wordsWanted(""), { min: 0, max: 0 });
});

test("a tablet is a line for awk", () => {
  const tablet = create(TabletSchema, {
    alias: { cell: "zone1", uid: 100 },
    hostname: "db1",
    portMap: { vt: 15_100 },
    keyspace: "customer",
    shard: "-80",
    type: TabletType.PRIMARY,
    tags: { b: "2", a: "1" },
    mysqlHostname: "db1",
    mysqlPort: 17_100,
    primaryTermStartTime: { seconds: 1_700_000_000n, nanoseconds: 120_000_000 },
  });
  assert.equal(
    tabletLine(tablet),
    'zone1-0000000100 customer -80 primary db1:15100 db1:17100 [a: "1" b: "2"] 2023-11-14T22:13:20.12Z',
  );
  assert.match(tabletLine({ ...tablet, type: TabletType.REPLICA, keyspace: "" }), / <null> -80 replica .* <null>$/);
  assert.equal(frameTable(["a", "bc"], [["1", "x"]]), "+---+----+\n| a | bc |\n+---+----+\n| 1 | x  |\n+---+----+");
});

test("a local file becomes a record of the topology; a server does not write it for us", async () => {
  const run = client("written");
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  try {
    await run("AddCellInfo", "zone1", "--root", "/zone1");
    const bytes = toBinary(TabletSchema, create(TabletSchema, { alias: { cell: "zone1", uid: 7 }, hostname: "h" }));
    writeFileSync(`${folder}/tablet`, bytes);
    const path = "tablets/zone1-0000000007/Tablet";
    const written = await run("WriteTopologyPath", "--cell", "zone1", path, `${folder}/tablet`);
    assert.equal(written.code, 0, written.err);
    assert.match((await run("GetTablet", "zone1-7", "--compact")).out, /"hostname":"h"/);
    writeFileSync(`${folder}/tablet`, "not a record");
    assert.equal((await run("WriteTopologyPath", "--cell", "zone1", `/${path}`, `${folder}/tablet`)).code, 0);
    assert.match((await run("GetTablet", "zone1-7")).err, /zone1-0000000007/);
    assert.match((await run("WriteTopologyPath", "--cell", "zone9", path, `${folder}/tablet`)).err, /zone9/);
    assert.match((await run("WriteTopologyPath", path, `${folder}/none`)).err, /none/);
    assert.match((await run("--server=127.0.0.1:1", "WriteTopologyPath", path, "x")).err, /--server internal/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
