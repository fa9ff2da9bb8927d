/**
 * Settings of a connection that a session holds: SET in mid-transaction changes what later calls of the session bring
 * along. `changesOf` says which statements take the connection from the one list of SET statements to the other.
 */

/** What has no place in the new list goes back to the server's own value; from the first difference on all are set anew. */
export function changesOf(before: readonly string[], now: readonly string[]): readonly string[] {
  let same = 0;
  while (same < before.length && same < now.length && before[same] === now[same]) same++;
  if (same === before.length && same === now.length) return [];
  const names = new Set(now.map(nameOf));
  const gone = before
    .slice(same)
    .map(nameOf)
    .filter((name) => !names.has(name));
  return [...gone.flatMap(resetOf), ...now.slice(same)];
}

/** The variable, "names" for SET NAMES; empty for what is neither, which stays as it is. */
function nameOf(setting: string): string {
  if (/^set names\b/i.test(setting)) return "names";
  return /^set (?:@@session\.)?(\w+) *=/i.exec(setting)?.[1]?.toLowerCase() ?? "";
}

function resetOf(name: string): readonly string[] {
  if (name === "") return []; // An isolation level concerns later transactions, which begin on other connections.
  return [name === "names" ? "set names utf8mb4" : `set @@session.${name} = default`];
}
