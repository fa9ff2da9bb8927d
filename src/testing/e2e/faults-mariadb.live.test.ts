/** Faults under load on MariaDB, the topology in etcd. */
import { describeFaults } from "./faults.ts";

describeFaults("mariadb", "etcd");
