/** The tutorial on MariaDB, its topology in SQLite. */
import { describeTutorial } from "./tutorial.ts";

describeTutorial("mariadb", "sqlite");
