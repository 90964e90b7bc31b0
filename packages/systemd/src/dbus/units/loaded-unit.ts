import { isAtRest } from "../../active-state.ts";
import { asArray, asString } from "../session/decode.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import { unlessRefused } from "../session/unless-refused.ts";

/** What systemd has in memory about a unit. */
export interface LoadedUnit {
  readonly loadState: string;
  readonly activeState: string;
  /** The path of the file that the unit was loaded from; empty when systemd made the unit itself or found no file. */
  readonly fragment: string;
  readonly hasJob: boolean;
  /** When the unit was last started, in milliseconds since the epoch; 0 for never. */
  readonly startedAt: number;
  /** Timers, sockets and paths that systemd has loaded and that start the unit. */
  readonly triggeredBy: readonly string[];
}

/**
 * Asks systemd about a unit without loading it.
 * @returns undefined when systemd does not have the unit in memory.
 */
export async function findLoadedUnit(
  session: SystemdSession,
  name: string,
  signal?: AbortSignal,
): Promise<LoadedUnit | undefined> {
  const path = await unlessRefused(session.manager("GetUnit", "s", [name], ([unit]) => asString(unit), signal));
  if (path === undefined) return undefined;
  const text = (key: string): Promise<string> => session.property(path, "Unit", key, asString, signal);
  const job = session.property(path, "Unit", "Job", (value) => asArray(value)[0] !== 0, signal);
  const triggers = session.property(path, "Unit", "TriggeredBy", (value) => asArray(value).map(asString), signal);
  const started = session.property(path, "Unit", "InactiveExitTimestamp", (value) => Number(value) / 1_000, signal);
  const all = Promise.all([text("LoadState"), text("ActiveState"), text("FragmentPath"), job, triggers, started]);
  // Refused when systemd has forgotten the unit since GetUnit.
  const answers = await unlessRefused(all);
  if (answers === undefined) return undefined;
  const [loadState, activeState, fragment, hasJob, triggeredBy, startedAt] = answers;
  return { loadState, activeState, fragment, hasJob, triggeredBy, startedAt };
}

/** Whether the unit neither runs nor has a job that may start it. */
export function isStopped(unit: LoadedUnit): boolean {
  return !unit.hasJob && isAtRest(unit);
}
