/** Query rules from a file that is watched and from the topology, as they come, change and go. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Clock, systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { silentLogger } from "../base/log.ts";
import { createCell } from "../topo/cluster-records.ts";
import { cellName } from "../topo/names.ts";
import { TopoServer } from "../topo/server.ts";
import { type Access, type AccessOptions, openAccess, openTabletAccess } from "./access.ts";
import { Plans } from "./query/plans.ts";

let topo: TopoServer;
let folder = "";
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "vt-access-"));
  const context = { clock: systemClock, disk, memoryStores: new Map() };
  topo = await TopoServer.open(context, { implementation: "memory", globalAddress: "access", globalRoot: "/global" });
  await createCell(topo, cellName("zone1"), "access", "/zone1");
});
after(async () => {
  await topo.close();
  rmSync(folder, { recursive: true });
});

let tick = () => {};
const manual: Clock = {
  ...systemClock,
  every: (_periodMs, run) => {
    tick = run;
    return { cancel: () => {} };
  },
};
const open = (options: Partial<AccessOptions>) =>
  openTabletAccess({ ...openAccess, ...options }, "vt_ks", new Plans(10_000), () => undefined, {
    topo,
    disk,
    clock: manual,
    logger: silentLogger,
  });
const names = ({ authorizer }: Access) => authorizer.rules.map(({ name }) => name);
const until = async (isSo: () => boolean) => {
  for (let i = 0; i < 1000 && !isSo(); i++) await turn();
  assert.ok(isSo());
};

test("rules of the topology are in force before the tablet is, and follow the record", async () => {
  const write = (cell: string, text: string) => {
    const store = cell === "global" ? Promise.resolve(topo.global) : topo.cell(cellName(cell));
    return store.then((one) => one.write("configs/Rules", Buffer.from(text), undefined));
  };
  for (const cell of ["global", "zone1"]) {
    await write(cell, '[{"Name":"first","Plans":["Delete"]}]');
    const access = await open({ topoRules: { cell, path: "/configs/Rules" } });
    assert.deepEqual(names(access), ["first"]);
    await write(cell, '[{"Name":"second","RequestIP":"10[.].*","Action":"BUFFER"}]');
    await until(() => names(access)[0] === "second");
    await write(cell, "no rules at all");
    await write(cell, '[{"Name":"third"}]');
    await until(() => names(access)[0] === "third");
    const store = cell === "global" ? topo.global : await topo.cell(cellName(cell));
    await store.delete("configs/Rules", undefined);
    await until(() => names(access).length === 0);
    access.close();
  }
});

test("what cannot be applied stops the start; no record is no rules", async () => {
  await topo.global.write("configs/Bad", Buffer.from('[{"Action":"EXPLODE"}]'), undefined);
  await assert.rejects(open({ topoRules: { cell: "global", path: "configs/Bad" } }), /no action EXPLODE/);
  await assert.rejects(open({ topoRules: { cell: "nowhere", path: "configs/Bad" } }));
  const access = await open({ topoRules: { cell: "global", path: "configs/None" } });
  assert.deepEqual(names(access), []);
  access.close();
});

test("a file that is watched is read anew when it changes, and what is wrong leaves what was known", async () => {
  const path = join(folder, "rules.json");
  writeFileSync(path, '[{"Name":"a"}]');
  const access = await open({ rulesFile: path, isRulesFileWatched: true });
  const change = (text: string, seconds: number) => {
    writeFileSync(path, text);
    disk.utimesSync(path, seconds, seconds);
    tick();
  };
  assert.deepEqual(names(access), ["a"]);
  change('[{"Name":"b"}]', 1000);
  assert.deepEqual(names(access), ["b"]);
  change("[", 2000);
  assert.deepEqual(names(access), ["b"]);
  rmSync(path);
  tick();
  assert.deepEqual(names(access), ["b"]);
  change('[{"Name":"c"}]', 3000);
  assert.deepEqual(names(access), ["c"]);
  access.close();
});
