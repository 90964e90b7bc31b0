import {
  Backoff,
  type Clock,
  isProgrammingError,
  logFailure,
  type Logger,
  messageOf,
  RecoveryLimit,
} from "@flotilla/runtime";
import type { AuthorityRecord, AuthorityRegistry } from "@flotilla/registry";
import type { CertificateMaker } from "../peer/certificate-maker.ts";
import type { MachineIdentity } from "../peer/identity.ts";
import { requireUsable } from "../peer/usable-authority.ts";
import type { SavedIdentity } from "../peer/saved-identity.ts";

export interface ClusterIdentityOptions {
  readonly registry: AuthorityRegistry;
  readonly machineID: string;
  readonly certificates: CertificateMaker;
  /** The identity that an earlier process saved since boot. */
  readonly saved: SavedIdentity;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Called with the reason after each failed attempt. */
  readonly onWaiting: (reason: string) => void;
}

/**
 * Obtains this machine's certificate, waiting for the store. The first daemon creates the certificate authority.
 * @throws the signal's reason; a recurring internal error (see RecoveryLimit).
 */
export async function obtainIdentity(options: ClusterIdentityOptions, signal: AbortSignal): Promise<MachineIdentity> {
  const { registry, certificates, clock, random, log, onWaiting } = options;
  const backoff = new Backoff({ first: 200, most: 5_000, random });
  const recoveries = new RecoveryLimit({ clock, log });
  for (;;) {
    try {
      const cluster = await registry.obtain(() => certificates.createCluster(clock.wall(), signal), signal);
      return await identityIn(cluster, options, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isProgrammingError(error)) recoveries.note("joining the cluster failed with an internal error", error);
      else if (backoff.failures === 0) log.warn("cannot join the cluster yet; retrying", { error: messageOf(error) });
      onWaiting(messageOf(error));
      await clock.sleep(backoff.next(), signal);
    }
  }
}

async function identityIn(
  cluster: AuthorityRecord,
  { machineID, certificates, saved, clock, log }: ClusterIdentityOptions,
  signal: AbortSignal,
): Promise<MachineIdentity> {
  requireUsable(cluster);
  const known = saved.load(cluster.certificate, machineID, clock.wall());
  if (known) return known;
  const identity = await certificates.issueMachine(cluster, machineID, clock.wall(), signal);
  try {
    saved.save(identity);
  } catch (error) {
    logFailure(log, "cannot save the machine's certificate; the next start makes another", error);
  }
  return identity;
}
