import type { MachineID } from "@flotilla/model";
import type { Lease, LeaseId, MachineRegistry } from "@flotilla/registry";
import { type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type { SavedLease } from "./saved-lease.ts";

/** The source of leases; a Store is one. */
export interface LeaseSource {
  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease>;
  resume(id: LeaseId, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined>;
}

export interface MachineLeaseOptions {
  readonly machineID: MachineID;
  readonly ttlMs: number;
  readonly leases: LeaseSource;
  readonly savedLease: SavedLease;
  readonly machines: Pick<MachineRegistry, "moveLease">;
  readonly log: Logger;
}

/**
 * Obtains the machine's lease. The lease of an earlier process is resumed if the store still has it, so that the keys
 * under it stay. A lease keeps the TTL that it was granted with, so if the configured TTL has changed, all keys move to
 * a new lease.
 */
export async function obtainLease(options: MachineLeaseOptions, signal: AbortSignal): Promise<Lease> {
  const { log, ttlMs } = options;
  const resumed = await resumeSaved(options, signal);
  const lease = resumed ? await ofWantedLength(options, resumed, signal) : await grant(options, signal);
  const message = lease === resumed ? "continuing with the machine's lease" : "the machine has a new lease";
  log.info(message, { lease: lease.id, ttlMs: lease.ttlMs, wantedMs: ttlMs });
  return lease;
}

async function resumeSaved(options: MachineLeaseOptions, signal: AbortSignal): Promise<Lease | undefined> {
  const { savedLease, leases, ttlMs } = options;
  const [id, formerID] = [savedLease.load(), savedLease.loadFormer()];
  const lease = id === undefined ? undefined : await leases.resume(id, ttlMs, signal);
  if (formerID === undefined) return lease;
  // An earlier process ended during a move.
  const former = await leases.resume(formerID, ttlMs, signal);
  if (lease && former) return move(options, former, lease, signal);
  const left = lease ?? former;
  if (left) savedLease.save(left.id);
  return left;
}

/** Only a grant shows the TTL that the store uses: etcd rounds a TTL up, and has a minimum. */
async function ofWantedLength(options: MachineLeaseOptions, resumed: Lease, signal: AbortSignal): Promise<Lease> {
  if (resumed.ttlMs === options.ttlMs) return resumed;
  try {
    const granted = await options.leases.grant(options.ttlMs, signal);
    if (granted.ttlMs !== resumed.ttlMs) return await move(options, resumed, granted, signal);
    await granted.revoke(signal);
    return resumed;
  } catch (error) {
    resumed.release();
    throw error;
  }
}

async function grant({ leases, savedLease, ttlMs, log }: MachineLeaseOptions, signal: AbortSignal): Promise<Lease> {
  const lease = await leases.grant(ttlMs, signal);
  try {
    // Saved before the machine's record is written: a record under an unsaved lease would lock out the next process.
    savedLease.save(lease.id);
  } catch (error) {
    rethrowProgrammingError(error);
    // The next process then waits for one TTL, which is better than staying out of the cluster while the disk is
    // full.
    log.error("cannot save the machine's lease; after a restart the machine would be away for one TTL", {
      error: messageOf(error),
    });
  }
  return lease;
}

/** Both leases are saved until the move is complete, so that the next process can finish it. */
async function move(options: MachineLeaseOptions, from: Lease, to: Lease, signal: AbortSignal): Promise<Lease> {
  const { machineID, machines, savedLease } = options;
  try {
    savedLease.save(to.id, from.id);
    await machines.moveLease(machineID, from.id, to, signal);
    await from.revoke(signal);
    savedLease.save(to.id);
    return to;
  } catch (error) {
    from.release();
    to.release();
    throw error;
  }
}
