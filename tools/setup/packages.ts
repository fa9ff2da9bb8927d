/**
 * What set-up can install: groups of Debian packages that are unpacked together, and the programs each gives.
 * To add a program: its name in `src/mysqld/installed.ts`, its package and path here.
 */
import type { ProgramName } from "../../src/mysqld/installed.ts";

export interface Group {
  readonly name: string;
  /** Which Debian the packages come from: the machine's own, or unstable, which brings its own C library. */
  readonly suite: "machine" | "unstable";
  readonly packages: readonly string[];
  /** Packages whose files are wanted, but not what they depend on. */
  readonly alone?: readonly string[];
  /** Perl is unpacked too: a program is one, or is run by it. */
  readonly hasPerl?: boolean;
  /** Each program's path in the unpacked tree (a pattern, where it has a version in it), and the arguments that make it print its version. */
  readonly programs: Partial<Record<ProgramName, GroupProgram>>;
}

export interface GroupProgram {
  readonly path: string;
  readonly probe: readonly string[];
  /** Variables it needs; {tree} stands for the folder it was unpacked into. */
  readonly environment?: { readonly [name: string]: string };
}

const version = ["--version"];
const inBin = (name: string, probe: readonly string[] = version) => ({ path: `usr/bin/${name}`, probe });
const inSbin = (name: string, probe: readonly string[] = version) => ({ path: `usr/sbin/${name}`, probe });

export const groups = {
  mariadb: {
    name: "mariadb",
    suite: "machine",
    packages: ["mariadb-server-core", "mariadb-client-core", "mariadb-backup", "tzdata"],
    alone: ["mariadb-server", "mariadb-client"], // For plugins and tools; their scripts would pull in Perl.
    programs: {
      mariadbd: inSbin("mariadbd"),
      mariadb: inBin("mariadb"),
      "mariadb-admin": inBin("mariadb-admin"),
      "mariadb-backup": inBin("mariadb-backup"),
      "mariadb-binlog": inBin("mariadb-binlog"),
      "mariadb-dump": inBin("mariadb-dump"),
      "mariadb-tzinfo-to-sql": inBin("mariadb-tzinfo-to-sql", []),
      "mariadb-upgrade": inBin("mariadb-upgrade", []), // Prints its version, then exits with 1.
    },
  },
  mysql: {
    name: "mysql",
    suite: "unstable",
    packages: ["mysql-server-core", "mysql-client-core", "tzdata"],
    programs: {
      mysqld: inSbin("mysqld"),
      mysql: inBin("mysql"),
      mysqladmin: inBin("mysqladmin"),
      mysqlbinlog: inBin("mysqlbinlog"),
      mysqldump: inBin("mysqldump"),
      mysql_tzinfo_to_sql: inBin("mysql_tzinfo_to_sql", []),
    },
  },
  etcd: {
    name: "etcd",
    suite: "machine",
    packages: ["etcd-server", "etcd-client"],
    programs: { etcd: inBin("etcd"), etcdctl: inBin("etcdctl", ["version"]) },
  },
  load: {
    name: "load",
    suite: "machine",
    packages: ["haproxy", "sysbench"],
    programs: {
      haproxy: inSbin("haproxy", ["-v"]),
      sysbench: {
        ...inBin("sysbench", ["oltp_read_write", "help"]),
        environment: { LUA_PATH: "{tree}/usr/share/sysbench/?.lua;;" },
      },
    },
  },
  protoc: {
    name: "protoc",
    suite: "machine",
    packages: ["protobuf-compiler"],
    alone: ["libprotobuf-dev"], // For google/protobuf/*.proto in usr/include.
    programs: { protoc: inBin("protoc") },
  },
  chromium: {
    name: "chromium",
    suite: "machine",
    packages: ["chromium"],
    alone: ["fonts-dejavu-core", "fontconfig-config"], // In the tree even where the machine has them: the variables say where.
    programs: {
      chromium: {
        path: "usr/lib/chromium/chromium",
        probe: ["--version"],
        environment: { FONTCONFIG_PATH: "{tree}/etc/fonts", XDG_DATA_HOME: "{tree}/usr/share" },
      },
    },
  },
} as const satisfies Record<string, Group>;

/** Languages with their drivers of MySQL's protocol. Interpreters of their own, for the machine's may lack the drivers. */
export const clientGroups = {
  drivers: {
    name: "drivers",
    suite: "unstable",
    packages: ["python3-pymysql", "python3-mysqldb", "php-cli", "php-mysql", "libdbd-mysql-perl"],
    alone: ["libmariadb-java"],
    hasPerl: true,
    programs: {
      "python3-with-drivers": {
        ...inBin("python3"),
        environment: { PYTHONHOME: "{tree}/usr", PYTHONPATH: "{tree}/usr/lib/python3/dist-packages" },
      },
      "perl-with-drivers": inBin("perl"),
      "php-with-drivers": inBin("php[0-9]*"),
    },
  },
  java: {
    name: "java",
    suite: "machine",
    packages: ["default-jdk-headless"],
    programs: { java: { path: "usr/lib/jvm/default-java/bin/java", probe: version } },
  },
  go: {
    name: "go",
    suite: "unstable", // The driver wants a Go of its own day.
    packages: ["golang-go", "golang-github-go-sql-driver-mysql-dev"],
    programs: {
      "go-with-driver": {
        ...inBin("go", ["version"]),
        environment: {
          GOROOT: "{tree}/usr/lib/go",
          GOPATH: "{tree}/usr/share/gocode",
          GO111MODULE: "off",
          GOFLAGS: "",
          GOTOOLCHAIN: "local",
          CGO_ENABLED: "0",
        },
      },
    },
  },
} as const satisfies Record<string, Group>;

/** What the tests need. */
export const testSet: readonly Group[] = Object.values(groups);
/** What the long tier needs besides. */
export const longTestSet: readonly Group[] = [...testSet, ...Object.values(clientGroups)];
