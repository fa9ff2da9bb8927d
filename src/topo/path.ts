/**
 * Paths of files and folders in a topology store, checked before any store sees them.
 * A path has no leading or trailing slash, no empty segment, no "." or "..", and no control character.
 */
import { TopoError } from "./topo.ts";

export const pathLengthMax = 1024;

/** Answers `path`; throws bad_path. */
export function checkedPath(path: string): string {
  if (path === "" || path.length > pathLengthMax)
    throw new TopoError("bad_path", path.slice(0, 80), "empty or too long");
  for (const segment of path.split("/"))
    if (segment === "" || segment === "." || segment === ".." || /[\u0000-\u001f\u007f]/.test(segment))
      throw new TopoError("bad_path", JSON.stringify(path.slice(0, 80)));
  return path;
}

/** As checkedPath; "" is the root. */
export function checkedFolder(folder: string): string {
  return folder === "" ? folder : checkedPath(folder);
}

/** A root as people write it ("/vitess/global/"), as the first part of a key: "" or "/vitess/global". */
export function checkedRoot(root: string): string {
  const inner = root.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${checkedPath(inner)}`;
}

/** The direct children of a folder, given the sorted paths below it (relative to it). Folders end in "/". */
export function childNames(paths: Iterable<string>): string[] {
  const names = new Set<string>();
  for (const path of paths) {
    const slash = path.indexOf("/");
    names.add(slash < 0 ? path : path.slice(0, slash + 1));
  }
  return [...names].sort();
}
