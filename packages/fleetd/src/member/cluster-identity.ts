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
import {
  type CertificateMaker,
  isDue,
  isValidAt,
  type MachineIdentity,
  requireUsable,
  type SavedIdentity,
} from "@flotilla/membership";

export interface ClusterIdentityOptions {
  readonly registry: AuthorityRegistry;
  readonly machineID: string;
  /** The host names and IP addresses in the certificate. */
  readonly names: readonly string[];
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

/**
 * Makes another certificate for this server if the present one is due; undefined if it is not.
 * @throws the errors of the store, AuthorityUnusableError, CertificateError.
 */
export async function renewIdentity(
  options: ClusterIdentityOptions,
  current: MachineIdentity,
  signal: AbortSignal,
): Promise<MachineIdentity | undefined> {
  const { registry, certificates, clock } = options;
  if (isCurrent(current, clock.wall())) return undefined;
  const cluster = await registry.obtain(() => certificates.createCluster(clock.wall(), signal), signal);
  return issue(cluster, options, signal);
}

async function identityIn(
  cluster: AuthorityRecord,
  options: ClusterIdentityOptions,
  signal: AbortSignal,
): Promise<MachineIdentity> {
  const { machineID, saved, clock, log } = options;
  const known = saved.load(machineID, "server");
  if (known?.ca === cluster.certificate && isCurrent(known, clock.wall())) return known;
  const identity = await issue(cluster, options, signal);
  try {
    saved.save(identity);
  } catch (error) {
    logFailure(log, "cannot save the machine's certificate; the next start makes another", error);
  }
  return identity;
}

function issue(
  cluster: AuthorityRecord,
  { machineID, names, certificates, clock }: ClusterIdentityOptions,
  signal: AbortSignal,
): Promise<MachineIdentity> {
  requireUsable(cluster);
  return certificates.issueMachine(cluster, { machineID, role: "server", names }, clock.wall(), signal);
}

function isCurrent({ cert }: MachineIdentity, now: number): boolean {
  return isValidAt(cert, now) && !isDue(cert, now);
}
