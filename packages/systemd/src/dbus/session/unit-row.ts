import { asArray, asString } from "./decode.ts";

/** One unit in the answers of ListUnits and ListUnitsByNames (org.freedesktop.systemd1(5)). */
export interface UnitRow {
  readonly name: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** Empty when there is no job. */
  readonly jobType: string;
  readonly jobPath: string;
}

export function readUnitRows(body: readonly unknown[]): readonly UnitRow[] {
  return asArray(body[0]).map((row) => {
    // Name, description, load, active and sub state, followed unit, path, ID, type and path of the job.
    const [name, , loadState, activeState, subState, , , jobId, jobType, jobPath] = asArray(row);
    return {
      name: asString(name),
      loadState: asString(loadState),
      activeState: asString(activeState),
      subState: asString(subState),
      jobType: jobId === 0 ? "" : asString(jobType),
      jobPath: jobId === 0 ? "" : asString(jobPath),
    };
  });
}

/** Whether a unit in this state can have no other Result than "success". */
export function impliesSuccess(activeState: string): boolean {
  return activeState === "active" || activeState === "inactive";
}
