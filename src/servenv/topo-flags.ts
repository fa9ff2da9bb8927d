/** Flags that say where the topology is and how patiently it is asked (inventory 1.021). */
import { integer, periodMs, string } from "../base/flag-values.ts";
import { flag } from "../base/flags.ts";

const notHere = "this store is not supported: use etcd2, sqlite or memory";

export const topoFlags = {
  topoImplementation: flag({
    parse: string,
    default: "etcd2",
    help: "Kind of store: etcd2, sqlite (one machine), or memory (one process).",
  }),
  topoGlobalServerAddress: flag({
    parse: string,
    default: "",
    help: "etcd: host:port, comma-separated; sqlite: path of the file.",
  }),
  topoGlobalRoot: flag({ parse: string, default: "/vitess/global", help: "Where the global records begin." }),
  topoEtcdLeaseTtl: flag({ parse: integer(1, 86_400), default: 30, help: "Seconds that a silent lock lives." }),
  topoEtcdTlsCa: flag({ parse: string, default: "", help: "Certificate authority that etcd's certificate must have." }),
  topoEtcdTlsCert: flag({ parse: string, default: "", help: "Client certificate for etcd." }),
  topoEtcdTlsKey: flag({ parse: string, default: "", help: "Its private key." }),
  topoReadConcurrency: flag({ parse: integer(1, 10_000), default: 32, help: "Most reads of the topology at once." }),
  lockTimeoutMs: flag({ parse: periodMs, default: 45_000, live: true, help: "Longest wait for a lock." }),
  remoteOperationTimeoutMs: flag({
    parse: periodMs,
    default: 15_000,
    live: true,
    help: "Longest wait for one answer.",
  }),
  topoZkAuthFile: flag({ parse: string, default: "", help: "ZooKeeper credentials.", unused: notHere }),
  topoConsulLockDelayMs: flag({ parse: periodMs, default: 15_000, help: "Consul's lock delay.", unused: notHere }),
} as const;
