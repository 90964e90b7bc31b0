import { constants } from "node:os";
import type { JobResult } from "../port.ts";
import type { UnitDefinition } from "./unit-definition.ts";

/** How a unit behaves in the fake, where it differs from one that simply works. */
export interface FakeBehaviour {
  /** What LoadUnit makes of its file. Default "loaded"; "bad-setting" and "error" are refused a start. */
  readonly load?: "loaded" | "bad-setting" | "error" | "masked";
  /** How a start ends. Default "done"; "hang" lasts until another job takes its place. */
  readonly start?: "done" | "failed" | "timeout" | "dependency" | "hang";
  /** How a stop ends. Default "done". */
  readonly stop?: "done" | "hang";
  /** How long a start takes, milliseconds. */
  readonly startMs?: number;
  /** How long a stop takes, milliseconds. */
  readonly stopMs?: number;
}

/** The state that systemd shows for a unit once a start of it has succeeded. */
export function startedState(
  name: string,
  { oneshot }: UnitDefinition,
): { readonly activeState: string; readonly subState: string } {
  const suffix = name.slice(name.lastIndexOf(".") + 1);
  if (suffix !== "service") return { activeState: "active", subState: SUB_STATES[suffix] ?? "active" };
  if (oneshot === "no") return { activeState: "active", subState: "running" };
  const remains = oneshot === "remains";
  return remains ? { activeState: "active", subState: "exited" } : { activeState: "inactive", subState: "dead" };
}

const SUB_STATES: Readonly<Record<string, string>> = {
  automount: "waiting",
  mount: "mounted",
  path: "waiting",
  scope: "running",
  socket: "listening",
  timer: "waiting",
};

/** How a unit ends whose processes get a signal that they do not handle; undefined for one that ends nobody. */
export function endAfter(
  signal: number,
): { readonly activeState: string; readonly subState: string; readonly result: string } | undefined {
  const { SIGCONT, SIGSTOP, SIGHUP, SIGINT, SIGTERM, SIGPIPE } = constants.signals;
  if (signal === SIGCONT || signal === SIGSTOP) return undefined;
  // systemd.service(5), SuccessExitStatus=: death by one of these is a clean end.
  const clean = [SIGHUP, SIGINT, SIGTERM, SIGPIPE].some((number) => number === signal);
  return clean
    ? { activeState: "inactive", subState: "dead", result: "success" }
    : { activeState: "failed", subState: "failed", result: "signal" };
}

/** Whether systemd starts a service again that has ended so: the table of Restart= in systemd.service(5). */
export function restartsAfter(result: string, policy: string): boolean {
  const isClean = result === "success";
  switch (policy) {
    case "always":
      return true;
    case "on-success":
      return isClean;
    case "on-failure":
      return !isClean;
    case "on-abnormal":
      return !isClean && result !== "exit-code";
    default:
      return false;
  }
}

/** What a job that ended so says, in the words of the D-Bus adapter. */
export function jobResult(type: string, name: string, result: string): JobResult {
  return { result, message: result === "done" ? "" : `${type} of ${name}: ${REASONS[result] ?? result}` };
}

const REASONS: Readonly<Record<string, string>> = {
  assert: "assert: what the unit asserts does not hold",
  canceled: "canceled: another job took its place",
  dependency: "dependency: a unit that it requires could not be started",
  invalid: "invalid: the job does not apply to the unit as it is",
  failed: "exit-code: the main process exited with status 1/FAILURE",
  timeout: "timeout: systemd's time limit for it ran out",
};
