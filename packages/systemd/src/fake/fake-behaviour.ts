import { constants } from "node:os";
import type { JobResult } from "../port.ts";
import type { UnitDefinition } from "./unit-definition.ts";

/** How a unit in the fake differs from a unit that works. */
export interface FakeBehaviour {
  /** The unit's load state. Default "loaded"; a start of a unit with another load state is refused. */
  readonly load?: "loaded" | "bad-setting" | "error" | "masked";
  /** How a start ends. Default "done"; "hang" lasts until another job replaces it. */
  readonly start?: "done" | "failed" | "timeout" | "dependency" | "hang";
  /** How a stop ends. Default "done". */
  readonly stop?: "done" | "hang";
  /** The exit status of a start that ends with "failed". Default 1. */
  readonly exitStatus?: number;
  /** How long a start takes, in milliseconds. */
  readonly startMs?: number;
  /** How long a stop takes, in milliseconds. */
  readonly stopMs?: number;
}

/** The state of a unit after a successful start. */
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

/** The state of a unit after a signal that its processes do not handle; undefined for a signal that ends no process. */
export function endAfter(
  signal: number,
): { readonly activeState: string; readonly subState: string; readonly result: string } | undefined {
  const { SIGCONT, SIGSTOP, SIGHUP, SIGINT, SIGTERM, SIGPIPE } = constants.signals;
  if (signal === SIGCONT || signal === SIGSTOP) return undefined;
  // These signals count as success (systemd.service(5), SuccessExitStatus=).
  const clean = [SIGHUP, SIGINT, SIGTERM, SIGPIPE].some((number) => number === signal);
  return clean
    ? { activeState: "inactive", subState: "dead", result: "success" }
    : { activeState: "failed", subState: "failed", result: "signal" };
}

/** Whether systemd restarts a service after this result (table of Restart= in systemd.service(5)). */
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

/** The result of a job, with the message that the D-Bus adapter gives. */
export function jobResult(type: string, name: string, result: string): JobResult {
  return { result, message: result === "done" ? "" : `${type} of ${name}: ${REASONS[result] ?? result}` };
}

const REASONS: Readonly<Record<string, string>> = {
  assert: "assert: an assertion of the unit does not hold",
  canceled: "canceled: another job took its place",
  dependency: "dependency: a unit that it requires could not be started",
  invalid: "invalid: the job does not apply to the unit as it is",
  failed: "exit-code: the main process exited with status 1/FAILURE",
  timeout: "timeout: it took longer than its time limit",
};
