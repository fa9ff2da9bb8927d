/**
 * A real etcd for live tests: one member with its own folder and free ports, that can be stopped, killed and started
 * again on the same files. A machine without etcd fails the test that asks for it.
 */
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChildProcess, children } from "../base/child.ts";
import { systemClock } from "../base/clock.ts";
import { disk } from "../base/disk.ts";
import { readEnvironment } from "../base/environment.ts";
import { findProgram } from "../mysqld/installed.ts";
import { KV } from "../proto/generated/etcd_pb.js";
import { EtcdClient, type EtcdTls } from "../topo/etcd-client.ts";
import { freePort } from "./throwaway-database.ts";

/** PEM files for a server that speaks TLS and asks its clients for certificates. */
export interface EtcdServerTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly client: EtcdTls;
}

export class RealEtcd {
  readonly endpoint: string;
  readonly #folder: string;
  readonly #peer: string;
  readonly #tls: EtcdServerTls | undefined;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, peerPort: number, tls: EtcdServerTls | undefined) {
    this.#folder = folder;
    this.#tls = tls;
    this.endpoint = `127.0.0.1:${port}`;
    this.#peer = `http://127.0.0.1:${peerPort}`;
  }

  static async start(tls?: EtcdServerTls): Promise<RealEtcd> {
    const folder = disk.mkdtempSync(join(tmpdir(), "vitess-ts-etcd-"));
    const etcd = new RealEtcd(folder, await freePort(), await freePort(), tls);
    await etcd.start();
    return etcd;
  }

  /** Starts it again on its files. */
  async start(): Promise<void> {
    const program = findProgram("etcd", { disk, environment: readEnvironment() });
    const url = `${this.#tls === undefined ? "http" : "https"}://${this.endpoint}`;
    const child = children.spawn(
      program.command,
      [
        ["--data-dir", join(this.#folder, "etcd")],
        ["--listen-client-urls", url, "--advertise-client-urls", url],
        ["--listen-peer-urls", this.#peer, "--initial-advertise-peer-urls", this.#peer],
        ["--initial-cluster", `default=${this.#peer}`],
        this.#tlsFlags(),
      ].flat(),
      { stdio: "ignore" },
    );
    this.#child = child;
    const failed = once(child, "exit").then(([code]) => {
      throw new Error(`etcd ended with code ${String(code)} while it was started`);
    });
    failed.catch(() => undefined); // After the start nobody waits for it.
    await Promise.race([this.#answers(), failed]);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  /** Stops it and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    disk.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A client below the topology, for looking at keys. The caller closes it. */
  client(operationTimeoutMs = 15_000): EtcdClient {
    const tls = this.#tls === undefined ? {} : { tls: this.#tls.client };
    return new EtcdClient({ clock: systemClock, endpoints: this.endpoint, operationTimeoutMs, ...tls });
  }

  async #answers(): Promise<void> {
    const client = this.client(20_000);
    try {
      await client.repeatable(KV.method.range, { key: Buffer.from("is-it-there") });
    } finally {
      client.close();
    }
  }

  #tlsFlags(): string[] {
    if (this.#tls === undefined) return [];
    const { caFile, certFile, keyFile } = this.#tls;
    return ["--trusted-ca-file", caFile, "--cert-file", certFile, "--key-file", keyFile, "--client-cert-auth"];
  }
}
