import { join } from "node:path";
import { parseUnitName } from "@flotilla/unit";
import { namesIn } from "./directory-entries.ts";
import { REFERRAL_DIRECTORY } from "./install-links.ts";
import type { UnitDirectory } from "./unit-directory.ts";

/**
 * Templates whose instances systemd, udev and logind start on demand, without a link
 * (systemd.special(7), user@.service(5), logind.conf(5)).
 */
const ON_DEMAND = /^(systemd-.*|user|user-runtime-dir|autovt|modprobe)$/;

/** Templates whose instances are started on demand when the instance names a terminal. */
const TERMINALS = /^(serial-|container-)?getty$/;
const TERMINAL = /^(tty|pts|hvc|xvc|hvsi|sclp|console|\d)/;

/**
 * Finds out whether the host itself uses this instance of one of its templates. If the host does not use the instance, the
 * cluster may have it: a file with the instance's full name takes precedence over the template (systemd.unit(5)).
 * Instances that are only loaded are not found here.
 * @param searchPath directories that systemd searches for unit files.
 * @returns the path that shows the use: another unit's link to the instance, or the template's file if its instances
 *   start on demand. Undefined if the host has no such template, or does not use the instance.
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
  const referrals = searchPath.flatMap((place) =>
    namesIn(place)
      .filter((entry) => REFERRAL_DIRECTORY.test(entry))
      .map((entry) => join(place, entry)),
  );
  const using = referrals.find(
    (referral) => namesIn(referral).includes(name) && !directory.isInstallLink(join(referral, name), name),
  );
  return using === undefined ? undefined : join(using, name);
}
