/** Where a tablet's table ACLs and query rules come from: files, read at the start, on SIGHUP and by time. */
import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { errorText } from "../base/errors.ts";
import { FlagError } from "../base/flag-values.ts";
import type { Logger } from "../base/log.ts";
import { Authorizer, type CountAcl } from "./query/authorizer.ts";
import type { Plans } from "./query/plans.ts";
import { parseQueryRules } from "./query/query-rules.ts";
import { parseTableAcl } from "./query/table-acl.ts";

export interface AccessOptions {
  /** Empty: no table ACLs. */
  readonly aclFile: string;
  /** 0: not by time. */
  readonly aclReloadMs: number;
  readonly isAclWanted: boolean;
  /** Empty: no rules. */
  readonly rulesFile: string;
  readonly isStrict: boolean;
  readonly isDryRun: boolean;
  readonly exemptGroup: string;
}

export const openAccess: AccessOptions = {
  aclFile: "",
  aclReloadMs: 0,
  isAclWanted: false,
  rulesFile: "",
  isStrict: false,
  isDryRun: false,
  exemptGroup: "",
};

export interface AccessEffects {
  readonly disk: Pick<Disk, "readFileSync">;
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
export function openTabletAccess(
  options: AccessOptions,
  database: string,
  plans: Plans,
  count: CountAcl,
  { disk, clock, logger }: AccessEffects,
): Access {
  const { aclFile, aclReloadMs, rulesFile } = options;
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
  const timer = aclFile !== "" && aclReloadMs > 0 ? clock.every(aclReloadMs, reload) : undefined;
  return { authorizer, reload, close: () => timer?.cancel() };
}

function readText(disk: Pick<Disk, "readFileSync">, path: string): string {
  try {
    return disk.readFileSync(path, "utf8");
  } catch (error) {
    throw new FlagError(`${path} cannot be read: ${errorText(error)}`);
  }
}
