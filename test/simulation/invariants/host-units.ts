import type { MakeInvariant } from "./invariant.ts";

/** A host's own units are left as they are. */
export const hostUnits: MakeInvariant = (world) => ({
  name: "a host's own units are untouched",
  onStep: () => {
    for (const { host, powered } of world.machines) {
      for (const unit of host.ownUnits) {
        const state = host.systemd.units.get(unit);
        if (powered && (state?.activeState !== "active" || state.job || host.systemd.files.has(unit)))
          return `${unit} is a unit of ${host.options.name}'s own, and something was done to it`;
      }
    }
    return undefined;
  },
});
