/** The tutorial on MySQL, its topology in etcd. */
import { describeTutorial } from "./tutorial.ts";

describeTutorial("mysql", "etcd");
