import { type Host, STOP_LIMIT_MS } from "../world/host.ts";
import type { MakeInvariant } from "./invariant.ts";

/** The guard looks, and stops or kills; twice as long as it should take. */
const GUARD_MS = 2 * (STOP_LIMIT_MS + 2_000);

/**
 * A unit that is exclusive runs on one machine at most, whatever happens. Of machines that share an ID nothing is
 * promised: the second one cannot be told from the first after a reboot. Nor where systemd hangs: nobody can stop it
 * there, and only while its daemon reaches the store does the machine keep its place.
 */
export const exclusiveOnce: MakeInvariant = (world) => ({
  name: "an exclusive unit is never active twice",
  onUnit: (unit, host) => {
    if (!runsExclusively(host, unit)) return undefined;
    const hosts = world.machines.map((machine) => machine.host).filter((each) => runsExclusively(each, unit));
    if (hosts.some(({ hungAt }) => hungAt + GUARD_MS >= world.timeline.now)) return undefined;
    const isAlone = ({ options }: Host): boolean =>
      world.machines.filter((machine) => machine.host.options.machineID === options.machineID).length === 1;
    if (hosts.length < 2 || !hosts.every(isAlone)) return undefined;
    return `${unit} is active on ${hosts.map(({ options }) => options.name).join(" and ")}`;
  },
});

function runsExclusively({ systemd, ownUnits }: Host, unit: string): boolean {
  const state = systemd.units.get(unit);
  if (!state || ownUnits.has(unit) || !state.loadedText.includes("Exclusive=true")) return false;
  return state.activeState !== "inactive" && state.activeState !== "failed";
}
