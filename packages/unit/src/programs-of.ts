import { optionValues } from "./option-values.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * A command of ExecStart= whose program may be missing on a host: after the prefixes of systemd.service(5), docker or
 * podman in a directory for programs, or without a directory.
 */
const COMMAND = /^[-@:+!|]*(?:\/(?:usr\/(?:local\/)?|opt\/)?s?bin\/)?(docker|podman)(?=[ \t]|$)/;

/** Returns the programs that only some hosts have and that ExecStart= of the service names, each once. */
export function programsOf(options: readonly UnitOption[]): readonly string[] {
  // Nearly every file has none.
  if (!options.some(({ name, value }) => name === "ExecStart" && /docker|podman/.test(value))) return [];
  const named = optionValues(options, "Service", "ExecStart").flatMap((command) => COMMAND.exec(command)?.[1] ?? []);
  return [...new Set(named)];
}
