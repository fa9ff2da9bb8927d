/** A role over real HTTP on a free port: pages, permissions, live flags, health through its life. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import { LiveFlags } from "../base/live-flags.ts";
import { silentLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import { servenvFlags } from "./flags.ts";
import { html } from "./html.ts";
import { startRole } from "./role.ts";

function role(args: readonly string[], complaint?: () => string | undefined) {
  const all = ["--bind-address=127.0.0.1", "--lameduck-period=1ms", "--stats-drop-variables=Uptime", ...args];
  const live = new LiveFlags(servenvFlags, resolveFlags(servenvFlags, { args: all, environment: {}, disk }));
  const metrics = new Metrics();
  metrics.counter("SlowQueries", "Slow.").add(1);
  return {
    name: "vttest",
    version: "1",
    flags: live,
    values: live.values,
    metrics,
    logger: silentLogger,
    clock: systemClock,
    disk,
    services: [],
    sections: [{ title: "Names", body: () => html`<b>${"<script>"}</b>` }],
    ...(complaint === undefined ? {} : { complaint }),
  };
}

test("the common pages answer", async () => {
  let wrong: string | undefined;
  const running = await startRole(role([], () => wrong));
  const at = `http://127.0.0.1:${running.httpPort}`;
  const get = async (path: string) => (await fetch(at + path)).text();
  try {
    assert.equal(await get("/healthz"), "ok\n");
    wrong = "replication is broken";
    assert.equal((await fetch(`${at}/debug/health`)).status, 503);
    wrong = undefined;
    const vars = JSON.parse(await get("/debug/vars"));
    assert.equal(vars.SlowQueries, 1);
    assert.equal(vars.Uptime, undefined);
    assert.match(await get("/metrics"), /^vttest_slow_queries 1$/m);
    assert.match(await get("/debug/status"), /<b>&lt;script&gt;<\/b>/);
    const set = await fetch(`${at}/debug/config`, {
      method: "POST",
      body: new URLSearchParams({ onterm_timeout: "3s" }),
    });
    assert.equal(set.status, 200);
    assert.match(await get("/debug/config"), /"name":"onterm-timeout","kind":"duration","value":"3s"/);
    const bad = await fetch(`${at}/debug/config`, { method: "POST", body: new URLSearchParams({ port: "3" }) });
    assert.equal(bad.status, 400);
    const foreign = await fetch(`${at}/debug/config`, {
      method: "POST",
      headers: { origin: "http://elsewhere.example" },
      body: new URLSearchParams({ onterm_timeout: "9s" }),
    });
    assert.equal(foreign.status, 403);
    assert.equal((await fetch(`${at}/nothing`)).status, 404);
  } finally {
    await running.stop();
  }
  await assert.rejects(fetch(`${at}/healthz`));
});

test("the security policy grants or refuses", async () => {
  const running = await startRole(role(["--security-policy=read-only"]));
  const at = `http://127.0.0.1:${running.httpPort}`;
  assert.equal((await fetch(`${at}/debug/vars`)).status, 200);
  const body = new URLSearchParams({ onterm_timeout: "3s" });
  assert.equal((await fetch(`${at}/debug/config`, { method: "POST", body })).status, 403);
  await running.stop();
  const closed = await startRole(role(["--security-policy=deny-all"]));
  const there = `http://127.0.0.1:${closed.httpPort}`;
  assert.equal((await fetch(`${there}/healthz`)).status, 200);
  assert.equal((await fetch(`${there}/debug/vars`)).status, 403);
  await closed.stop();
});

test("a port in use is a clear error", async () => {
  const running = await startRole(role([]));
  await assert.rejects(
    startRole(role([`--port=${running.httpPort}`])),
    /127\.0\.0\.1:\d+ is in use: choose another with --port/,
  );
  await running.stop();
});
