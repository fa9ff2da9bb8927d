/** MariaDB's server program. https://mariadb.com/kb/en/server-system-variables/ */
import { type FlavourProgram, usrOf } from "../flavour-program.ts";
import type { Program } from "../installed.ts";

export const mariadbProgram: FlavourProgram = {
  name: "mariadb",
  server: "mariadbd",
  timeZones: "mariadb-tzinfo-to-sql",
  configLines: [
    ["binlog-format", "ROW"],
    ["log-slave-updates", 1],
    ["gtid-domain-id", 0],
    ["gtid-strict-mode", 1],
    ["skip-slave-start", 1],
    ["read-only", 1],
    ["expire-logs-days", 3],
    ["collation-server", "utf8mb4_general_ci"],
    ["innodb-log-file-size", "48M"],
    ["key-buffer-size", "8M"],
    ["aria-pagecache-buffer-size", "8M"],
    // Off until the tablet asks for them; when on, a commit waits for its replica before anybody sees it, for ever.
    ["rpl-semi-sync-master-wait-point", "AFTER_SYNC"],
    ["rpl-semi-sync-master-timeout", "1000000000000000000"],
  ],
  placeLines: (program) => {
    if (program.root === "/") return [];
    const share = scriptsOf(program);
    return [
      ["basedir", usrOf(program)],
      ["lc-messages-dir", share],
      ["character-sets-dir", `${share}/charsets`],
      ["plugin-dir", `${usrOf(program)}/lib/mysql/plugin`],
    ];
  },
  writable: ["--read-only=0"],
  initArgs: ["--bootstrap"],
  initInput: (program, readText) => {
    const scripts = ["system_tables", "performance_tables", "system_tables_data"];
    const texts = scripts.map((name) =>
      readFirst(
        readText,
        ["mariadb", "mysql"].map((word) => `${scriptsOf(program)}/${word}_${name}.sql`),
      ),
    );
    return ["use mysql;", "set @auth_root_socket=NULL;", ...texts].join("\n");
  },
  initFolders: ["mysql"],
  grants: {},
};

const scriptsOf = (program: Program) => `${usrOf(program)}/share/mysql`;

/** Version 11 renamed the scripts. */
function readFirst(readText: (path: string) => string, paths: readonly string[]): string {
  const [path = "", ...others] = paths;
  try {
    return readText(path);
  } catch (error) {
    if (others.length === 0) throw error;
    return readFirst(readText, others);
  }
}
