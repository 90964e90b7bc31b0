import type { MakeInvariant } from "../world/world.ts";

/** Agents do nothing to a host's own units. */
export const hostUnits: MakeInvariant = (world) => ({
  name: "agents do nothing to a host's own units",
  onStep: () => {
    for (const { host, powered } of world.machines) {
      for (const unit of host.ownUnits) {
        const state = host.systemd.units.get(unit);
        if (powered && (state?.activeState !== "active" || state.job || host.systemd.files.has(unit)))
          return `${host.options.name}'s own ${unit} was changed`;
      }
    }
    return undefined;
  },
});
