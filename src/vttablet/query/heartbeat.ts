/**
 * Heartbeats (inventory 7.018): a primary writes the time into its row of `_vt.heartbeat`; a replica reads the row that
 * replication brought it, and how old it is is the lag. The row holds nanoseconds since 1970, as Vitess's does.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { ClientEnvironment, Connection, ConnectOptions } from "../../mysql/client.ts";
import { connect } from "../../mysql/client.ts";
import { type Sql, sql, value } from "../../mysql/sql.ts";

export interface HeartbeatPorts {
  readonly env: ClientEnvironment & { readonly clock: Clock; readonly log: Logger };
  /** A user that may write `_vt`. */
  readonly options: ConnectOptions;
  readonly keyspace: string;
  readonly shard: string;
  readonly tabletUid: number;
  /** heartbeat-interval; default 1 s. */
  readonly intervalMs?: number;
}

export type HeartbeatMode = "off" | "write" | "read";

const intervalDefaultMs = 1000;
const answerMaxMs = 5000;

export class Heartbeat {
  readonly #ports: HeartbeatPorts;
  readonly #timer: Timer;
  #mode: HeartbeatMode = "off";
  #connection: Connection | undefined;
  #isBusy = false;
  #turn: Promise<void> = Promise.resolve();
  /** Called with each measurement of a replica; undefined where the row is missing. */
  onLag: ((lagSeconds: number | undefined) => void) | undefined;
  lastError = "";
  /** Since the start, for metrics. */
  readonly counts = { writes: 0, writeErrors: 0, reads: 0, readErrors: 0, lagMs: 0, lagMsInAll: 0 };

  constructor(ports: HeartbeatPorts) {
    this.#ports = ports;
    this.#timer = ports.env.clock.every(ports.intervalMs ?? intervalDefaultMs, () => this.#beatSoon());
  }

  /** Primaries write, the others read. */
  setMode(mode: HeartbeatMode): void {
    this.#mode = mode;
    this.#beatSoon();
  }

  close(): void {
    this.#timer.cancel();
    this.#mode = "off";
    this.#connection?.close();
    this.#connection = undefined;
  }

  #beatSoon(): void {
    if (this.#isBusy || this.#mode === "off") return; // A slow server is not asked again meanwhile.
    this.#isBusy = true;
    this.beat()
      .then(
        () => {
          this.lastError = "";
        },
        (thrown: unknown) => {
          if (this.#mode === "write") this.counts.writeErrors++;
          else this.counts.readErrors++;
          if (this.lastError === "") this.#ports.env.log.warn({ err: thrown }, "a heartbeat failed");
          this.lastError = errorText(thrown);
        },
      )
      .finally(() => {
        this.#isBusy = false;
      });
  }

  /** One heartbeat, after the one under way. */
  beat(): Promise<void> {
    const beat = this.#turn.then(() => this.#beatNow());
    this.#turn = beat.catch(() => undefined); // Whoever asked for it is told; the next one tries anew.
    return beat;
  }

  async #beatNow(): Promise<void> {
    const { clock } = this.#ports.env;
    const { keyspace, shard, tabletUid } = this.#ports;
    const row = value(`${keyspace}:${shard}`);
    if (this.#mode === "write") {
      const now = BigInt(Math.floor(clock.nowMs())) * 1_000_000n;
      await this.#query(
        sql`insert into _vt.heartbeat (keyspaceShard, tabletUid, ts) values (${row}, ${value(tabletUid)}, ${value(now)})
          on duplicate key update tabletUid = values(tabletUid), ts = values(ts)`,
      );
      this.counts.writes++;
    } else if (this.#mode === "read") {
      const found = await this.#query(sql`select ts from _vt.heartbeat where keyspaceShard = ${row}`);
      const written = found.scalar;
      if (this.#mode !== "read") return; // Promoted while the answer was on its way.
      const lagMs = written == null ? undefined : clock.nowMs() - Number(BigInt(written) / 1_000_000n);
      this.counts.reads++;
      this.counts.lagMs = Math.max(0, lagMs ?? 0);
      this.counts.lagMsInAll += this.counts.lagMs;
      this.onLag?.(lagMs === undefined ? undefined : Math.max(0, lagMs / 1000));
    }
  }

  async #query(text: Sql) {
    if (this.#connection === undefined || this.#connection.isClosed)
      this.#connection = await connect(this.#ports.env, this.#ports.options);
    return this.#connection.query(text, { timeoutMs: answerMaxMs });
  }
}
