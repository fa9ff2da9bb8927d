/** From flags and environment to the server that they name. */
import { FlagError } from "../base/flag-values.ts";
import type { Values } from "../base/flags.ts";
import type { Flavour } from "../mysql/client.ts";
import { findOnPath, lookUpProgram } from "../mysqld/installed.ts";
import { flavourOfFiles, layoutOf } from "../mysqld/layout.ts";
import { type Mysqld, openMysqld } from "../mysqld/mysqld.ts";
import { mysqldDefaults } from "../mysqld/mysqld-config.ts";
import type { MysqldEnvironment } from "../mysqld/workshop.ts";
import type { serverFlags } from "./flags.ts";

const dataRootDefault = "/vt";

export function openFromFlags(values: Values<typeof serverFlags>, env: MysqldEnvironment, initDbSqlFile = ""): Mysqld {
  const dataRoot = env.environment["VTDATAROOT"] || dataRootDefault;
  const flavour = chooseFlavour(values, dataRoot, env);
  const config = {
    ...mysqldDefaults,
    flavour,
    dataRoot,
    uid: values.tabletUid,
    port: values.mysqlPort,
    bindAddress: values.mysqlBindAddress,
    bufferPoolMib: values.mysqlBufferPoolMib,
    passwords: {
      vt_dba: values.dbDbaPassword,
      vt_app: values.dbAppPassword,
      vt_appdebug: values.dbAppdebugPassword,
      vt_allprivs: values.dbAllprivsPassword,
      vt_repl: values.dbReplPassword,
      vt_filtered: values.dbFilteredPassword,
      vt_erepl: values.dbErepPassword,
      vt_clone: values.dbClonePassword,
    },
    ...(initDbSqlFile === "" ? {} : { initSqlFile: initDbSqlFile }),
  };
  return openMysqld(config, env);
}

/** The flag, the environment, the files that are there, what is on PATH, what set-up brought: the first that says. */
function chooseFlavour(values: Values<typeof serverFlags>, dataRoot: string, env: MysqldEnvironment): Flavour {
  if (values.flavour !== "") return values.flavour;
  const wished = env.environment["MYSQL_FLAVOR"] ?? "";
  if (/^maria/i.test(wished)) return "mariadb";
  if (/^(mysql|percona)/i.test(wished)) return "mysql";
  const there = flavourOfFiles(layoutOf(dataRoot, values.tabletUid), env.disk);
  if (there !== undefined) return there;
  if (findOnPath("mysqld", env) !== undefined) return "mysql";
  if (lookUpProgram("mariadbd", env) !== undefined) return "mariadb";
  if (lookUpProgram("mysqld", env) !== undefined) return "mysql";
  throw new FlagError("neither mariadbd nor mysqld is installed: run `node tools/bootstrap.js setup`");
}
