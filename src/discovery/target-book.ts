/**
 * The tablets by what they serve (keyspace, shard, type), with a list of the fit ones kept ready for each, so that a
 * query's choice costs the same whatever else the cluster holds.
 *
 * Of a shard's primaries only the one with the newest term is fit. The newest term stays in mind while its holder is
 * known, so that an old primary stays hidden even when the new one cannot be reached; it is forgotten when the holder
 * is removed from the topology.
 */
import type { Tablet } from "../proto/generated/topodata_pb.js";
import type { TabletHealth, TabletTypeName } from "../rpc/query-service.ts";
import { type CellName, cellOfTablet, type TabletAlias } from "../topo/names.ts";
import { defaultLagLimits, filterByLag, type LagLimits } from "./lag-filter.ts";
import type { TabletState } from "./tablet-state.ts";

/** One tablet as the rest of the process sees it. */
export interface TabletView {
  readonly alias: TabletAlias;
  readonly cell: CellName;
  readonly record: Tablet;
  /** What it serves; undefined before it was heard, and after it was lost. */
  readonly health: TabletHealth | undefined;
  readonly isServing: boolean;
  readonly lagSeconds: number;
  readonly error: string | undefined;
}

export interface TargetName {
  readonly keyspace: string;
  readonly shard: string;
  readonly tabletType: TabletTypeName;
}

/** The fit tablets of a target; `local` are those of the process's own cell. */
export interface FitTablets {
  readonly local: readonly TabletView[];
  readonly remote: readonly TabletView[];
}

const nobody: FitTablets = { local: [], remote: [] };

interface Entry {
  readonly target: TargetName;
  readonly members: Map<TabletAlias, TabletView>;
  fit: FitTablets;
}

interface Shard {
  readonly types: Map<TabletTypeName, Entry>;
  /** The newest term that any tablet claimed, and who. */
  term: { readonly seconds: number; readonly holder: TabletAlias } | undefined;
}

export class TargetBook {
  readonly #localCell: string;
  readonly #lag: LagLimits;
  readonly #views = new Map<TabletAlias, TabletView>();
  readonly #keyspaces = new Map<string, Map<string, Shard>>();

  constructor(localCell: string, lag: LagLimits = defaultLagLimits) {
    this.#localCell = localCell;
    this.#lag = lag;
  }

  /** Takes in a tablet's new state. Answers the targets whose fit tablets changed. */
  update(state: TabletState): readonly TargetName[] {
    const view = viewOf(state);
    const before = this.#views.get(state.alias)?.health?.target;
    const after = view.health?.target;
    if (state.stage === "removed") this.#views.delete(state.alias);
    else this.#views.set(state.alias, view);
    const touched = new Set<Entry>();
    if (before !== undefined) touched.add(this.#leave(before, state.alias));
    if (state.stage === "removed") for (const entry of this.#forgetTerms(state.alias)) touched.add(entry);
    if (after !== undefined) for (const entry of this.#join(after, view)) touched.add(entry);
    return [...touched].filter((entry) => this.#refit(entry)).map((entry) => entry.target);
  }

  view(alias: TabletAlias): TabletView | undefined {
    return this.#views.get(alias);
  }

  get views(): IterableIterator<TabletView> {
    return this.#views.values();
  }

  /** Every target that has or had a tablet, with those fit for it. */
  *targets(): Iterable<{ readonly target: TargetName; readonly fit: FitTablets }> {
    for (const shards of this.#keyspaces.values())
      for (const { types } of shards.values()) for (const { target, fit } of types.values()) yield { target, fit };
  }

  fit(keyspace: string, shard: string, tabletType: TabletTypeName): FitTablets {
    return this.#keyspaces.get(keyspace)?.get(shard)?.types.get(tabletType)?.fit ?? nobody;
  }

  /** The newest term of a shard's primary, in Unix seconds; 0 where none was claimed. */
  termOf(keyspace: string, shard: string): number {
    return this.#keyspaces.get(keyspace)?.get(shard)?.term?.seconds ?? 0;
  }

  #shard(keyspace: string, name: string): Shard {
    const shards = this.#keyspaces.get(keyspace) ?? new Map<string, Shard>();
    this.#keyspaces.set(keyspace, shards);
    const shard = shards.get(name) ?? { types: new Map(), term: undefined };
    shards.set(name, shard);
    return shard;
  }

  #entry(shard: Shard, { keyspace, shard: name, tabletType }: TargetName): Entry {
    const known = shard.types.get(tabletType);
    if (known !== undefined) return known;
    const target = { keyspace, shard: name, tabletType };
    const entry: Entry = { target, members: new Map(), fit: nobody };
    shard.types.set(tabletType, entry);
    return entry;
  }

  #leave(target: TargetName, alias: TabletAlias): Entry {
    const entry = this.#entry(this.#shard(target.keyspace, target.shard), target);
    entry.members.delete(alias);
    return entry;
  }

  /** Answers the entries that may have changed by it. */
  #join(target: TargetName, view: TabletView): readonly Entry[] {
    const shard = this.#shard(target.keyspace, target.shard);
    const entry = this.#entry(shard, target);
    entry.members.set(view.alias, view);
    const seconds = view.health?.primaryTermStartSeconds ?? 0;
    if (target.tabletType === "PRIMARY" && (shard.term === undefined || seconds > shard.term.seconds))
      shard.term = { seconds, holder: view.alias };
    return [entry];
  }

  #forgetTerms(alias: TabletAlias): readonly Entry[] {
    const found: Entry[] = [];
    for (const shards of this.#keyspaces.values())
      for (const shard of shards.values()) {
        if (shard.term?.holder !== alias) continue;
        const entry = shard.types.get("PRIMARY");
        const terms = [...(entry?.members.values() ?? [])].map((view) => ({
          seconds: view.health?.primaryTermStartSeconds ?? 0,
          holder: view.alias,
        }));
        shard.term = terms.sort((a, b) => b.seconds - a.seconds)[0];
        if (entry !== undefined) found.push(entry);
      }
    return found;
  }

  /** Makes the list of the fit ones anew; true when other tablets are in it than before. */
  #refit(entry: Entry): boolean {
    const serving = [...entry.members.values()].filter((view) => view.isServing);
    const { keyspace, shard, tabletType } = entry.target;
    const fit =
      tabletType === "PRIMARY"
        ? newest(serving, this.#shard(keyspace, shard).term?.seconds ?? 0)
        : filterByLag(serving, this.#lag);
    const old = entry.fit;
    entry.fit = {
      local: fit.filter((view) => view.cell === this.#localCell),
      remote: fit.filter((view) => view.cell !== this.#localCell),
    };
    return !isSame(old.local, entry.fit.local) || !isSame(old.remote, entry.fit.remote);
  }
}

export function viewOf({ alias, record, health, error }: TabletState): TabletView {
  return {
    alias,
    cell: cellOfTablet(alias),
    record,
    health,
    isServing: health !== undefined && health.isServing && error === undefined,
    lagSeconds: health?.replicationLagSeconds ?? 0,
    error,
  };
}

/** The one primary of the newest term; the first by name should two claim the same. */
function newest(primaries: readonly TabletView[], termSeconds: number): readonly TabletView[] {
  const claims = primaries.filter((view) => view.health?.primaryTermStartSeconds === termSeconds);
  return claims.sort((a, b) => (a.alias < b.alias ? -1 : 1)).slice(0, 1);
}

function isSame(a: readonly TabletView[], b: readonly TabletView[]): boolean {
  return a.length === b.length && a.every((view) => b.some((other) => other.alias === view.alias));
}
