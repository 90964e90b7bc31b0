import type { ManagedUnit } from "@flotilla/systemd";
import { optionValues, readableValues, type UnitOption } from "@flotilla/unit";

/** The cases in which Restart= starts a service again after a failure. */
export type RestartPolicy = "always" | "on-failure" | "on-abnormal" | "on-abort" | "on-watchdog" | "no";

const POLICIES: readonly RestartPolicy[] = ["always", "on-failure", "on-abnormal", "on-abort", "on-watchdog", "no"];

/** The values that systemd knows (systemd.service(5)); "on-success" never restarts after a failure. */
const WORDS: readonly string[] = [...POLICIES, "on-success"];

/**
 * The Restart= policy of a unit file, which is the last valid value. With RestartPreventExitStatus=, the result does
 * not tell whether systemd chose not to restart the unit or gave up; the former is assumed.
 */
export function restartPolicyOf(options: readonly UnitOption[]): RestartPolicy {
  if (optionValues(options, "Service", "RestartPreventExitStatus").length > 0) return "no";
  const value = readableValues(options, "Service", "Restart", (word) => WORDS.includes(word)).at(-1);
  return POLICIES.find((policy) => policy === value) ?? "no";
}

/**
 * Whether systemd has given up on the unit after the allowed number of starts (StartLimitBurst=, systemd.unit(5)). The
 * unit has failed although its Restart= asks for another start. The result is "start-limit-hit" only if nothing had
 * failed before, for example when every exit was clean; otherwise systemd keeps the result of the last failure.
 */
export function hasGivenUp({ activeState, subState, job, result }: ManagedUnit, policy: RestartPolicy): boolean {
  // A job is a start under way; systemd 254 and later pass through "failed-before-auto-restart".
  if (activeState !== "failed" || subState !== "failed" || job !== "") return false;
  return result === "start-limit-hit" || restartsAfter(result, policy);
}

/** The table of Restart= in systemd.service(5). */
function restartsAfter(result: string, policy: RestartPolicy): boolean {
  switch (policy) {
    case "no":
      return false;
    case "always":
    case "on-failure":
      return result !== "success" && result !== "exec-condition";
    case "on-abnormal":
      return !["success", "exec-condition", "exit-code"].includes(result);
    case "on-abort":
      return result === "signal" || result === "core-dump";
    case "on-watchdog":
      return result === "watchdog";
    default:
      return policy satisfies never;
  }
}
