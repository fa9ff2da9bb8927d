/**
 * A private apt root: package lists, archives and configuration in a folder of ours, so that packages are found and
 * their signatures checked without root, and without touching the machine's own apt. Mirrors, proxies and keys are taken
 * from the machine's configuration.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AptSource, machineSources, parseSources, printSources, unstableSource } from "./apt-sources.ts";
import { run } from "./command.ts";
import type { Group } from "./packages.ts";

const keyrings = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];
const downloadTriesMax = 3;

export interface AptRoot {
  /** Downloads the packages with the dependencies that are missing, and `alone` without theirs; answers the files. */
  readonly download: (packages: readonly string[], alone: readonly string[]) => Promise<readonly string[]>;
}

/** Makes the root in `folder` (which is ours alone) and fetches the package lists. */
export async function openAptRoot(folder: string, suite: Group["suite"]): Promise<AptRoot> {
  const configuration = join(folder, "apt.conf");
  const archives = join(folder, "cache", "archives");
  for (const path of ["state/lists/partial", "cache/archives/partial", "empty"])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, "sources.list"), await sourcesFor(suite));
  writeFileSync(join(folder, "no-packages"), "");
  writeFileSync(configuration, await configurationFor(folder, suite));
  const apt = (args: readonly string[]) =>
    run("apt-get", args, { cwd: archives, environment: { ...process.env, APT_CONFIG: configuration } });

  await apt(["update", "--error-on=any"]);
  return {
    download: async (packages, alone) => {
      const install = ["install", "--yes", "--no-install-recommends", "--download-only"];
      for (let tries = 1; ; tries++) {
        try {
          await apt([...install, ...packages]);
          if (alone.length > 0) await apt(["download", ...alone]);
          break;
        } catch (error) {
          if (tries === downloadTriesMax) throw error;
          await apt(["update"]); // The mirror may have moved on between the list and the package.
        }
      }
      return readdirSync(archives)
        .filter((file) => file.endsWith(".deb"))
        .sort()
        .map((file) => join(archives, file));
    },
  };
}

/** The machine counts as installed for its own suite; for another suite nothing does, down to the C library. */
async function configurationFor(folder: string, suite: Group["suite"]): Promise<string> {
  const machine = (await run("apt-config", ["dump"])).split("\n");
  const transport = machine.filter((line) => /^Acquire::(?!IndexTargets|Languages|Allow)\S+ "[^"]/.test(line));
  return [
    ...transport,
    `Dir::Etc::main "/dev/null";`,
    `Dir::Etc::parts "${folder}/empty";`,
    `Dir::Etc::sourcelist "${folder}/sources.list";`,
    `Dir::Etc::sourceparts "${folder}/empty";`,
    `Dir::Etc::preferences "/dev/null";`,
    `Dir::Etc::preferencesparts "${folder}/empty";`,
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${suite === "machine" ? "/var/lib/dpkg/status" : `${folder}/no-packages`}";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Log "${folder}";`,
    `Debug::NoLocking "true";`, // The lock is the machine's; this root is ours alone, under our own lock.
    `APT::Sandbox::User "${process.getuid?.() === 0 ? "root" : ""}";`,
    `APT::Get::AllowUnauthenticated "false";`,
    `Acquire::AllowInsecureRepositories "false";`,
    `Acquire::Languages "none";`,
    `Acquire::Retries "3";`,
    "",
  ].join("\n");
}

async function sourcesFor(suite: Group["suite"]): Promise<string> {
  const keyring = keyrings.find((path) => existsSync(path));
  if (keyring === undefined)
    throw new Error("Debian's archive keyring is missing: install the package debian-archive-keyring");
  const codename = /^VERSION_CODENAME="?(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const configured = readConfigured();
  const own = machineSources(configured, codename);
  const unstable = unstableSource(configured, codename);
  if (unstable === undefined)
    throw new Error(
      `apt has no source for the suite "${codename}": add one to /etc/apt/sources.list.d (see sources.list(5))`,
    );
  return suite === "machine" ? printSources(own, keyring) : printSources([{ ...unstable, signedBy: keyring }], keyring);
}

function readConfigured(): AptSource[] {
  const folder = "/etc/apt/sources.list.d";
  const parts = existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  return ["/etc/apt/sources.list", ...parts]
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
    .flatMap((file) => parseSources(readFileSync(file, "utf8"), file.endsWith(".sources")));
}
