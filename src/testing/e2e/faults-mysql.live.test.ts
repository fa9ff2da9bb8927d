/** Faults under load on MySQL, the topology in SQLite. */
import { describeFaults } from "./faults.ts";

describeFaults("mysql", "sqlite");
