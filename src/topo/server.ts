/**
 * The topology of a whole cluster: the global store, and each cell's own, opened from its CellInfo when first asked for
 * and kept. While the global store is away, cells that were opened before stay reachable.
 */
import type { Clock } from "../base/clock.ts";
import { type CellName, cellName, type KeyspaceName, keyspaceName, type ShardName, shardName } from "./names.ts";
import { folders, listNames, mustReadRecord, records } from "./records.ts";
import { openStore, type StoreContext } from "./stores.ts";
import { isAway } from "./local-topo.ts";
import { type Topo, TopoError } from "./topo.ts";

export interface TopoServerOptions {
  /** topo-implementation */
  readonly implementation: string;
  /** topo-global-server-address */
  readonly globalAddress: string;
  /** topo-global-root */
  readonly globalRoot: string;
}

/** A cell's address is looked up again after so long, in case it moved. */
const cellAddressAgeMsMax = 10_000;

interface OpenCell {
  readonly place: string;
  readonly topo: Topo;
  checkedMs: number;
}

export class TopoServer {
  readonly global: Topo;
  readonly #context: StoreContext;
  readonly #implementation: string;
  readonly #cells = new Map<CellName, Promise<OpenCell>>();

  constructor(global: Topo, implementation: string, context: StoreContext) {
    this.global = global;
    this.#implementation = implementation;
    this.#context = context;
  }

  static async open(context: StoreContext, options: TopoServerOptions): Promise<TopoServer> {
    const { implementation, globalAddress, globalRoot } = options;
    return new TopoServer(await openStore(context, implementation, globalAddress, globalRoot), implementation, context);
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  /** The store of a cell; throws no_node for a cell without CellInfo. */
  async cell(cell: CellName): Promise<Topo> {
    const known = this.#cells.get(cell);
    const open = known === undefined ? await this.#openCell(cell) : await this.#recheck(cell, known);
    return open.topo;
  }

  cells(): Promise<readonly CellName[]> {
    return listNames(this.global, folders.cells, cellName);
  }

  keyspaces(): Promise<readonly KeyspaceName[]> {
    return listNames(this.global, folders.keyspaces, keyspaceName);
  }

  /** Empty where the keyspace has none, or is not there. */
  shards(keyspace: KeyspaceName): Promise<readonly ShardName[]> {
    return listNames(this.global, folders.shards(keyspace), shardName);
  }

  async close(): Promise<void> {
    const cells = await Promise.allSettled(this.#cells.values());
    this.#cells.clear();
    for (const cell of cells) if (cell.status === "fulfilled") await cell.value.topo.close();
    await this.global.close();
  }

  async #openCell(cell: CellName): Promise<OpenCell> {
    const opening = this.#placeOf(cell).then(async ({ place, address, root }) => {
      const topo = await openStore(this.#context, this.#implementation, address, root);
      return { place, topo, checkedMs: this.clock.monotonicMs() };
    });
    this.#cells.set(cell, opening);
    return opening.catch((error: unknown) => {
      if (this.#cells.get(cell) === opening) this.#cells.delete(cell);
      throw error;
    });
  }

  async #recheck(cell: CellName, known: Promise<OpenCell>): Promise<OpenCell> {
    const open = await known;
    if (this.clock.monotonicMs() - open.checkedMs < cellAddressAgeMsMax) return open;
    open.checkedMs = this.clock.monotonicMs();
    try {
      const { place } = await this.#placeOf(cell);
      if (place === open.place) return open;
    } catch (error) {
      if (isAway(error)) return open; // The cell may well be there.
      if (!(error instanceof TopoError && error.kind === "no_node")) throw error;
    }
    if (this.#cells.get(cell) === known) this.#cells.delete(cell);
    await open.topo.close();
    return this.#openCell(cell);
  }

  async #placeOf(cell: CellName) {
    const { message } = await mustReadRecord(this.global, records.cellInfo(cell));
    const { serverAddress: address, root } = message;
    return { place: JSON.stringify([address, root]), address, root };
  }
}
