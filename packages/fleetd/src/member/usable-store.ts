import { type StoreMove, StoreMoves } from "@flotilla/registry";
import { Backoff, type Clock, logFailure, type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";

export interface UsableStoreOptions {
  readonly store: Store;
  readonly machineID: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** How often a server looks whether its store may be used again, milliseconds. */
const POLL_MS = 1_000;

/**
 * Waits until the store may be used: it is not being copied, the cluster has not moved away from it, and it is no
 * unfinished copy.
 * @param onWaiting called with the reason for each wait.
 * @returns undefined, or the move that this machine has made and whose result this daemon must follow.
 * @throws the signal's reason.
 */
export async function untilUsable(
  { store, machineID, clock, random, log }: UsableStoreOptions,
  onWaiting: (reason: string) => void,
  signal: AbortSignal,
): Promise<StoreMove | undefined> {
  const moves = new StoreMoves(store);
  const backoff = new Backoff({ first: 200, most: 5_000, random });
  for (;;) {
    try {
      const move = await moves.read(signal);
      if (!move) return undefined;
      const isOwn = move.machineID === machineID;
      if (isOwn && move.is === "gone") return move;
      // The daemon of this machine ended while it copied the store.
      if (isOwn && move.is === "leaving") await moves.stay(signal);
      else {
        onWaiting(reasonOf(move));
        await clock.sleep(POLL_MS, signal);
      }
      backoff.reset();
    } catch (error) {
      signal.throwIfAborted();
      rethrowProgrammingError(error);
      if (backoff.failures === 0) logFailure(log, "cannot join the cluster yet; retrying", error);
      onWaiting(messageOf(error));
      await clock.sleep(backoff.next(), signal);
    }
  }
}

/** Resolves when the cluster begins to move away from the store, or at the signal. */
export async function untilMoving(
  { store, clock, random }: UsableStoreOptions,
  onMoving: () => void,
  signal: AbortSignal,
): Promise<void> {
  const moves = new StoreMoves(store);
  const backoff = new Backoff({ first: 200, most: 5_000, random });
  while (!signal.aborted) {
    try {
      await moves.untilMoving(signal);
      onMoving();
      return;
    } catch (error) {
      if (signal.aborted) return;
      rethrowProgrammingError(error);
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}

function reasonOf({ is, machineID, other }: StoreMove): string {
  const machine = machineID === "" ? "a machine" : `machine ${machineID}`;
  switch (is) {
    case "leaving":
      return `${machine} is moving the cluster to ${other}; if no daemon runs there any more, delete the key store/move`;
    case "gone":
      return `the cluster has moved to ${other}; set that store in fleet.conf, then run systemctl reload fleet`;
    case "arriving":
      return (
        `the store is a copy of ${other} that is not in use yet; run fleetctl store migrate again on ${machine}, or set ` +
        "the cluster's store in fleet.conf"
      );
    default:
      return is satisfies never;
  }
}
