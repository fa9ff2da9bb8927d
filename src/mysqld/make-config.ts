/** The folders and the my.cnf of one server. */
import { printConfig, readExtraConfig } from "./mysqld-config.ts";
import type { Workshop } from "./workshop.ts";

export function hasData({ env, layout }: Workshop): boolean {
  return env.disk.existsSync(layout.data) && env.disk.readdirSync(layout.data).length > 0;
}

/** Who reaches the socket is let in, so other users of the machine are kept out of the folder. */
export function makeFolders({ env, layout }: Workshop): void {
  for (const folder of layout.folders) env.disk.mkdirSync(folder, { recursive: true, mode: 0o750 });
}

export function writeConfig({ config, env, layout, flavour, program }: Workshop): void {
  const isRoot = env.processes.userId() === 0;
  const extra = readExtraConfig(env.environment, env.disk);
  const fresh = `${layout.configFile}.tmp`;
  env.disk.writeFileSync(fresh, printConfig({ config, layout, program, flavour, isRoot, extra }));
  env.disk.renameSync(fresh, layout.configFile);
}
