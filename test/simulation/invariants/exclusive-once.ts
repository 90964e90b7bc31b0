import { type Host, STOP_LIMIT_MS } from "../world/host.ts";
import type { MakeInvariant } from "../world/world.ts";

/** Twice the time that the guard needs to notice a unit and to stop or kill it, in milliseconds. */
const GUARD_MS = 2 * (STOP_LIMIT_MS + 2_000);

/**
 * An exclusive unit is active on at most one machine. There are two exceptions. Machines that share an ID cannot be
 * told apart after a reboot. Where systemd hangs, nothing can stop a unit, and the machine keeps its record only while
 * its daemon reaches the store.
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
