import { actsOf } from "../admission/acts.ts";
import { isOnDaemon } from "../admission/daemon-units.ts";
import type { UnitOption } from "../unit-file.ts";

/** Units whose start shuts the host down or reboots it (systemd.special(7)). */
const SHUTDOWN_UNITS =
  /^(?:(?:reboot|poweroff|halt|kexec|soft-reboot|exit|ctrl-alt-del|runlevel[06])\.target|systemd-(?:reboot|poweroff|halt|kexec|soft-reboot|exit)\.service)$/;

/** Warns of options that shut the machine down, or that tie the unit to the daemon's units. */
export function* daemonWarnings(name: string, options: readonly UnitOption[]): Generator<string> {
  for (const found of actsOf(name, options)) {
    const { act, section, option, unit } = found;
    const named = `${option}=${unit} in [${section}]`;
    if (act === "starts" && SHUTDOWN_UNITS.test(unit)) {
      yield (
        `${named} shuts the machine down; the unit then moves and may shut the next machine down too; ` +
        `remove ${unit} from the option`
      );
    }
    if (!isOnDaemon(found)) continue;
    if (act === "waits")
      yield `${named} prevents the daemon from starting while ${name} stops; remove ${unit} from the option`;
    if (act === "follows")
      yield `${named} stops ${name} whenever the daemon stops or restarts; remove ${unit} from the option`;
  }
}
