/** Flags that every serving role has: addresses, lifecycle, security policy, logs and metrics (inventory 1.022, 1.024, 1.025). */
import { configFlags, versionFlags } from "../base/flag-sources.ts";
import { boolean, float, integer, listOf, oneOf, periodMs, sizeBytes, string } from "../base/flag-values.ts";
import { flag } from "../base/flags.ts";

const noFiles = "logs go to standard error; let the supervisor keep and rotate them";
const scraped = "metrics are served at /metrics and /debug/vars, and pushed nowhere";

export const logFlags = {
  logLevel: flag({
    parse: oneOf("debug", "info", "warn", "error"),
    default: "info",
    live: true,
    help: "The least serious lines that are logged.",
  }),
  logFormat: flag({
    parse: oneOf("json", "text"),
    default: "json",
    help: "One JSON object a line, or text for people.",
  }),
  logStructured: flag({
    parse: boolean,
    default: true,
    help: "Structured logs.",
    unused: "logs are always structured; --log-format says how they are printed",
  }),
  logDir: flag({ parse: string, default: "", name: "log_dir", help: "Folder of log files.", unused: noFiles }),
  logRotateMaxSize: flag({ parse: sizeBytes, default: 1_887_436_800, help: "Size of a log file.", unused: noFiles }),
  keepLogsMs: flag({ parse: periodMs, default: 0, help: "How long log files are kept.", unused: noFiles }),
  purgeLogsIntervalMs: flag({ parse: periodMs, default: 3_600_000, help: "How often old ones go.", unused: noFiles }),
  logtostderr: flag({ parse: boolean, default: true, help: "Log to standard error.", unused: "they always do" }),
  alsologtostderr: flag({ parse: boolean, default: true, help: "Log there too.", unused: "they always do" }),
} as const;

export const statsFlags = {
  emitStats: flag({ parse: boolean, default: false, help: "Push metrics to a backend.", unused: scraped }),
  statsBackend: flag({ parse: string, default: "", help: "Name of that backend.", unused: scraped }),
  statsEmitPeriodMs: flag({ parse: periodMs, default: 60_000, help: "How often.", unused: scraped }),
  statsDropVariables: flag({
    parse: listOf(string),
    default: [],
    help: "Metrics that are not printed at /debug/vars and /metrics.",
  }),
  statsCommonTags: flag({ parse: listOf(string), default: [], help: "Tags of every metric, k:v.", unused: scraped }),
  statsCombineDimensions: flag({ parse: string, default: "", help: "Labels to leave out.", unused: scraped }),
  tracer: flag({
    parse: oneOf("noop", "opentelemetry"),
    default: "noop",
    help: "Where spans go.",
    unused: "spans are recorded through the OpenTelemetry API once an SDK is loaded with --import",
  }),
  tracingSamplingRate: flag({
    parse: float(0, 1),
    default: 0.1,
    help: "Share of traces kept.",
    unused: "see --tracer",
  }),
} as const;

export const serveFlags = {
  port: flag({ parse: integer(0, 65_535), default: 0, help: "Port of the HTTP pages; 0 takes a free one." }),
  bindAddress: flag({ parse: string, default: "", help: "Address the HTTP pages listen on; empty: all." }),
  pidFile: flag({ parse: string, default: "", help: "File that holds the process id while the process runs." }),
  lameduckPeriodMs: flag({
    parse: periodMs,
    default: 50,
    live: true,
    help: "How long, after SIGTERM, the process still takes new work while it already says that it is leaving.",
  }),
  ontermTimeoutMs: flag({ parse: periodMs, default: 10_000, live: true, help: "Longest wait for work under way." }),
  oncloseTimeoutMs: flag({ parse: periodMs, default: 10_000, live: true, help: "Longest wait for parts to close." }),
  securityPolicy: flag({
    parse: oneOf("", "deny-all", "read-only"),
    default: "",
    help: "What the HTTP pages allow: empty everything, read-only no change, deny-all nothing but /healthz.",
  }),
  catchSigpipe: flag({
    parse: boolean,
    default: false,
    help: "Ignore SIGPIPE.",
    unused: "Node ignores SIGPIPE always",
  }),
  maxStackSize: flag({ parse: sizeBytes, default: 67_108_864, help: "Stack size.", unused: "set node --stack-size" }),
  pprof: flag({ parse: listOf(string), default: [], help: "Profile.", unused: "use node --cpu-prof or --inspect" }),
  pprofHttp: flag({ parse: boolean, default: false, help: "Profile pages.", unused: "use node --inspect" }),
} as const;

/** All of them: spread into a role's table. */
export const servenvFlags = { ...configFlags, ...versionFlags, ...logFlags, ...statsFlags, ...serveFlags } as const;
