import { type Clock, isOutage } from "@flotilla/runtime";
import { withGroupCommit } from "../../grouping/group-commit.ts";
import type { Store, Txn, TxnResult } from "../../port/index.ts";

/** How long the transactions of a machine go apart after one of them has failed, milliseconds. */
const APART_MS = 10_000;

/**
 * Lets the transactions of many machines share writes. A transaction that fails makes the store process each one of its
 * group again, alone. So the transactions of a machine that has just failed share writes only with those of other such
 * machines: a machine whose compares always fail costs the others nothing.
 */
export class TxnLanes {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #shared: Store;
  readonly #apart: Store;
  readonly #failedAt = new Map<string, number>();

  constructor(store: Store, clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
    this.#shared = withGroupCommit(store);
    this.#apart = withGroupCommit(store);
  }

  /** @throws the errors of `Store.txn`. */
  async txn(machineID: string, txn: Txn, signal: AbortSignal): Promise<TxnResult> {
    const lane = this.#hasFailed(machineID) ? this.#apart : this.#shared;
    try {
      const result = await lane.txn(txn, signal);
      if (!result.succeeded) this.#noteFailure(machineID);
      return result;
    } catch (error) {
      if (!signal.aborted && !isOutage(error)) this.#noteFailure(machineID);
      throw error;
    }
  }

  #noteFailure(machineID: string): void {
    this.#failedAt.set(machineID, this.#clock.monotonic());
  }

  #hasFailed(machineID: string): boolean {
    const at = this.#failedAt.get(machineID);
    if (at === undefined) return false;
    if (this.#clock.monotonic() - at < APART_MS) return true;
    this.#failedAt.delete(machineID);
    return false;
  }
}
