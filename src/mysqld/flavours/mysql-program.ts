/** MySQL's server program. https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html */
import { type FlavourProgram, usrOf } from "../flavour-program.ts";

export const mysqlProgram: FlavourProgram = {
  name: "mysql",
  server: "mysqld",
  timeZones: "mysql_tzinfo_to_sql",
  configLines: [
    ["gtid-mode", "ON"],
    ["enforce-gtid-consistency", "ON"],
    ["log-replica-updates", 1],
    ["relay-log-recovery", 1],
    ["skip-replica-start", 1],
    ["super-read-only", 1],
    ["binlog-expire-logs-seconds", 259_200],
    ["innodb-redo-log-capacity", "64M"],
    ["innodb-log-buffer-size", "4M"], // Its default, 64 MiB, is a quarter of an idle server's memory.
    ["table-definition-cache", 1000],
    ["mysqlx", 0],
    ["loose-plugin-load-add", "rpl_semi_sync_source=semisync_source.so"],
    ["loose-plugin-load-add", "rpl_semi_sync_replica=semisync_replica.so"],
    // Off until the tablet asks for them; when on, a commit waits for its replica before anybody sees it, for ever.
    ["loose-rpl-semi-sync-source-wait-point", "AFTER_SYNC"],
    ["loose-rpl-semi-sync-source-timeout", "1000000000000000000"],
  ],
  placeLines: (program) => {
    if (program.root === "/") return [];
    const share = `${usrOf(program)}/share/mysql`;
    return [
      ["basedir", usrOf(program)],
      ["lc-messages-dir", share],
      ["character-sets-dir", `${share}/charsets`],
      ["plugin-dir", `${usrOf(program)}/lib/mysql/plugin`],
    ];
  },
  writable: ["--super-read-only=0", "--read-only=0"],
  initArgs: ["--initialize-insecure"],
  initInput: () => "",
  initFolders: [],
  grants: {
    vt_clone: "backup_admin, clone_admin",
    vt_filtered: "session_variables_admin",
    vt_allprivs: "session_variables_admin",
  },
};
