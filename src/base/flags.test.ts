/** Flags: forms of the command line, sources and their order, live changes, and the pages printed from a table. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { disk } from "./disk.ts";
import { configFlags, resolveFlags } from "./flag-sources.ts";
import { printCompletion, printHelp, printReference } from "./flag-help.ts";
import {
  boolean,
  durationMs,
  FlagError,
  float,
  integer,
  listOf,
  oneOf,
  pairs,
  periodMs,
  printDuration,
  sizeBytes,
  string,
  texts,
} from "./flag-values.ts";
import { flag, nearest, readCommandLine } from "./flags.ts";
import { LiveFlags } from "./live-flags.ts";

const table = {
  ...configFlags,
  port: flag({ parse: integer(0, 65_535), default: 15_000, help: "Port." }),
  lameduckPeriodMs: flag({ parse: durationMs, default: 50, live: true, help: "Wait." }),
  cellsToWatch: flag({ parse: listOf(string), default: ["zone0"], short: "c", help: "Cells." }),
  catchSigpipe: flag({ parse: boolean, default: false, help: "Pipe." }),
  securityPolicy: flag({ parse: oneOf("", "deny-all", "read-only"), default: "", help: "Policy." }),
  logDir: flag({ parse: string, default: "", name: "log_dir", help: "Folder.", unused: "logs go to standard error" }),
  password: flag({ parse: string, default: "", secret: true, help: "Secret." }),
};
const read = (args: readonly string[], environment: Record<string, string> = {}) =>
  resolveFlags(table, { args, environment, disk });

test("a command line is read as pflag reads it", () => {
  const { values, positionals } = read([
    "--port=1",
    "--lameduck_period",
    "1m30s",
    "one",
    "-c",
    "a,b",
    "--cells-to-watch=c",
    "-security-policy",
    "READ-ONLY",
    "--catch-sigpipe",
    "two",
    "--",
    "--three",
  ]);
  assert.equal(values.port, 1);
  assert.equal(values.lameduckPeriodMs, 90_000);
  assert.deepEqual(values.cellsToWatch, ["a", "b", "c"]);
  assert.equal(values.securityPolicy, "read-only");
  assert.equal(values.catchSigpipe, true);
  assert.deepEqual(positionals, ["one", "two", "--three"]);
  assert.equal(read(["-cx"]).values.cellsToWatch[0], "x");
  assert.equal(read(["--catch-sigpipe=false"]).values.catchSigpipe, false);
});

test("what cannot be understood is said with the flag's name and a way out", () => {
  const fails = (args: string[], pattern: RegExp) =>
    assert.throws(() => read(args), { name: "FlagError", message: pattern });
  fails(["--prot", "1"], /unknown flag --prot; did you mean --port\?/);
  fails(["--port"], /--port needs a value/);
  fails(["--port=70000"], /--port: expected a whole number from 0 to 65535, got "70000"/);
  fails(["--lameduck-period=soon"], /expected a duration/);
  fails(["--security-policy=x"], /expected one of/);
  assert.throws(
    () =>
      resolveFlags(
        { cell: flag({ parse: string, default: "", required: true, help: "" }) },
        { args: [], environment: {}, disk },
      ),
    /--cell is required/,
  );
});

test("what cannot be honoured is refused, what has no effect is told", () => {
  const odd = {
    crl: flag({ parse: string, default: "", help: "", refused: "not checked" }),
    old: flag({ parse: string, default: "", help: "", unused: "gone" }),
  };
  const sources = { environment: {}, disk };
  assert.throws(() => resolveFlags(odd, { ...sources, args: ["--crl=x"] }), /--crl cannot be honoured: not checked/);
  assert.deepEqual(resolveFlags(odd, { ...sources, args: ["--old=x"] }).warnings, ["--old has no effect: gone"]);
});

test("a subcommand is found behind flags", () => {
  const line = readCommandLine(table, ["--port", "7", "GetTablets", "--cell", "x"], { stopAtPositional: true });
  assert.deepEqual(line.positionals, ["GetTablets", "--cell", "x"]);
  assert.deepEqual(line.settings, [{ key: "port", text: "7" }]);
});

test("command line beats environment beats file beats default", () => {
  const folder = mkdtempSync(join(tmpdir(), "flags-"));
  try {
    writeFileSync(
      `${folder}/vtconfig.yaml`,
      "port: 1\nlameduck_period: 2s\ncells-to-watch: [f, g]\ncatch-sigpipe: true\n",
    );
    const { values, origins, warnings } = read(["--config-path", folder, "--port=3", "--log-dir=/x"], {
      VT_PORT: "2",
      VT_LAMEDUCK_PERIOD: "7s",
    });
    assert.equal(values.port, 3);
    assert.equal(values.lameduckPeriodMs, 7000);
    assert.deepEqual(values.cellsToWatch, ["f", "g"]);
    assert.equal(values.catchSigpipe, true);
    assert.deepEqual(
      [origins.port, origins.lameduckPeriodMs, origins.cellsToWatch, origins.password],
      ["command line", "environment", "file", "default"],
    );
    assert.deepEqual(warnings, ["--log_dir has no effect: logs go to standard error"]);
    writeFileSync(`${folder}/bad.json`, '{"prot": 1}');
    assert.throws(() => read(["--config-file", `${folder}/bad.json`]), /unknown flag prot; did you mean port\?/);
    assert.match(read(["--config-file", `${folder}/none.yaml`]).warnings[0] ?? "", /no configuration file/);
    const strict = ["--config-file", `${folder}/none.yaml`, "--config-file-not-found-handling=error"];
    assert.throws(() => read(strict), /no configuration file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("values parse, print and refuse", () => {
  for (const [text, ms] of [
    ["1m30s", 90_000],
    ["250ms", 250],
    ["1.5h", 5_400_000],
    ["0", 0],
    ["-2s", -2000],
    ["10us", 0.01],
  ] as const)
    assert.equal(durationMs(text), ms, text);
  for (const [ms, text] of [
    [90_000, "1m30s"],
    [3_600_000, "1h0m0s"],
    [50, "50ms"],
    [0, "0s"],
    [1500, "1.5s"],
  ] as const)
    assert.equal(printDuration(ms), text);
  assert.throws(() => periodMs("-1s"), FlagError);
  assert.throws(() => durationMs("5"), FlagError);
  assert.equal(integer()("1_000"), 1000);
  for (const bad of ["", "1.5", "x", "1e3", "99999999999999999"]) assert.throws(() => integer()(bad), FlagError, bad);
  assert.equal(float(0, 1)("0.25"), 0.25);
  assert.throws(() => float(0, 1)("2"), FlagError);
  assert.equal(sizeBytes("64KiB"), 65_536);
  assert.deepEqual(pairs("a:1,b=2"), { a: "1", b: "2" });
  assert.deepEqual(texts("a,b"), ["a,b"]);
});

test("live flags change in place and tell their subscribers", () => {
  const live = new LiveFlags(table, read(["--password=hush"]));
  const { values } = live;
  const seen: number[] = [];
  const stop = live.subscribe("lameduckPeriodMs", (value) => void seen.push(value));
  live.set("lameduck_period", "3s");
  stop();
  live.set("lameduck-period", "4s");
  assert.equal(values.lameduckPeriodMs, 4000);
  assert.deepEqual(seen, [3000]);
  assert.throws(() => live.set("port", "1"), /only be set at start/);
  assert.throws(() => live.set("lameduck-period", "x"), /expected a duration/);
  assert.throws(() => live.set("lame", "x"), /did you mean --lameduck-period/);
  assert.ok(!JSON.stringify(live.describe()).includes("hush"));
  assert.equal(live.describe().find(({ name }) => name === "lameduck-period")?.origin, "live");
});

test("pages and completion come from the table", () => {
  const page = {
    name: "vtx",
    summary: "Does x.",
    flags: table,
    subcommands: [
      {
        name: "GetIt",
        summary: "Gets it.",
        flags: { format: flag({ parse: oneOf("awk", "json"), default: "awk", help: "Form." }) },
      },
    ],
  };
  assert.match(printHelp(page), /--lameduck-period duration\n +Wait\. Default: 50ms\. May change at run time\./);
  assert.match(printHelp(page), /-c, --cells-to-watch strings/);
  assert.match(printReference(page), /\| `--port` \| int \| `15000` \| Port\. \|/);
  assert.match(printCompletion(page, "bash"), /--format\) COMPREPLY=\(\$\(compgen -W "awk json"/);
  assert.match(printCompletion(page, "fish"), /-l format -x -a 'awk json'/);
  assert.match(printCompletion(page, "zsh"), /^#compdef vtx/);
});

test("the nearest names are few and near", () => {
  assert.deepEqual(nearest("GetTablet", ["GetTablets", "GetShard", "Backup"]), ["GetTablets"]);
  assert.deepEqual(nearest("zzzz", ["GetTablets"]), []);
});
