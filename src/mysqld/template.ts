/**
 * Templates: an initialised, empty server's files, made once and copied for each new server. Making the files takes
 * seconds, copying them a fraction of one. A template holds no users, keys, ids or logs: every server makes its own.
 * Its folder is named for all that went into it, so another version or setting makes another template.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fillDataFolder, loadTimeZones } from "./initialize.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { makeFolders, writeConfig } from "./make-config.ts";
import { programVersion } from "./program-version.ts";
import { startServer, stopServer } from "./run-server.ts";
import type { Workshop } from "./workshop.ts";

const startMaxMs = 120_000;
const templateUid = 1;
/** Files that make a server itself and nobody else: its UUID, its keys. */
const ownFiles = /^(auto\.cnf|.*\.pem)$/;

/** Fills an empty server's folders from the template in `folder`, which is made if it is not there yet. */
export async function copyTemplate(shop: Workshop, folder: string): Promise<void> {
  const { env, layout } = shop;
  const template = join(folder, await templateName(shop));
  if (!env.disk.existsSync(template)) await makeTemplate(shop, folder, template);
  const from = layoutOf(template, templateUid);
  for (const part of copied) {
    const mode = env.disk.constants.COPYFILE_FICLONE; // Shares the blocks where the file system can.
    await env.disk.promises.cp(from[part], layout[part], { recursive: true, mode });
  }
}

const copied = ["data", "innodbData", "innodbLogs"] as const satisfies readonly (keyof Layout)[];

async function templateName(shop: Workshop): Promise<string> {
  const { config, flavour } = shop;
  const version = await programVersion(shop);
  const parts = [version, flavour.configLines, flavour.initArgs, config.loadTimeZones];
  return `${flavour.name}-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12)}`;
}

/** In a folder of its own, put in place by one rename; of two that are made at once the first one stays. */
async function makeTemplate(shop: Workshop, folder: string, template: string): Promise<void> {
  const { config, env } = shop;
  env.disk.mkdirSync(folder, { recursive: true });
  const work = env.disk.mkdtempSync(join(folder, "w-"));
  try {
    const layout = layoutOf(work, templateUid);
    const own: Workshop = { ...shop, layout, config: { ...config, dataRoot: work, uid: templateUid } };
    makeFolders(own);
    writeConfig(own);
    await fillDataFolder(own);
    if (config.loadTimeZones) await withServer(own, () => loadTimeZones(own));
    for (const file of env.disk.readdirSync(layout.data))
      if (ownFiles.test(file)) env.disk.rmSync(join(layout.data, file));
    try {
      env.disk.renameSync(work, template);
    } catch (error) {
      if (!env.disk.existsSync(template)) throw error; // Else somebody else was first, with the same.
    }
  } finally {
    env.disk.rmSync(work, { recursive: true, force: true });
  }
}

/** Runs `work` while the template's server is up, without a port. */
async function withServer(shop: Workshop, work: () => Promise<void>): Promise<void> {
  const administrator = { address: { path: shop.layout.socket }, username: "root" };
  const args = [...shop.flavour.writable, "--skip-networking"];
  await startServer(shop, { args, administrator, timeoutMs: startMaxMs, withHooks: false });
  try {
    await work();
  } finally {
    await stopServer(shop, startMaxMs, false);
  }
}
