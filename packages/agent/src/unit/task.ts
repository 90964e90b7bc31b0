import type { LaunchRecord } from "../launch/launch-record.ts";

/** What each type of task needs to know beside the unit and the reason. */
interface TaskDetails {
  /** Put the file with this digest in place. */
  readonly write: { readonly digest: string };
  /** Have systemd read the file anew if it knows an older one, or in any case. */
  readonly reload: { readonly isDue?: true };
  readonly enable: object;
  /** Have systemd load the file, and note that for the assignment of that revision. */
  readonly load: { readonly digest: string; readonly since: number; readonly restart: number };
  /** Start or restart, with the record to keep once systemd has taken it up. */
  readonly start: { readonly record: LaunchRecord };
  readonly restart: { readonly record: LaunchRecord };
  /**
   * Stop, with the record to keep after that; without one, it is about to be removed. `givesWayTo`: the trigger that can
   * start only then.
   */
  readonly stop: { readonly record: LaunchRecord | undefined; readonly givesWayTo?: string };
  /** Kill what the unit has left in its control group. */
  readonly kill: object;
  /** Take away the file and the record. */
  readonly remove: object;
}

export type TaskType = keyof TaskDetails;

/** One step toward a unit's assignment, with the reason for people to read. */
export type TaskOf<T extends TaskType> = {
  readonly [K in T]: TaskDetails[K] & { readonly type: K; readonly unit: string; readonly reason: string };
}[T];

export type Task = TaskOf<TaskType>;
