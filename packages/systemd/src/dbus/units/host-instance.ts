import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseUnitName } from "@flotilla/unit";
import type { UnitDirectory } from "./unit-directory.ts";

/**
 * Templates whose instances systemd, udev and logind start when they come to need them, without a link that says so
 * (systemd.special(7), user@.service(5), logind.conf(5)).
 */
const ON_DEMAND = /^(systemd-.*|user|user-runtime-dir|autovt|modprobe)$/;

/** Those of a terminal are among them too. */
const TERMINALS = /^(serial-|container-)?getty$/;
const TERMINAL = /^(tty|pts|hvc|xvc|hvsi|sclp|console|\d)/;

const REFERRALS = /\.(wants|requires|upholds)$/;

/**
 * Where the host uses this instance of one of its own templates. A file of the instance's full name takes precedence over
 * the template's (systemd.unit(5)) and takes nothing from the host where it does not use the instance.
 * @param searchPath directories that systemd searches for unit files.
 * @returns the path of a link of another unit's, or of the template when its instances are started as they are needed;
 *   undefined when the host has no such template, or does not use the instance. What is loaded is not asked here.
 */
export function hostInstanceOf(
  directory: UnitDirectory,
  searchPath: readonly string[],
  name: string,
): string | undefined {
  const { prefix, instance = "", template } = parseUnitName(name);
  const found = template === undefined ? undefined : directory.findHostFile(template, searchPath);
  if (found === undefined) return undefined;
  if (ON_DEMAND.test(prefix) || (TERMINALS.test(prefix) && TERMINAL.test(instance))) return found;
  for (const place of searchPath) {
    for (const entry of entriesIn(place).filter((candidate) => REFERRALS.test(candidate))) {
      const link = join(place, entry, name);
      if (entriesIn(join(place, entry)).includes(name) && !directory.isInstallLink(link, name)) return link;
    }
  }
  return undefined;
}

function entriesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
