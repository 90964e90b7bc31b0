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
  authoritiesIn,
  bundleOf,
  type CertificateMaker,
  isDue,
  isIssuedBy,
  isValidAt,
  type MachineIdentity,
  requireUsable,
  type SavedIdentity,
  withChain,
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
 * Makes another certificate for this server if the present one is due, or if the cluster's authority was rotated; else
 * takes the authorities that the cluster trusts, if they are others. Undefined if the identity is the wanted one.
 * @param known the authority in the store. A server does not follow one that has nothing to do with its own: someone may
 *   have deleted the key by mistake, and may restore it.
 * @throws the errors of the store, AuthorityUnusableError, CertificateError.
 */
export async function renewIdentity(
  options: ClusterIdentityOptions,
  current: MachineIdentity,
  known: AuthorityRecord | undefined,
  signal: AbortSignal,
): Promise<MachineIdentity | undefined> {
  const { registry, certificates, clock } = options;
  const isValid = isCurrent(current, clock.wall());
  const followed = known && continues(known, current) ? known : undefined;
  if (isValid && (!followed || isOf(current, followed))) return undefined;
  const cluster = followed ?? (await registry.obtain(() => certificates.createCluster(clock.wall(), signal), signal));
  if (isValid && isIssuedBy(current.cert, cluster.certificate)) return inBundle(current, cluster);
  return issue(cluster, options, signal);
}

async function identityIn(
  cluster: AuthorityRecord,
  options: ClusterIdentityOptions,
  signal: AbortSignal,
): Promise<MachineIdentity> {
  const { machineID, saved, clock, log } = options;
  const known = saved.load(machineID, "server");
  if (known && isOf(known, cluster) && isCurrent(known, clock.wall())) return known;
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

/** Whether an identity is of this authority, with all that goes with it. */
function isOf(identity: MachineIdentity, cluster: AuthorityRecord): boolean {
  const { ca, cert } = inBundle(identity, cluster);
  return identity.ca === ca && identity.cert === cert && isIssuedBy(cert, cluster.certificate);
}

/** The same certificate, with the authorities that the cluster trusts now. */
function inBundle({ key, cert }: MachineIdentity, cluster: AuthorityRecord): MachineIdentity {
  const [own = cert] = authoritiesIn(cert);
  return { key, cert: withChain(own, cluster), ca: bundleOf(cluster) };
}

/** Whether an authority is that of the identity, or has replaced it. */
function continues({ certificate, previous }: AuthorityRecord, { cert }: MachineIdentity): boolean {
  return [certificate, ...(previous ? [previous.certificate] : [])].some((authority) => {
    try {
      return isIssuedBy(cert, authority);
    } catch {
      return false;
    }
  });
}
