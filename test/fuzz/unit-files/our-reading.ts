import { optionValues, readableValues, type UnitOption } from "@flotilla/unit";

/** Values of Restart= (systemd.service(5)). */
export const RESTARTS = ["no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"] as const;

/** The options that are compared, each with the function that reads its values as Flotilla does. */
export const OUR_READING: Readonly<
  Record<string, (options: readonly UnitOption[], name: string) => readonly string[]>
> = {
  // systemd uses the unit's name as its default description.
  Description: (options, name) => [optionValues(options, "Unit", "Description").at(-1) ?? name],
  ConditionHost: (options) => optionValues(options, "Unit", "ConditionHost"),
  UtmpIdentifier: (options) => optionValues(options, "Service", "UtmpIdentifier").slice(-1),
  PAMName: (options) => optionValues(options, "Service", "PAMName").slice(-1),
  Restart: (options) => [readableValues(options, "Service", "Restart", isRestart).at(-1) ?? "no"],
};

function isRestart(value: string): boolean {
  return RESTARTS.some((known) => known === value);
}
