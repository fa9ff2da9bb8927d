/** The tutorial on MariaDB, its topology in etcd. */
import { describeTutorial } from "./tutorial.ts";

describeTutorial("mariadb", "etcd");
