import { actsOf } from "../admission/acts.ts";
import { isOnDaemon } from "../admission/daemon-units.ts";
import type { UnitOption } from "../unit-file.ts";

/** Units whose start takes the host down (systemd.special(7)). */
const ENDS =
  /^(?:(?:reboot|poweroff|halt|kexec|soft-reboot|exit|ctrl-alt-del|runlevel[06])\.target|systemd-(?:reboot|poweroff|halt|kexec|soft-reboot|exit)\.service)$/;

/** Options that name a unit of the host's, and do to the machine or to the unit itself what is seldom meant. */
export function* daemonWarnings(name: string, options: readonly UnitOption[]): Generator<string> {
  for (const found of actsOf(name, options)) {
    const { act, section, option, unit } = found;
    const named = `${option}=${unit} in [${section}]`;
    if (act === "starts" && ENDS.test(unit)) {
      yield (
        `${named} takes the machine down; the unit then starts on another machine, and may take that down, too: ` +
        "leave it out."
      );
    }
    if (!isOnDaemon(found)) continue;
    if (act === "waits") yield `${named} keeps the daemon from starting while ${name} stops: leave it out.`;
    if (act === "follows") yield `${named} stops ${name} whenever the daemon stops or restarts: leave it out.`;
  }
}
