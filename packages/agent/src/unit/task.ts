import type { LaunchRecord } from "../launch/launch-record.ts";

/** The details of each task type beside unit and reason. */
interface TaskDetails {
  /** Install the file with this digest. */
  readonly write: { readonly digest: string };
  /** Install a stub with this text. */
  readonly "write-stub": { readonly text: string };
  /** Bring a stub into the mirrored state, without an effect on units that depend on it; with the record to keep. */
  readonly mirror: { readonly record: LaunchRecord; readonly change: "restart" | "stop" | undefined };
  /** Make systemd read the file if it knows an older one; always if `isForced`. */
  readonly reload: { readonly isForced?: true };
  /** Read the unit's secrets from a server, and keep copies for systemd. */
  readonly fetch: object;
  /** Tell a running unit of its new secrets, by ExecReload= or not at all, with the record to keep. */
  readonly tell: { readonly record: LaunchRecord; readonly reloads: boolean };
  readonly enable: object;
  /** Make systemd load the file, and record that for the assignment with this `since`. */
  readonly load: { readonly digest: string; readonly since: number; readonly restart: number };
  /** Start or restart, with the record to keep once systemd has taken up the job. */
  readonly start: { readonly record: LaunchRecord };
  /** `alone`: without an effect on other units. The unit takes the place of its stub. */
  readonly restart: { readonly record: LaunchRecord; readonly alone?: true };
  /**
   * Stop, with the record to keep afterwards; none if the unit is about to be removed. `stopsFor`: the trigger that can
   * start only after the stop.
   */
  readonly stop: { readonly record: LaunchRecord | undefined; readonly stopsFor?: string; readonly alone?: true };
  /** Kill the leftover processes in the unit's control group. */
  readonly kill: object;
  /** Remove the file and the record. */
  readonly remove: object;
}

export type TaskType = keyof TaskDetails;

/** One step toward a unit's assignment, with a reason for the log. */
export type TaskOf<T extends TaskType> = {
  readonly [K in T]: TaskDetails[K] & { readonly type: K; readonly unit: string; readonly reason: string };
}[T];

export type Task = TaskOf<TaskType>;
