import type { ManagedUnit } from "@flotilla/systemd";
import { optionValues, readableValues, type UnitOption } from "@flotilla/unit";

/** Restart= of a service, as far as it says that systemd starts the unit again after a failure. */
export type RestartPolicy = "always" | "on-failure" | "on-abnormal" | "on-abort" | "on-watchdog" | "no";

const POLICIES: readonly RestartPolicy[] = ["always", "on-failure", "on-abnormal", "on-abort", "on-watchdog", "no"];

/** The words that systemd knows (systemd.service(5)); "on-success" starts nothing again after a failure. */
const WORDS: readonly string[] = [...POLICIES, "on-success"];

/**
 * What the unit file says; of several the last that systemd can read counts. Where RestartPreventExitStatus= is set, nobody can tell
 * afterwards whether systemd was not to go on or could not: that is taken for the former.
 */
export function restartPolicyOf(options: readonly UnitOption[]): RestartPolicy {
  if (optionValues(options, "Service", "RestartPreventExitStatus").length > 0) return "no";
  const value = readableValues(options, "Service", "Restart", (word) => WORDS.includes(word)).at(-1);
  return POLICIES.find((policy) => policy === value) ?? "no";
}

/**
 * systemd has started the unit as often as it may (StartLimitBurst=, systemd.unit(5)), in vain: the unit has failed,
 * although its Restart= asks for another start after such a failure. The result is "start-limit-hit" only where
 * nothing had failed before, as with clean exits; otherwise systemd leaves the last failure's.
 */
export function hasGivenUp({ activeState, subState, job, result }: ManagedUnit, policy: RestartPolicy): boolean {
  // A job is another start on its way; "failed-before-auto-restart" is what systemd 254 and later pass through.
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
