/**
 * Makes src/proto/generated from src/proto/*.proto, with the buf and protoc-gen-es of node_modules: no network.
 * `npm run generate` writes in place; `node tools/generate.ts FOLDER` writes elsewhere (the staleness test does).
 */
import { execFileSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";

const root = dirname(import.meta.dirname);
const out = resolve(process.argv[2] ?? join(root, "src/proto/generated"));
const bin = join(root, "node_modules/.bin");
const path = [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(":");

for (const args of [["lint"], ["generate", "--template", "buf.gen.yaml", "--output", out]])
  execFileSync(join(bin, "buf"), args, { cwd: root, env: { ...process.env, PATH: path }, stdio: "inherit" });
