import { asArray, asString } from "../session/decode.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import { unlessRefused } from "../session/unless-refused.ts";

/** The unit that a process belongs to, as systemd knows it (org.freedesktop.systemd1(5)). */
export interface OwnUnit {
  readonly name: string;
  /** True when this process is the unit's main process; only services have one. */
  readonly isMainProcess: boolean;
  /** Type of systemd's pending job on the unit: "restart" under `systemctl restart`, "stop" under `stop` and at shutdown. */
  readonly job: string | undefined;
  /** Sockets, timers and paths that start the unit. */
  readonly triggeredBy: readonly string[];
}

/**
 * The unit that process `pid` belongs to.
 *
 * @returns undefined when the process belongs to no unit of this systemd, such as a program in a user's terminal.
 * @throws a UnitManagerError when systemd does not answer.
 */
export async function ownUnit(
  session: SystemdSession,
  pid: number,
  signal?: AbortSignal,
): Promise<OwnUnit | undefined> {
  return unlessRefused(findOwnUnit(session, pid, signal));
}

async function findOwnUnit(session: SystemdSession, pid: number, signal?: AbortSignal): Promise<OwnUnit> {
  const path = await session.manager("GetUnitByPID", "u", [pid], ([unit]) => asString(unit), signal);
  const [name, triggers, job, main] = await Promise.all([
    session.property(path, "Unit", "Id", asString, signal),
    session.property(path, "Unit", "TriggeredBy", asArray, signal),
    session.property(path, "Unit", "Job", asArray, signal),
    // Refused for scopes and slices, which have no main process.
    unlessRefused(session.property(path, "Service", "MainPID", Number, signal)),
  ]);
  const triggeredBy = triggers.map(asString);
  return { name, isMainProcess: main === pid, job: await typeOf(session, job, signal), triggeredBy };
}

/** The type of a job; undefined when there is none, or when the job ended between the two calls. */
async function typeOf(
  session: SystemdSession,
  [id, path]: readonly unknown[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (id === 0) return undefined;
  return unlessRefused(session.property(asString(path), "Job", "JobType", asString, signal));
}

/**
 * Asks systemd to stop the units that would start this unit again. Does not wait for the stops, because a socket stops
 * only after its service, which is this unit. A unit that systemd refuses to stop does not exist.
 *
 * @throws a UnitManagerError when systemd does not answer.
 */
export async function stopTriggers(session: SystemdSession, { triggeredBy }: OwnUnit): Promise<void> {
  const stop = (trigger: string): Promise<void> => session.manager("StopUnit", "ss", [trigger, "replace"], () => {});
  await Promise.all(triggeredBy.map((trigger) => unlessRefused(stop(trigger))));
}
