/**
 * Reads the machine's own apt configuration and derives from it the sources of a private apt root, so that mirrors,
 * proxies and keyrings are the machine's. Understands both forms: one line per source, and deb822 stanzas.
 */

export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly signedBy: string | undefined;
}

/** The binary sources of Debian's `main`, one per suite, of a file in either form. */
export function parseSources(text: string, isDeb822: boolean): AptSource[] {
  return isDeb822 ? text.split(/\n\s*\n/).flatMap(parseStanza) : text.split("\n").flatMap(parseLine);
}

function parseStanza(stanza: string): AptSource[] {
  const lines = stanza.split("\n").filter((line) => !line.startsWith("#"));
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t]+.*)*)`, "im").exec(lines.join("\n"))?.[1]?.trim();
  const words = (name: string) => field(name)?.split(/\s+/) ?? [];
  if (!words("Types").includes("deb") || field("Enabled") === "no" || !words("Components").includes("main")) return [];
  const signedBy = field("Signed-By")?.startsWith("/") === true ? field("Signed-By") : undefined;
  return words("URIs").flatMap((uri) => words("Suites").map((suite) => ({ uri, suite, signedBy })));
}

function parseLine(line: string): AptSource[] {
  const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
  if (match === null) return [];
  const [, options = "", uri = "", suite = "", components = ""] = match;
  if (!components.split(/\s+/).includes("main")) return [];
  return [{ uri, suite, signedBy: /signed-by=(\/\S+)/.exec(options)?.[1] }];
}

/** The sources of the machine's own Debian: its suite, its updates, its security fixes. */
export function machineSources(sources: readonly AptSource[], codename: string): AptSource[] {
  return sources.filter(({ suite }) => suite === codename || suite.startsWith(`${codename}-`));
}

/** Debian unstable, on the mirror that serves the machine's own suite; undefined where no such mirror is configured. */
export function unstableSource(sources: readonly AptSource[], codename: string): AptSource | undefined {
  const own = sources.find(({ suite }) => suite === codename);
  return own === undefined ? undefined : { ...own, suite: "unstable" };
}

/** The text of a sources.list. `keyring` is used where the machine's entry names none. */
export function printSources(sources: readonly AptSource[], keyring: string): string {
  return sources
    .map(({ uri, suite, signedBy }) => `deb [signed-by=${signedBy ?? keyring}] ${uri} ${suite} main\n`)
    .join("");
}
