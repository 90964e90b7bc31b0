import { type StoreMove, StoreMoves } from "@flotilla/registry";
import { describeError, type Logger, messageOf } from "@flotilla/runtime";
import type { LeaseCalls, Store } from "@flotilla/store";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { setOptions } from "./edit-config.ts";
import type { StoreTarget } from "./store-target.ts";

export interface FollowOptions {
  readonly targetOf: (text: string) => Promise<StoreTarget>;
  /** Opens a store with its own revisions. */
  readonly openBare: (config: FleetdConfig) => Promise<Store & LeaseCalls>;
  /** Path of fleet.conf. */
  readonly file: string;
  readonly log: Logger;
}

/**
 * Completes a move that this machine has made: lets servers use the copy, and names the copy in fleet.conf. Every step
 * may be repeated, so a daemon that ended in between completes the move when it starts again.
 * @returns the configuration with the other store.
 * @throws the errors of the other store; the signal's reason.
 */
export async function followMove(
  { other: name }: StoreMove,
  { targetOf, openBare, file, log }: FollowOptions,
  signal: AbortSignal,
): Promise<FleetdConfig> {
  const { config, options } = await targetOf(name);
  const store = await openBare(config);
  try {
    await new StoreMoves(store).begin(signal);
  } finally {
    await store.close();
  }
  try {
    setOptions(file, options);
    log.info("the cluster has moved to another store; fleet.conf was changed", { store: name, file });
  } catch (error) {
    log.error("cannot change fleet.conf; set the cluster's store there yourself before the former store is deleted", {
      store: name,
      file,
      ...describeError(error),
      error: messageOf(error),
    });
  }
  return config;
}
