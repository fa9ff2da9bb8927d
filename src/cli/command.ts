/**
 * A command: what its help says, and what it does. Everything it may touch comes in a `CommandContext`; it answers the
 * exit code: 0 done, 1 failed, 2 not understood. A FlagError that it throws is printed as one line, without a stack.
 */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import type { Environment } from "../base/environment.ts";
import type { CommandPage } from "../base/flag-help.ts";
import { resolveFlags } from "../base/flag-sources.ts";
import type { FlagTable, Values } from "../base/flags.ts";
import { LiveFlags } from "../base/live-flags.ts";
import { type Logger, openLogger } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import type { Random } from "../base/random.ts";
import type { Terminal } from "../base/terminal.ts";
import type { servenvFlags } from "../servenv/flags.ts";
import { type Role, serveRole } from "../servenv/role.ts";
import { version } from "./version.ts";

export interface Command {
  readonly page: CommandPage;
  readonly run: (context: CommandContext) => Promise<number>;
}

export interface CommandContext {
  /** What follows the command's name. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts on the first SIGTERM or SIGINT: stop in order. */
  readonly stop: AbortSignal;
}

export const exitCodes = { done: 0, failed: 1, notUnderstood: 2 } as const;

/** What a role has that no other has. */
export type RoleParts = Pick<Role, "services" | "routes" | "sections" | "complaint" | "allMetrics"> &
  Partial<Pick<Role, "flags">>;

/** What a serving role starts with: its flags read, its log and metrics open. */
export interface RoleContext<F extends FlagTable> extends CommandContext {
  readonly live: LiveFlags<F>;
  readonly values: Values<F>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Serves the role's parts until it is to stop; answers the exit code. */
  readonly serveRole: (parts: RoleParts) => Promise<number>;
}

/** A command that serves until it is stopped; `serve` builds the role's parts and answers `context.serveRole(…)`. */
export function roleCommand<F extends FlagTable & typeof servenvFlags>(
  page: Omit<CommandPage, "flags"> & { readonly flags: F },
  serve: (context: RoleContext<F>) => Promise<number>,
): Command {
  return {
    page,
    run: (context) => serve(openRole(page, context)),
  };
}

/** Reads a role's flags and opens its log. Throws FlagError. */
export function openRole<F extends FlagTable & typeof servenvFlags>(
  page: Omit<CommandPage, "flags"> & { readonly flags: F },
  context: CommandContext,
): RoleContext<F> {
  const resolved = resolveFlags(page.flags, context);
  const live = new LiveFlags(page.flags, resolved);
  const values = live.values as Values<F> & Values<typeof servenvFlags>;
  const logger = openLogger({ level: values.logLevel, role: page.name, format: values.logFormat });
  live.subscribe("logLevel", () => logger.setLevel(values.logLevel));
  for (const warning of resolved.warnings) logger.warn({}, warning);
  const metrics = new Metrics();
  const { clock, disk, stop } = context;
  const basics = { name: page.name, version, flags: live, values, metrics, logger, clock, disk };
  return {
    ...context,
    live,
    values,
    logger,
    metrics,
    serveRole: (parts) => serveRole({ ...basics, ...parts }, stop),
  };
}
