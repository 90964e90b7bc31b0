import type { MachineID } from "@flotilla/model";
import type { Lease, LeaseId, MachineRegistry } from "@flotilla/registry";
import { type Logger, messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import type { SavedLease } from "./saved-lease.ts";

/** Where leases come from; a Store is one. */
export interface LeaseSource {
  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease>;
  resume(id: LeaseId, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined>;
}

export interface MachineLeaseOptions {
  readonly machineID: MachineID;
  /** Milliseconds. */
  readonly ttlMs: number;
  readonly leases: LeaseSource;
  readonly savedLease: SavedLease;
  readonly machines: Pick<MachineRegistry, "moveLease">;
  readonly log: Logger;
}

/**
 * The machine's lease. One that an earlier process held is gone on with if the store still knows it: what
 * stands under it has then never been away. A lease keeps the TTL that it was granted with, so for
 * another TTL all that stands under it is moved to a new one.
 */
export async function obtainLease(options: MachineLeaseOptions, signal: AbortSignal): Promise<Lease> {
  const { log, ttlMs } = options;
  const resumed = await resumeSaved(options, signal);
  const lease = resumed ? await ofWantedLength(options, resumed, signal) : await grant(options, signal);
  const message = lease === resumed ? "going on with the machine's lease" : "the machine has a new lease";
  log.info(message, { lease: lease.id, ttlMs: lease.ttlMs, wantedMs: ttlMs });
  return lease;
}

async function resumeSaved(options: MachineLeaseOptions, signal: AbortSignal): Promise<Lease | undefined> {
  const { savedLease, leases, ttlMs } = options;
  const [id, formerID] = [savedLease.load(), savedLease.loadFormer()];
  const lease = id === undefined ? undefined : await leases.resume(id, ttlMs, signal);
  if (formerID === undefined) return lease;
  // An earlier process ended in the midst of a move.
  const former = await leases.resume(formerID, ttlMs, signal);
  if (lease && former) return move(options, former, lease, signal);
  const left = lease ?? former;
  if (left) savedLease.save(left.id);
  return left;
}

/** What the store makes of a TTL (etcd rounds up, and has a least one), only a grant tells. */
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
    // Before the record is put under it: a record under a lease that nobody knows shuts the next process out.
    savedLease.save(lease.id);
  } catch (error) {
    rethrowProgrammingError(error);
    // That process then waits for one TTL, which is better than no place in the cluster while the disk is full.
    log.error("the machine's lease cannot be kept note of; after a restart the machine would be away for one TTL", {
      error: messageOf(error),
    });
  }
  return lease;
}

/** Both leases are kept note of until all has arrived: a process that finds the two can finish. */
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
