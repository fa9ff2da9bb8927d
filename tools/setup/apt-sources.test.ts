/** Deriving the private apt root's sources from the machine's configuration, in both of its forms. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { machineSources, parseSources, printSources, unstableSource } from "./apt-sources.ts";

const deb822 = `# a comment
Types: deb deb-src
# http://old.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/debian.gpg

Types: deb
URIs: http://mirror.example/security
Suites:
 bookworm-security
Components: main

Types: deb
URIs: https://other.example/node
Suites: nodistro
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm-backports
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main
`;

test("reads stanzas: binary, enabled, with main", () => {
  const sources = parseSources(deb822, true);
  assert.deepEqual(
    sources.map(({ uri, suite }) => `${uri} ${suite}`),
    [
      "http://mirror.example/debian bookworm",
      "http://mirror.example/debian bookworm-updates",
      "http://mirror.example/security bookworm-security",
      "https://other.example/node nodistro",
    ],
  );
  assert.equal(sources[0]?.signedBy, "/keys/debian.gpg");
});

test("reads one-line sources with and without options", () => {
  const sources = parseSources(
    "deb http://a.example/debian bookworm main\n" +
      "  deb [arch=amd64 signed-by=/keys/b.gpg] http://b.example/debian bookworm-updates main non-free\n" +
      "# deb http://c.example/debian bookworm main\ndeb-src http://d.example/debian bookworm main\n" +
      "deb http://e.example/debian bookworm contrib\n",
    false,
  );
  assert.deepEqual(sources, [
    { uri: "http://a.example/debian", suite: "bookworm", signedBy: undefined },
    { uri: "http://b.example/debian", suite: "bookworm-updates", signedBy: "/keys/b.gpg" },
  ]);
});

test("keeps the machine's own suites and derives unstable from the same mirror", () => {
  const sources = parseSources(deb822, true);
  assert.deepEqual(
    machineSources(sources, "bookworm").map(({ suite }) => suite),
    ["bookworm", "bookworm-updates", "bookworm-security"],
  );
  const unstable = unstableSource(sources, "bookworm");
  assert.ok(unstable !== undefined);
  assert.equal(
    printSources([unstable], "/keys/other.gpg"),
    "deb [signed-by=/keys/debian.gpg] http://mirror.example/debian unstable main\n",
  );
  assert.equal(unstableSource(sources, "trixie"), undefined);
});
