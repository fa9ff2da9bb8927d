/** Programs of this machine, for tests of folders that may not know `mysqld`. */
import { disk } from "../base/disk.ts";
import { readEnvironment } from "../base/environment.ts";
import { findProgram, type Program, type ProgramName } from "../mysqld/installed.ts";

export function testProgram(name: ProgramName): Program {
  return findProgram(name, { disk, environment: readEnvironment() });
}
