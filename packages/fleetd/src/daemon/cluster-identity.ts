import { Backoff, type Clock, type Logger, messageOf } from "@flotilla/runtime";
import type { IdentityRegistry } from "@flotilla/registry";
import { createClusterIdentity, issueMachineIdentity, type MachineIdentity } from "../peer/identity.ts";

export interface ClusterIdentityOptions {
  readonly registry: IdentityRegistry;
  readonly machineID: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Told each time that the store cannot be asked yet. */
  readonly onWaiting: (reason: string) => void;
}

/** This machine's certificate, as soon as the store gives out the cluster's authority; the first daemon creates that. */
export async function obtainIdentity(options: ClusterIdentityOptions, signal: AbortSignal): Promise<MachineIdentity> {
  const { registry, machineID, clock, random, log, onWaiting } = options;
  const backoff = new Backoff({ first: 200, most: 5_000, random });
  for (;;) {
    try {
      const cluster = await registry.obtain(() => createClusterIdentity(clock.wall()), signal);
      return await issueMachineIdentity(cluster, machineID, clock.wall());
    } catch (error) {
      signal.throwIfAborted();
      if (backoff.failures === 0) log.warn("the cluster cannot be joined yet", { error: messageOf(error) });
      onWaiting(messageOf(error));
      await clock.sleep(backoff.next(), signal);
    }
  }
}
