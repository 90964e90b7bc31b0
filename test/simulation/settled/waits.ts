import { parseUnitFile, triggeredUnitOf } from "@flotilla/unit";
import { claimantOf } from "../world/claims.ts";
import type { Host } from "../world/host.ts";
import type { StoredAssignment } from "../world/records.ts";
import type { World } from "../world/world.ts";

/** For so long an agent need not know of an assignment, milliseconds. */
const UNSEEN_MS = 5_000;

/**
 * Whether systemd does not start a timer, socket or path as things are: the unit that it triggers is not there, or is a
 * service that runs. A service that the agent started although its socket was to come first is no reason.
 */
export function waits({ ledger }: World, host: Host, { unit, machineID }: StoredAssignment): boolean {
  const { systemd, startedByAgent, formerOwnUnits } = host;
  const text = systemd.files.get(unit);
  const triggered = text === undefined ? undefined : triggeredUnitOf(unit, parseUnitFile(text).options);
  if (triggered === undefined) return false;
  if (!systemd.files.has(triggered)) return true;
  const { activeState = "inactive", startedAt = [] } = systemd.units.get(triggered) ?? {};
  if (!unit.endsWith(".socket") || activeState === "inactive" || activeState === "failed") return false;
  // What the agent has started is stopped for it.
  if (host.launches.all.get(triggered)?.phase === "launched" && claimantOf(host, triggered) === unit) return false;
  const assignedAt = ledger.changedAt(`assignment/${machineID}/${unit}`);
  const askedAt = startedByAgent.get(triggered) ?? Number.NEGATIVE_INFINITY;
  const isItsStart = (startedAt.at(-1) ?? 0) - askedAt < UNSEEN_MS;
  // The service does not wait for a socket that could not be put in place.
  return formerOwnUnits.has(unit) || !(isItsStart && askedAt > assignedAt + UNSEEN_MS);
}
