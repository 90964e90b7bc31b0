import { type ClusterSnapshot, type Machine, reservable, type Resources } from "@flotilla/model";
import type { ListedMember } from "@flotilla/registry";
import type { AwayMachineEntity, MachineEntity } from "../../contract/v2/entities.ts";

type Details = Pick<MachineEntity, "state" | "since" | "reserved" | "free">;

const RESOURCES = ["cpu", "memory", "disk"] as const satisfies readonly (keyof Resources)[];

/** Returns the state of a present machine, and what its units reserve. */
export function machineDetailsOf(snapshot: ClusterSnapshot, machine: Machine): Details {
  const { state, since } = stateOf(snapshot, machine);
  const reserved: Partial<Record<keyof Resources, number>> = {};
  const free: Partial<Record<keyof Resources, number>> = {};
  for (const resource of RESOURCES) {
    const most = reservable(machine, resource);
    if (!Number.isFinite(most)) continue;
    reserved[resource] = reservedOn(snapshot, machine.id, resource);
    free[resource] = Math.max(0, most - reserved[resource]);
  }
  return {
    state,
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    reserved,
    free,
  };
}

/** A machine that the leader holds is told first: nothing else explains why its units stay. */
function stateOf(
  { attendance: { hold }, settings }: ClusterSnapshot,
  { id, startedAt }: Machine,
): { readonly state: string; readonly since: number | undefined } {
  const { cordon, drain } = settings.get(id) ?? {};
  if (hold?.machines.includes(id) === true) return { state: "held", since: hold.since };
  if (drain) return { state: "draining", since: drain.since };
  return cordon ? { state: "cordoned", since: cordon.since } : { state: "ready", since: startedAt };
}

function reservedOn(snapshot: ClusterSnapshot, machineID: string, resource: keyof Resources): number {
  let sum = 0;
  for (const name of snapshot.assignmentsOn.get(machineID)?.keys() ?? [])
    sum += snapshot.units.get(name)?.requirements[resource] ?? 0;
  return sum;
}

/** Returns the members that are not in the cluster now, and the absent machines that still have units; sorted by ID. */
export function awayMachinesOf(
  { machines, assignmentsOn, attendance: { hold } }: ClusterSnapshot,
  members: ReadonlyMap<string, ListedMember>,
): AwayMachineEntity[] {
  const known = new Set([...members.keys(), ...assignmentsOn.keys(), ...(hold?.machines ?? [])]);
  return [...known]
    .filter((id) => !machines.has(id))
    .toSorted()
    .map((id) => {
      const { host = "", joinedAt = 0 } = members.get(id) ?? {};
      const isHeld = hold?.machines.includes(id) === true;
      return {
        id,
        ...(host !== "" && { host }),
        state: isHeld ? "held" : "away",
        ...(isHeld && { since: new Date(hold.since).toISOString() }),
        ...(joinedAt > 0 && { joinedAt: new Date(joinedAt).toISOString() }),
        units: assignmentsOn.get(id)?.size ?? 0,
      };
    });
}
