/** Where a tablet's table ACLs and query rules come from: files, read at the start, on SIGHUP and by time; and the topology. */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import type { TopoServer } from "../topo/server.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Logger } from "../base/log.ts";
import { Authorizer, type CountAcl } from "./query/authorizer.ts";
import type { Plans } from "./query/plans.ts";
import { parseQueryRules } from "./query/query-rules.ts";
import { parseTableAcl } from "./query/table-acl.ts";
import { type TopoRulePlace, watchFile, watchTopoRules } from "./rule-sources.ts";

export interface AccessOptions {
  /** Empty: no table ACLs. */
  readonly aclFile: string;
  /** 0: not by time. */
  readonly aclReloadMs: number;
  readonly isAclWanted: boolean;
  /** Empty: no rules. */
  readonly rulesFile: string;
  /** Read anew when it changes, besides on SIGHUP. */
  readonly isRulesFileWatched: boolean;
  /** Undefined: none from the topology. */
  readonly topoRules: TopoRulePlace | undefined;
  readonly isStrict: boolean;
  readonly isDryRun: boolean;
  readonly exemptGroup: string;
}

export const openAccess: AccessOptions = {
  aclFile: "",
  aclReloadMs: 0,
  isAclWanted: false,
  rulesFile: "",
  isRulesFileWatched: false,
  topoRules: undefined,
  isStrict: false,
  isDryRun: false,
  exemptGroup: "",
};

export interface AccessEffects {
  readonly topo: TopoServer;
  readonly disk: Pick<Disk, "readFileSync" | "statSync">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Access {
  readonly authorizer: Authorizer;
  /** Reads the files anew; those that are wrong are logged, and what was known stays. */
  readonly reload: () => void;
  readonly close: () => void;
}

/** Throws FlagError where a file cannot be read, or ACLs are asked for and there are none. */
export async function openTabletAccess(
  options: AccessOptions,
  database: string,
  plans: Plans,
  count: CountAcl,
  { topo, disk, clock, logger }: AccessEffects,
): Promise<Access> {
  const { aclFile, aclReloadMs, rulesFile, isRulesFileWatched, topoRules } = options;
  if (aclFile === "" && (options.isAclWanted || options.isStrict || options.isDryRun))
    throw new FlagError("table ACLs are asked for, and --table-acl-config names no file");
  const authorizer = new Authorizer({ ...options, database }, plans, count);
  const read = () => {
    const acl = aclFile === "" ? undefined : parseTableAcl(readText(disk, aclFile));
    const rules = rulesFile === "" ? [] : parseQueryRules(readText(disk, rulesFile));
    authorizer.acl = acl;
    authorizer.setRules("file", rules);
  };
  read();
  const reload = () => {
    try {
      read();
      logger.info({ aclFile, rulesFile }, "table ACLs and query rules are read anew");
    } catch (thrown) {
      logger.error({ err: thrown }, "table ACLs or query rules cannot be read anew; those known stay");
    }
  };
  const timers = [
    ...(aclFile !== "" && aclReloadMs > 0 ? [clock.every(aclReloadMs, reload)] : []),
    ...(rulesFile !== "" && isRulesFileWatched ? [watchFile(rulesFile, disk, clock, reload)] : []),
  ];
  const stop = new AbortController();
  if (topoRules !== undefined) {
    const apply = (text: string | undefined) =>
      authorizer.setRules("topo", text === undefined ? [] : parseQueryRules(text));
    await watchTopoRules(topoRules, apply, { topo, clock, logger }, stop.signal);
  }
  return {
    authorizer,
    reload,
    close: () => {
      stop.abort();
      for (const timer of timers) timer.cancel();
    },
  };
}

function readText(disk: Pick<Disk, "readFileSync">, path: string): string {
  try {
    return disk.readFileSync(path, "utf8");
  } catch (error) {
    throw new FlagError(`${path} cannot be read: ${errorText(error)}`);
  }
}
