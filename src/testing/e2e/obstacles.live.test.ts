/** What may stand in the way of `npm start`: ports that are taken, a folder in use, a killed earlier run, a full disk. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, describe, test } from "node:test";
import mysql from "mysql2/promise";
import { children } from "../../base/child.ts";
import { disk } from "../../base/disk.ts";
import { freeOffset, run } from "./test-cluster.ts";

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const folder = disk.mkdtempSync(join(tmpdir(), "vt-obstacles-"));
const small = ["--shards=1", "--replicas=0", "--sample=false"];
const startTimeoutMs = 60_000;

describe("obstacles", { timeout: 150_000 }, () => {
  after(() => disk.rmSync(folder, { recursive: true, force: true }));

  const refused = async (pattern: RegExp, ...args: readonly string[]) => {
    const { code, err } = await run(process.execPath, [main, "cluster", ...small, ...args]);
    assert.notEqual(code, 0);
    assert.match(err, pattern);
    assert.doesNotMatch(err, /\n\s+at /, "a user needs no stack");
  };
  const freePorts = () => {
    const keyspaces = ["commerce", "customer"].map((name) => ({ name, shards: ["0"] }));
    const cells = ["zone1"];
    return freeOffset({
      cells,
      keyspaces,
      replicas: 0,
      flavour: "mariadb",
      topo: "sqlite",
      portOffset: 0,
      root: folder,
    });
  };
  /** Starts one as a process and waits for its welcome. */
  const start = async (root: string, offset: number) => {
    const args = [main, "cluster", ...small, `--root=${root}`, `--port-offset=${offset}`];
    const child = children.spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const up = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not up: ${said}`)), startTimeoutMs);
      const done = (finish: () => void) => {
        clearTimeout(timer);
        finish();
      };
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (bytes: Buffer) => {
          said += bytes.toString();
          if (said.includes("The cluster is up")) done(resolve);
        });
      child.once("exit", () => done(() => reject(new Error(`it ended: ${said}`))));
    });
    await up;
    return { child, said: () => said };
  };

  test("a port that is taken is named, with what to do", async () => {
    const offset = await freePorts();
    const server = createServer().listen(15_306 + offset, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await refused(
      new RegExp(`port ${port} \\(vtgate \\(MySQL\\)\\) is in use.*--port-offset`),
      `--root=${folder}/a`,
      `--port-offset=${offset}`,
    );
    server.close();
  });

  test("a folder that cannot be made or written to is named, with what to do", async () => {
    await refused(/\/proc\/nowhere\/data cannot be used: .*--root/, "--root=/proc/nowhere/data");
    await refused(/\/dev\/full\/data cannot be used: .*--root/, "--root=/dev/full/data");
  });

  test("a cluster that runs holds its folder; one whose supervisor was killed is taken over with its rows", async () => {
    const root = `${folder}/b`;
    const offset = await freePorts();
    const first = await start(root, offset);
    const connect = () => mysql.createConnection({ host: "127.0.0.1", port: 15_306 + offset, user: "root" });
    let db = await connect();
    await db.query("create table commerce.kept (id int primary key)");
    await db.query("insert into commerce.kept values (7)");
    await db.end();
    await refused(
      new RegExp(`in use by process ${first.child.pid}.*--root`),
      `--root=${root}`,
      `--port-offset=${offset}`,
    );
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const second = await start(root, offset);
    assert.match(second.said(), /an earlier run was killed: ending/);
    db = await connect();
    const [rows] = await db.query("select id from commerce.kept");
    assert.deepEqual(rows, [{ id: 7 }]);
    await db.end();
    second.child.kill("SIGINT");
    const [code] = (await once(second.child, "exit")) as [number | null];
    assert.equal(code, 0, second.said());
  });
});
