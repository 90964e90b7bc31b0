import { logFailure, type Logger } from "@flotilla/runtime";
import type { OwnUnit } from "@flotilla/systemd/dbus";
import type { Ending } from "../member/member.ts";

/** systemd, asked about this process. */
export interface OwnUnitControl {
  /** The unit that this process belongs to; undefined when systemd knows none. */
  ownUnit(signal: AbortSignal): Promise<OwnUnit | undefined>;
  /** Stops what would start the unit again, without waiting. */
  stopTriggers(unit: OwnUnit): Promise<void>;
}

/** systemd answers in a millisecond; a bus that is going down must not hold up the end. */
const ANSWER_LIMIT_MS = 3_000;

/**
 * What a SIGTERM means. systemd sends the same signal for a restart and for a stop, but its pending job on the unit
 * tells them apart (org.freedesktop.systemd1(5), JobType). Without a job somebody else sent the signal: systemd then
 * starts a service's main process again, while a process that was started by hand ends on purpose. In doubt the units
 * are left running.
 *
 * A machine that leaves closes the sockets that systemd holds for it: the next request would start the daemon again,
 * in the middle of the maintenance that it was stopped for. `systemctl start` of the service opens them.
 */
export async function decideEnding(control: OwnUnitControl, log: Logger): Promise<Ending> {
  try {
    const unit = await control.ownUnit(AbortSignal.timeout(ANSWER_LIMIT_MS));
    if (unit?.job !== "stop") return unit?.job !== undefined || unit?.isMainProcess ? "keep" : "leave";
    await closeSockets(control, unit, log);
    return "leave";
  } catch (error) {
    logFailure(log, "systemd does not say whether this is a stop or a restart; units are left running", error);
    return "keep";
  }
}

async function closeSockets(control: OwnUnitControl, unit: OwnUnit, log: Logger): Promise<void> {
  try {
    await control.stopTriggers(unit);
  } catch (error) {
    logFailure(log, "the next request to a socket of this unit will start it again; stop the socket too", error, {
      sockets: unit.triggeredBy.join(" "),
    });
  }
}
