/**
 * Who this tablet is and whether it takes queries now. A refusal tells gateways what to do: VT26001 (not serving) means
 * wait and retry, VT26002 (wrong tablet) means look the tablet up again.
 */
import { VtError } from "../../base/errors.ts";
import type { Target } from "../../rpc/query-service.ts";

export class ServingGate {
  #target: Target;
  #isServing = false;
  #reason = "starting";

  constructor(target: Target) {
    this.#target = target;
  }

  get target(): Target {
    return this.#target;
  }
  get isServing(): boolean {
    return this.#isServing;
  }
  get reason(): string {
    return this.#reason;
  }

  set(target: Target, isServing: boolean, reason: string): void {
    this.#target = target;
    this.#isServing = isServing;
    this.#reason = reason;
  }

  /** Undefined, or why a new statement for `wanted` is refused. An empty cell or keyspace matches anything. */
  refusal(wanted: Target): VtError | undefined {
    const is = this.#target;
    if (
      (wanted.keyspace !== "" && wanted.keyspace !== is.keyspace) ||
      (wanted.keyspace !== "" && wanted.shard !== is.shard) ||
      (wanted.tabletType !== "UNKNOWN" && wanted.tabletType !== is.tabletType)
    )
      return VtError.of("VT26002", targetText(wanted), targetText(is));
    if (!this.#isServing) return VtError.of("VT26001", this.#reason);
    return undefined;
  }
}

/** "customer/-80 primary" */
export function targetText({ keyspace, shard, tabletType }: Target): string {
  return `${keyspace}/${shard} ${tabletType.toLowerCase()}`;
}
