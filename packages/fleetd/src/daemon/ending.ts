import { logFailure, type Logger } from "@flotilla/runtime";
import type { OwnUnit } from "@flotilla/systemd/dbus";
import type { Ending } from "../member/member.ts";

/** The parts of systemd's interface that concern this process. */
export interface OwnUnitControl {
  /** The unit that this process belongs to; undefined if there is none. */
  ownUnit(signal: AbortSignal): Promise<OwnUnit | undefined>;
  /** Stops the sockets and other units that would start the unit again, without waiting. */
  stopTriggers(unit: OwnUnit): Promise<void>;
}

/** systemd usually answers within a millisecond. During a shutdown, a closing bus must not delay the daemon's end. */
const ANSWER_LIMIT_MS = 3_000;

/**
 * Decides whether a SIGTERM means a restart or a stop. systemd sends the same signal for both, but the pending job on
 * the unit differs (org.freedesktop.systemd1(5), JobType). Without a job, the signal did not come from systemd. It then
 * means a restart for the main process of a service, which systemd starts again, and a stop for a process that was
 * started by hand. If systemd does not answer, the units keep running.
 *
 * A stop also stops the sockets that systemd holds for the daemon. Otherwise the next request would start the daemon in
 * the middle of maintenance. `systemctl start` of the service opens the sockets again.
 */
export async function decideEnding(control: OwnUnitControl, log: Logger): Promise<Ending> {
  try {
    const unit = await control.ownUnit(AbortSignal.timeout(ANSWER_LIMIT_MS));
    if (unit?.job !== "stop") return unit?.job !== undefined || unit?.isMainProcess ? "keep" : "leave";
    await closeSockets(control, unit, log);
    return "leave";
  } catch (error) {
    logFailure(log, "cannot ask systemd whether this is a stop or a restart; units keep running", error);
    return "keep";
  }
}

async function closeSockets(control: OwnUnitControl, unit: OwnUnit, log: Logger): Promise<void> {
  try {
    await control.stopTriggers(unit);
  } catch (error) {
    logFailure(
      log,
      "cannot stop this unit's sockets, so the next request starts the unit again; stop the sockets",
      error,
      {
        sockets: unit.triggeredBy.join(" "),
      },
    );
  }
}
