import { type Logger, messageOf } from "@flotilla/runtime";
import type { Ending } from "../member/member.ts";

export interface EndingQuestion {
  /** Type of the job that systemd has on the unit that this process belongs to, if it has one. */
  readonly pendingJobType: (signal: AbortSignal) => Promise<string | undefined>;
  /** True when systemd started this process as a service's main process. */
  readonly isService: boolean;
  readonly log: Logger;
}

/** systemd answers in a millisecond; a bus that is going down must not hold up the end. */
const ANSWER_LIMIT_MS = 3_000;

/**
 * What a SIGTERM means. systemd sends the same signal for a restart and for a stop, but its pending job
 * on the service tells them apart (org.freedesktop.systemd1.Job, JobType). Without a job somebody else
 * sent the signal: a service is then started again by systemd, while one that was started by hand ends
 * on purpose. In doubt the units are left alone.
 */
export async function decideEnding({ pendingJobType, isService, log }: EndingQuestion): Promise<Ending> {
  if (!isService) return "leave";
  try {
    return (await pendingJobType(AbortSignal.timeout(ANSWER_LIMIT_MS))) === "stop" ? "leave" : "keep";
  } catch (error) {
    log.warn("systemd does not say whether this is a stop or a restart; units are left running", {
      error: messageOf(error),
    });
    return "keep";
  }
}
