import { UnitManagerRefusedError } from "../unit-manager-error.ts";

/** systemd's error for a unit with this load state, or for a request that it cannot fulfil. */
export function refusal(name: string, why: string): UnitManagerRefusedError {
  const [error, message] = REFUSALS[why] ?? ["LoadFailed", `Unit ${name} failed to load properly.`];
  return new UnitManagerRefusedError(message.replace("%n", name), `org.freedesktop.systemd1.${error}`);
}

const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  "bad-setting": ["BadUnitSetting", "Unit %n has a bad unit file setting."],
  "no-reload": ["JobTypeNotApplicable", "Job type reload is not applicable for unit %n."],
  "not-loaded": ["NoSuchUnit", "Unit %n not loaded."],
  masked: ["UnitMasked", "Unit %n is masked."],
  "not-found": ["NoSuchUnit", "Unit %n not found."],
};
