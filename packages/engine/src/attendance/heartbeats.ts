import type { MachineID } from "@flotilla/model";
import type { AttendanceRegistry, ClusterView } from "@flotilla/registry";

export interface HeartbeatOptions {
  readonly registry: Pick<AttendanceRegistry, "overdue">;
  /** The share of the machines whose loss begins a hold. */
  readonly share: number;
  /** In [0, 1); chooses the sample. */
  readonly random: () => number;
}

/**
 * Of many machines, the leader asks about a sample. If the share that begins a hold were lost, the sample would be
 * expected to contain this many lost machines. With fewer than a quarter of this number, no such share is lost; the
 * chance of an error is one in a million.
 */
const EXPECTED_IN_SAMPLE = 32;

/**
 * Returns the machines that are in the cluster, but have missed a heartbeat. Asks about the machines in the hold, or
 * about all machines if there is no hold, since any of them may be about to vanish.
 */
export async function overdueMachines(
  view: ClusterView,
  { registry, share, random }: HeartbeatOptions,
  signal: AbortSignal,
): Promise<ReadonlySet<MachineID>> {
  const all = leasesOf(view);
  const every = Math.floor((all.size * share) / EXPECTED_IN_SAMPLE);
  if (every < 2) return registry.overdue(all, signal);
  const from = Math.floor(random() * every);
  const sample = new Map([...all].filter((_, index) => index % every === from));
  const overdue = await registry.overdue(sample, signal);
  return overdue.size < EXPECTED_IN_SAMPLE / 4 ? overdue : registry.overdue(all, signal);
}

function leasesOf(view: ClusterView): Map<MachineID, string> {
  const leases = new Map<MachineID, string>();
  for (const id of view.attendance.hold?.machines ?? view.machines.keys()) {
    const lease = view.machines.has(id) ? view.leaseOf(id) : undefined;
    if (lease !== undefined) leases.set(id, lease);
  }
  return leases;
}
