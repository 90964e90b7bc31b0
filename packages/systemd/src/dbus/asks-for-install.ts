import { isEnableable, parseUnitFile } from "@flotilla/unit";

/**
 * Whether a unit file wants to be enabled. A text that is no unit file does not: the file may be gone
 * while the unit runs on, or somebody wrote to it, and it must still be possible to remove the unit.
 */
export function asksForInstall(text: string): boolean {
  try {
    return isEnableable(parseUnitFile(text).options);
  } catch {
    return false;
  }
}
