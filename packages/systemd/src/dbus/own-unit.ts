import { UnitManagerRefusedError } from "../unit-manager-error.ts";
import { asArray, asString } from "./decode.ts";
import type { SystemdSession } from "./systemd-session.ts";

/**
 * The type of the job that systemd has at present on the unit that process `pid` belongs to: "restart"
 * while `systemctl restart` stops it, "stop" under `systemctl stop` and at shutdown.
 *
 * @returns undefined when there is no job, or when the process belongs to no unit.
 */
export async function pendingJobType(
  session: SystemdSession,
  pid: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const unit = await session.manager("GetUnitByPID", "u", [pid], ([path]) => asString(path), signal);
    const [id, job] = await session.property(unit, "Unit", "Job", asArray, signal);
    return id === 0 ? undefined : await session.property(asString(job), "Job", "JobType", asString, signal);
  } catch (error) {
    // No unit for this process, or the job ended between the two questions.
    if (error instanceof UnitManagerRefusedError) return undefined;
    throw error;
  }
}
