/**
 * What differs between the two flavours' server programs: settings, and how an empty data folder is filled. What is said
 * to a running server is in `flavour-sql.ts`.
 */
import type { Flavour } from "../mysql/client.ts";
import type { Program, ProgramName } from "./installed.ts";
import type { UserName } from "./users.ts";

export type ConfigLine = readonly [name: string, setting: string | number];

export interface FlavourProgram {
  readonly name: Flavour;
  readonly server: ProgramName;
  /** Prints the system's time zones as SQL. */
  readonly timeZones: ProgramName;
  /** Lines of my.cnf that the other flavour has not, or words otherwise. */
  readonly configLines: readonly ConfigLine[];
  /** Lines that lead to the packages' own files, where these are not where the program expects them. */
  readonly placeLines: (program: Program) => readonly ConfigLine[];
  /** Arguments that lift the read-only fence of my.cnf for one run. */
  readonly writable: readonly string[];
  /** Arguments that fill the data folder and end. */
  readonly initArgs: readonly string[];
  /** What that run reads from its standard input. */
  readonly initInput: (program: Program, readText: (path: string) => string) => string;
  /** Folders in the data folder that must be there before. */
  readonly initFolders: readonly string[];
  /** What each of Vitess's users may do, beyond what both flavours know. */
  readonly grants: Readonly<Partial<Record<UserName, string>>>;
}

/** `usr` of the tree that the program came from. */
export function usrOf({ root }: Program): string {
  return root === "/" ? "/usr" : `${root}/usr`;
}
