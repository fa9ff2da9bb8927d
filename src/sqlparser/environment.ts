/**
 * What decides how SQL is read: the server's flavour and version, the session's sql_mode and its collation. It is one
 * argument of parser, printer, evaluator and planner. Plain data: two environments with equal fields mean the same.
 * https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html
 */

export type Flavour = "mysql" | "mariadb";

export interface Environment {
  readonly flavour: Flavour;
  /** Major, minor and patch as one number, as in version comments: 8.4.3 is 80403, 10.11.6 is 101106. */
  readonly version: number;
  /** The session's sql_mode as the server prints it: "ANSI_QUOTES,STRICT_TRANS_TABLES", or "". */
  readonly sqlMode: string;
  /** collation_connection, e.g. "utf8mb4_0900_ai_ci"; its character set is the prefix before the first "_". */
  readonly collation: string;
}

export const mysqlEnvironment: Environment = {
  flavour: "mysql",
  version: 80400,
  sqlMode:
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
  collation: "utf8mb4_0900_ai_ci",
};

export const mariadbEnvironment: Environment = {
  flavour: "mariadb",
  version: 101100,
  sqlMode: "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION",
  collation: "utf8mb4_general_ci",
};

/** The number of a version text: "8.4.3", "10.11.6-MariaDB-log", "5.5.5-10.11.6-MariaDB". Zero when there is none. */
export function versionNumber(text: string): number {
  const match = /^(?:5\.5\.5-(?=\d))?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return 0;
  return Number(match[1]) * 10_000 + Number(match[2]) * 100 + Number(match[3] ?? 0);
}

/** Whether `mode` is on. The server spells modes in capitals; combined modes (ANSI) stand beside their parts. */
export function hasMode(environment: Environment, mode: string): boolean {
  return `,${environment.sqlMode},`.includes(`,${mode},`);
}
