import { untilAborted } from "@flotilla/runtime";
import type { JobResult } from "../../port.ts";
import { UnitManagerRefusedError } from "../../unit-manager-error.ts";
import { unitObjectPath } from "../session/object-path.ts";
import type { Pace } from "../session/pace.ts";
import type { SystemdSession } from "../session/systemd-session.ts";
import type { JobRequest, UnitFollower } from "../session/unit-follower.ts";
import { typeInterface } from "../session/unit-kind.ts";
import type { UnitTable } from "../session/unit-table.ts";
import { unlessRefused } from "../session/unless-refused.ts";
import { failureMessage } from "./failure-message.ts";
import { skipMessage } from "./skip-message.ts";

export interface UnitJobsParts {
  readonly units: UnitTable;
  readonly follower: Pick<UnitFollower, "askForJob" | "confirmed" | "list">;
  readonly pace: Pace;
  readonly session: () => SystemdSession;
}

/** Runs systemd's jobs on units of the cluster, and explains how they ended. */
export class UnitJobs {
  readonly #parts: UnitJobsParts;

  constructor(parts: UnitJobsParts) {
    this.#parts = parts;
  }

  /** Resolves when the job has ended and the table has the unit's state after it. */
  async run(request: JobRequest, signal?: AbortSignal): Promise<JobResult> {
    const { unit: name, type } = request;
    const { units, follower } = this.#parts;
    const session = this.#parts.session();
    units.assertKnown(name);
    if (startsUnit(request)) units.expectStart(name);
    const job = await this.#ask(session, request, signal);
    const result = await untilAborted([signal], () => job.ended);
    await untilAborted([signal], () => follower.confirmed(name));
    if (result === "done") return await this.#done(session, request, signal);
    const failed = session.properties(unitObjectPath(name), typeInterface(name), signal);
    const properties = (await unlessRefused(failed)) ?? {};
    return { result, message: failureMessage({ type, unit: name, result, properties }) };
  }

  async #ask(
    session: SystemdSession,
    request: JobRequest,
    signal?: AbortSignal,
  ): Promise<{ readonly ended: Promise<string> }> {
    const { follower, pace } = this.#parts;
    try {
      return await pace.timed(() => follower.askForJob(session, request, signal));
    } catch (error) {
      // systemd may have loaded the unit only for this call, so its load state must be listed.
      if (error instanceof UnitManagerRefusedError)
        await unlessRefused(follower.list(session, [request.unit], undefined, signal));
      throw error;
    }
  }

  /** systemd also reports "done" for a start that a condition of the unit has prevented. */
  async #done(session: SystemdSession, request: JobRequest, signal?: AbortSignal): Promise<JobResult> {
    const { unit } = request;
    if (!startsUnit(request) || !this.#parts.units.isSkipped(unit)) return { result: "done", message: "" };
    const properties = await unlessRefused(session.properties(unitObjectPath(unit), "Unit", signal));
    return { result: "skipped", message: skipMessage(properties ?? {}) };
  }
}

function startsUnit({ type }: JobRequest): boolean {
  return type === "start" || type === "restart";
}
