import { isTrigger, parseUnitFile, triggeredUnitOf } from "@flotilla/unit";
import { claimantOf } from "../world/claims.ts";
import type { Host } from "../world/host.ts";
import type { StoredAssignment } from "../world/records.ts";
import type { World } from "../world/world.ts";

/** How long an agent may not know of an assignment, in milliseconds. */
const UNSEEN_MS = 5_000;

/**
 * Whether systemd rightly does not start a timer, socket or path at present, because the triggered unit is missing, or
 * is a service that already runs. A service does not count if the agent started it although it should have waited for
 * its socket.
 */
export function waits({ ledger }: World, host: Host, { unit, machineID }: StoredAssignment): boolean {
  if (!isTrigger(unit)) return false;
  const { systemd, startedByAgent, formerOwnUnits } = host;
  const text = systemd.files.get(unit);
  const triggered = text === undefined ? undefined : triggeredUnitOf(unit, parseUnitFile(text).options);
  if (triggered === undefined) return false;
  if (!systemd.files.has(triggered)) return true;
  const { activeState = "inactive", startedAt = [] } = systemd.units.get(triggered) ?? {};
  if (!unit.endsWith(".socket") || activeState === "inactive" || activeState === "failed") return false;
  // The agent stops a service that it has started, so that the socket can start.
  if (host.launches.all.get(triggered)?.phase === "launched" && claimantOf(host, triggered) === unit) return false;
  const assignedAt = ledger.changedAt(`assignment/${machineID}/${unit}`);
  const askedAt = startedByAgent.get(triggered) ?? Number.NEGATIVE_INFINITY;
  const isItsStart = (startedAt.at(-1) ?? 0) - askedAt < UNSEEN_MS;
  // A service does not wait for a socket that could not be installed.
  return formerOwnUnits.has(unit) || !(isItsStart && askedAt > assignedAt + UNSEEN_MS);
}
