/**
 * Connections to tablet managers: one a tablet's address, opened with the first call, kept while it is used. At most
 * `connectionsMax` are kept; the one unused for longest is closed for a new one.
 */
import { VtError } from "../base/errors.ts";
import { Lru } from "../base/lru.ts";
import { TabletManager } from "../proto/generated/tabletmanagerservice_pb.js";
import type { Tablet } from "../proto/generated/topodata_pb.js";
import { callMethod } from "../rpc/call-method.ts";
import type { Channel, Dialer, ServiceClient } from "../rpc/service.ts";
import { grpcAddress, tabletName } from "./tablet-access.ts";
import type { TabletCall } from "./vtctld.ts";

const connectionsMax = 1000;

export class TabletConnections {
  readonly #dial: Dialer;
  readonly #timeoutMs: () => number;
  readonly #channels = new Lru<string, Channel>(connectionsMax, (_address, channel) => void channel.close());

  /** `timeoutMs`: of calls that give none. */
  constructor(dial: Dialer, timeoutMs: () => number) {
    this.#dial = dial;
    this.#timeoutMs = timeoutMs;
  }

  /** A tablet's manager. */
  client(tablet: Tablet): ServiceClient<typeof TabletManager> {
    const address = grpcAddress(tablet);
    const known = this.#channels.get(address);
    const channel = known ?? this.#dial(address);
    if (known === undefined) this.#channels.set(address, channel);
    return channel.client(TabletManager);
  }

  readonly call: TabletCall = async (tablet, method, request, timeoutMs) => {
    const client = this.client(tablet);
    try {
      return await callMethod(client, method, request, { timeoutMs: timeoutMs ?? this.#timeoutMs() });
    } catch (error) {
      const isLost = error instanceof VtError && ["VT14001", "VT25001"].includes(error.code);
      throw isLost ? VtError.of("VT23010", tabletName(tablet), error.message).because(error) : error;
    }
  };

  async close(): Promise<void> {
    const channels = [...this.#channels.entries()].map(([, channel]) => channel);
    this.#channels.clear();
    await Promise.all(channels.map((channel) => channel.close()));
  }
}
