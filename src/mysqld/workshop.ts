/** What the steps of making, starting and stopping one server share. */
import type { children as Children } from "../base/child.ts";
import type { Environment } from "../base/environment.ts";
import type { Logger } from "../base/log.ts";
import type { FlavourProgram } from "./flavour-program.ts";
import type { Program } from "./installed.ts";
import type { Layout } from "./layout.ts";
import type { MysqldConfig } from "./mysqld-config.ts";
import type { ProcessEnvironment } from "./server-process.ts";

export interface MysqldEnvironment extends ProcessEnvironment {
  readonly children: typeof Children;
  readonly environment: Environment;
  readonly logger: Logger;
}

export interface Workshop {
  readonly config: MysqldConfig;
  readonly env: MysqldEnvironment;
  readonly layout: Layout;
  readonly flavour: FlavourProgram;
  readonly program: Program;
}
