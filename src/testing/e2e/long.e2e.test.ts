/** Faults again and again under load, and a minute without the lock server; fewer rounds without `--long`. */
import { readEnvironment } from "../../base/environment.ts";
import { flavours } from "../throwaway-database.ts";
import { describeFaults } from "./faults.ts";

const isLong = readEnvironment()["VT_TEST_LONG"] === "1";
const options = isLong
  ? { rounds: 8, etcdAwayMs: 60_000, timeoutMs: 3_000_000 }
  : { rounds: 2, etcdAwayMs: 10_000, timeoutMs: 300_000 };

for (const flavour of flavours) describeFaults(flavour, "etcd", options);
