/**
 * The folder of a cluster, held by one supervisor at a time. The holder writes `cluster.lock` (who it is) and a mark for
 * each process that it starts, so that whoever comes after a killed supervisor can end what it left running.
 */
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import { isSameProcess, markProcess, type ProcessMark } from "./machine.ts";

export class DataRootError extends Error {
  override readonly name = "DataRootError";
}

export interface Leftover extends ProcessMark {
  readonly name: string;
}

export class DataRoot {
  readonly folder: string;
  readonly #disk: Disk;

  private constructor(folder: string, disk: Disk) {
    this.folder = folder;
    this.#disk = disk;
  }

  /**
   * Takes the folder, making it where there is none. Throws DataRootError when a living supervisor holds it, or it cannot be
   * written to.
   */
  static take(folder: string, disk: Disk, pid: number): DataRoot {
    try {
      return DataRoot.#take(folder, disk, pid);
    } catch (error) {
      throw error instanceof DataRootError ? error : unusable(folder, error);
    }
  }

  static #take(folder: string, disk: Disk, pid: number): DataRoot {
    for (const inside of ["processes", "logs"]) makeFolder(disk, `${folder}/${inside}`);
    const path = `${folder}/cluster.lock`;
    const holder = readMark(disk, path);
    if (holder !== undefined && holder.pid !== pid && isSameProcess(disk, holder))
      throw new DataRootError(
        `${folder} is in use by process ${holder.pid}: stop it, or give this cluster a folder of its own with --root`,
      );
    writeMark(disk, path, { ...markOf(disk, pid), name: "supervisor" });
    return new DataRoot(folder, disk);
  }

  /** Processes that an earlier supervisor started and that still run. */
  leftovers(): readonly Leftover[] {
    return this.#disk
      .readdirSync(`${this.folder}/processes`)
      .map((file) => readMark(this.#disk, `${this.folder}/processes/${file}`))
      .filter((mark) => mark !== undefined)
      .filter((mark) => isSameProcess(this.#disk, mark));
  }

  /** Remembers a process until `forget`. */
  remember(name: string, pid: number): void {
    writeMark(this.#disk, this.#markPath(name), { ...markOf(this.#disk, pid), name });
  }

  forget(name: string): void {
    this.#disk.rmSync(this.#markPath(name), { force: true });
  }

  logPath(name: string): string {
    return `${this.folder}/logs/${name}.log`;
  }

  release(): void {
    this.#disk.rmSync(`${this.folder}/cluster.lock`, { force: true });
  }

  #markPath(name: string): string {
    return `${this.folder}/processes/${name}.json`;
  }
}

/** The real path of the folder of all data, made where there is none; throws DataRootError where that cannot be. */
export function dataFolder(folder: string, disk: Disk): string {
  try {
    makeFolder(disk, folder);
    return disk.realpathSync(folder);
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** One at a time from the top: below /proc Node's own way of making all of them never ends. */
function makeFolder(disk: Disk, folder: string): void {
  if (disk.existsSync(folder)) return;
  const above = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
  if (above !== "") makeFolder(disk, above);
  disk.mkdirSync(folder);
}

function unusable(folder: string, error: unknown): DataRootError {
  return new DataRootError(
    `${folder} cannot be used: ${errorText(error)}; mend that, or choose another folder with --root (vtcombo: --data-dir)`,
  );
}

function markOf(disk: Disk, pid: number): ProcessMark {
  return markProcess(disk, pid) ?? { pid, started: "" };
}

function writeMark(disk: Disk, path: string, mark: Leftover): void {
  disk.writeFileSync(path, `${JSON.stringify(mark)}\n`);
}

/** The mark in a file; undefined where there is none, or only part of one: its writer was killed while it wrote. */
function readMark(disk: Disk, path: string): Leftover | undefined {
  if (!disk.existsSync(path)) return undefined;
  try {
    const mark = JSON.parse(disk.readFileSync(path, "utf8")) as Partial<Leftover>;
    if (typeof mark.pid !== "number" || typeof mark.started !== "string") return undefined;
    return { pid: mark.pid, started: mark.started, name: mark.name ?? "" };
  } catch {
    return undefined;
  }
}
