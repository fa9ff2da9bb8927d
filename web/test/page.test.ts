/**
 * The page in a real browser (Debian's chromium) beside a real cluster: what it shows is the cluster's state, and it
 * follows a change of primary without being loaded again.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { TestCluster } from "../../src/testing/e2e/test-cluster.ts";
import { testProgram } from "../../src/testing/programs.ts";
import { buildPage } from "../../tools/build-page.ts";

const browserArguments = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const shownTimeoutMs = 20_000;

describe("the web page", { timeout: 150_000 }, () => {
  const profile = mkdtempSync(join(tmpdir(), "vt-page-"));
  const complaints: string[] = [];
  let cluster: TestCluster;
  let browser: BrowserContext;
  let page: Page;
  let app = "";

  before(async () => {
    await buildPage();
    cluster = await TestCluster.start({
      flavour: "mariadb",
      topo: "sqlite",
      keyspaces: [{ name: "customer", shards: ["-80", "80-"] }],
    });
    app = `http://127.0.0.1:${cluster.running.plan.vtctld.httpPort}/app`;
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: testProgram("chromium").command,
      args: browserArguments,
    });
    page = await browser.newPage();
    page.setDefaultTimeout(shownTimeoutMs);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  });
  after(async () => {
    await browser?.close();
    await cluster?.remove();
    rmSync(profile, { recursive: true, force: true });
  });

  const row = (alias: string) => page.locator(".panel > table > tbody > tr", { hasText: alias });

  test("shows the keyspaces and that every shard has a serving primary", async () => {
    await page.goto(app);
    await page.getByText("4 of 4 tablets serving").waitFor();
    await page.locator(".card .state.good").nth(1).waitFor();
    assert.deepEqual(await page.locator(".card .state.good").allInnerTexts(), ["-80", "80-"]);
  });

  test("shows a keyspace's shards, its primaries and its VSchema", async () => {
    const applied = await cluster.client(
      "ApplyVSchema",
      "--vschema",
      '{"sharded": true, "vindexes": {"by_hash": {"type": "hash"}}}',
      "customer",
    );
    assert.equal(applied.code, 0, applied.err);
    await page.getByRole("link", { name: "customer" }).click();
    await page.getByRole("heading", { name: "customer" }).waitFor();
    await row("zone1-0000000100").first().waitFor();
    await page.locator("pre", { hasText: "by_hash" }).waitFor();
  });

  test("lists tablets with type, state and lag, and filters them", async () => {
    await page.getByRole("link", { name: "Tablets" }).click();
    await row("zone1-0000000100").getByText("primary").waitFor();
    assert.match(await row("zone1-0000000101").innerText(), /-80\s+replica\s+serving\s+\d+ s/);
    await page.getByRole("searchbox").fill("80- replica");
    await row("zone1-0000000100").waitFor({ state: "detached" });
    assert.equal(await page.locator(".panel > table > tbody > tr").count(), 1);
    await page.getByRole("searchbox").fill("");
  });

  test("lists the gateways' statements with counts and times, in the order asked for", async () => {
    const client = await mysql.createConnection({
      host: "127.0.0.1",
      port: cluster.running.plan.vtgate.mysqlPort,
      database: "customer",
    });
    for (let i = 0; i < 3; i++) await client.query("select 7 + ? as seven", [i]);
    await assert.rejects(client.query("select (select 1 union select 2) as two"));
    await client.end();
    await page.getByRole("link", { name: "Statements" }).click();
    const cells = (text: string) => row(text).locator("td").allInnerTexts();
    await row("select :").first().waitFor();
    const [, keyspace, , calls, errors, rows] = await cells("as seven");
    assert.deepEqual([keyspace, calls, errors, rows], ["customer", "3", "0", "3"]);
    await row("as seven")
      .getByRole("img", { name: /Times: \d+ </ })
      .waitFor();
    await page.getByRole("button", { name: "Errors" }).click();
    await page.locator("th[aria-sort=descending]", { hasText: "Errors" }).waitFor();
    const table = page.locator(".panel > table > tbody > tr");
    await table.first().getByText("as two").waitFor();
    await page.getByRole("searchbox").fill("select as seven");
    await row("as two").waitFor({ state: "detached" });
    assert.equal(await table.count(), 1);
    await page.getByRole("link", { name: "Tablets" }).click();
  });

  test("draws each replica's lag, live", async () => {
    const chart = page.getByRole("img", { name: /Replication lag/ });
    await chart.locator("canvas").waitFor();
    const lagging = chart.locator("tr.u-series", { hasText: "zone1-0000000101" });
    await lagging.getByText(/^0 s$/).waitFor();
    const stopped = await cluster.client("StopReplication", "zone1-0000000101");
    assert.equal(stopped.code, 0, stopped.err);
    await lagging.getByText(/^([2-9]|\d\d+) s$/).waitFor();
    await row("zone1-0000000101")
      .getByText(/^([2-9]|\d\d+) s$/)
      .waitFor();
    await chart.locator("tr.u-series", { hasText: "zone1-0000000103" }).getByText(/^0 s$/).waitFor();
    const started = await cluster.client("StartReplication", "zone1-0000000101");
    assert.equal(started.code, 0, started.err);
    await lagging.getByText(/^0 s$/).waitFor();
  });

  test("follows a change of primary without being loaded again", async () => {
    const moved = await cluster.client("PlannedReparentShard", "customer/-80", "--new-primary", "zone1-0000000101");
    assert.equal(moved.code, 0, moved.err);
    await row("zone1-0000000101").getByText("primary").waitFor();
    await row("zone1-0000000100").getByText("replica").waitFor();
    assert.deepEqual(complaints, []);
  });
});
