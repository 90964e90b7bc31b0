import { asArray, asString } from "../session/decode.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import { unlessRefused } from "../session/unless-refused.ts";

/** The unit that a process belongs to, as systemd knows it (org.freedesktop.systemd1(5)). */
export interface OwnUnit {
  readonly name: string;
  /** True when systemd started this process as the unit's main process; only services have one. */
  readonly isMainProcess: boolean;
  /** Type of systemd's pending job on the unit: "restart" under `systemctl restart`, "stop" under `stop` and at shutdown. */
  readonly job: string | undefined;
  /** Sockets, timers and paths that start the unit. */
  readonly triggeredBy: readonly string[];
}

/**
 * The unit that process `pid` belongs to.
 *
 * @returns undefined when the process belongs to no unit of this systemd, as a user's program in a terminal does.
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
    // Scopes and slices have processes, but no main one.
    unlessRefused(session.property(path, "Service", "MainPID", Number, signal)),
  ]);
  const triggeredBy = triggers.map(asString);
  return { name, isMainProcess: main === pid, job: await typeOf(session, job, signal), triggeredBy };
}

/** Undefined when there is no job, or when it ended between the two questions. */
async function typeOf(
  session: SystemdSession,
  [id, path]: readonly unknown[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (id === 0) return undefined;
  return unlessRefused(session.property(asString(path), "Job", "JobType", asString, signal));
}

/**
 * Has systemd stop what would start the unit again. Does not wait: a socket stops after the service that needs it,
 * and that is the unit which is being stopped.
 *
 * @throws a UnitManagerError when systemd does not answer; a refusal is none, for what cannot be stopped is not there.
 */
export async function stopTriggers(session: SystemdSession, { triggeredBy }: OwnUnit): Promise<void> {
  const stop = (trigger: string): Promise<void> => session.manager("StopUnit", "ss", [trigger, "replace"], () => {});
  await Promise.all(triggeredBy.map((trigger) => unlessRefused(stop(trigger))));
}
