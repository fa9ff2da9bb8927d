/** Builds the web page into web/dist, unless what was built there is younger than every source. */
import { existsSync, globSync, statSync } from "node:fs";
import { run } from "./setup/command.ts";

const root = `${import.meta.dirname}/..`;

export async function buildPage(): Promise<void> {
  const built = `${root}/web/dist/index.html`;
  const sources = globSync("web/{src/**,*.{json,ts,html}}", { cwd: root }).map((file) => `${root}/${file}`);
  const youngest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > youngest) return;
  console.error("Building the web page");
  await run(`${root}/node_modules/.bin/vite`, ["build", "--logLevel", "warn"], { cwd: `${root}/web` });
}
