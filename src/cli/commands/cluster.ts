/** cluster: a whole sharded cluster on this machine, from one command; what `npm start` runs. */
import { fileURLToPath } from "node:url";
import { children, processes } from "../../base/child.ts";
import { resolveFlags } from "../../base/flag-sources.ts";
import { boolean, FlagError, integer, listOf, oneOf, string } from "../../base/flag-values.ts";
import { flag, type Values } from "../../base/flags.ts";
import { openLogger } from "../../base/log.ts";
import { network } from "../../base/network.ts";
import { dataFolder } from "../../cluster/data-root.ts";
import { type ClusterEffects, LocalCluster } from "../../cluster/local-cluster.ts";
import type { ClusterOptions } from "../../cluster/plan.ts";
import { applySample } from "../../cluster/sample.ts";
import { dialGrpc } from "../../rpc/grpc-client.ts";
import { generateShardRanges } from "../../sharding/key-range.ts";
import type { Command, CommandContext } from "../command.ts";
import { exitCodes } from "../command.ts";

export const clusterFlags = {
  cells: flag({ parse: listOf(string), default: ["zone1"], help: "Cells; replicas are spread over them." }),
  shards: flag({ parse: integer(1, 64), default: 2, help: "Shards of the keyspace customer." }),
  replicas: flag({ parse: integer(0, 10), default: 1, help: "Replicas beside each primary." }),
  flavour: flag({ parse: oneOf("mariadb", "mysql"), default: "mariadb", help: "Database servers to run." }),
  topo: flag({ parse: oneOf("sqlite", "etcd"), default: "sqlite", help: "Where the topology is kept." }),
  port: flag({ parse: integer(0, 65_535), default: 0, help: "Port for MySQL clients; 0: 15306." }),
  portOffset: flag({ parse: integer(0, 40_000), default: 0, help: "Added to every port." }),
  root: flag({ parse: string, default: "vtdataroot", help: "Folder of all data and logs." }),
  sample: flag({ parse: boolean, default: true, help: "Bring the sample schema and rows." }),
} as const;

export const cluster: Command = {
  page: {
    name: "cluster",
    summary: "Runs a sharded cluster on this machine: database servers, tablets, gateway, control and web page.",
    flags: clusterFlags,
    examples: ["cluster", "cluster --shards 4 --replicas 2 --topo etcd", "cluster --flavour mysql --port 3306"],
  },
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { terminal, clock, disk, environment, stop } = context;
  const values = resolveFlags(clusterFlags, context).values as Values<typeof clusterFlags>;
  const began = clock.monotonicMs();
  const seconds = () => ((clock.monotonicMs() - began) / 1000).toFixed(1);
  const effects: ClusterEffects = {
    clock,
    disk,
    network,
    children,
    processes,
    environment,
    logger: openLogger({ level: "warn", role: "cluster" }),
    dial: (address) => dialGrpc(address, { clock }),
    fetch: (url) => fetch(url),
    node: process.execPath,
    main: fileURLToPath(new URL("../main.ts", import.meta.url)),
    pid: process.pid,
    progress: (text) => terminal.err(`${seconds().padStart(6)} s  ${text}\n`),
  };
  const running = await LocalCluster.start(optionsOf(values, disk.realpathSync("."), disk), effects);
  try {
    if (values.sample) {
      effects.progress("bringing the sample schema and rows");
      await applySample(running.vtctld, running.plan.vtgate.mysqlPort, effects);
    }
    terminal.out(welcome(running, values.sample));
    await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
    terminal.err("\n");
  } finally {
    await running.stop();
  }
  effects.progress("stopped; the data stays for the next start");
  return exitCodes.done;
}

function optionsOf(values: Values<typeof clusterFlags>, here: string, disk: CommandContext["disk"]): ClusterOptions {
  const [first] = values.cells;
  if (first === undefined) throw new FlagError("--cells names at least one cell");
  return {
    cells: values.cells,
    keyspaces: [
      { name: "commerce", shards: ["0"] },
      { name: "customer", shards: generateShardRanges(values.shards) },
    ],
    replicas: values.replicas,
    flavour: values.flavour,
    topo: values.topo,
    portOffset: values.portOffset,
    ...(values.port === 0 ? {} : { mysqlPort: values.port }),
    root: dataFolder(values.root.startsWith("/") ? values.root : `${here}/${values.root}`, disk),
  };
}

function welcome({ plan }: LocalCluster, hasSample: boolean): string {
  const { vtgate, vtctld } = plan;
  const queries = hasSample
    ? `
Three queries worth running:

    select * from commerce.product;
    select c.email, o.sku from customer.customer c join customer.corder o on c.customer_id = o.customer_id where c.customer_id = 1;
    show vitess_tablets;
`
    : "";
  return `
The cluster is up.

  MySQL     mysql -h 127.0.0.1 -P ${vtgate.mysqlPort} -u root        (or: mariadb …)
  Web page  http://127.0.0.1:${vtctld.httpPort}/app
  Control   node src/cli/main.ts vtctldclient --server 127.0.0.1:${vtctld.grpcPort} GetTablets
${queries}
Ctrl-C stops it; the data stays in ${plan.options.root}.
`;
}
