/** The tutorial on MySQL, its topology in SQLite. */
import { describeTutorial } from "./tutorial.ts";

describeTutorial("mysql", "sqlite");
