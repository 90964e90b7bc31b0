import type { MakeInvariant } from "./invariant.ts";

/** No daemon gives up the place of a machine whose systemd hangs while there are exclusive units, which nobody can stop. */
export const placeKept: MakeInvariant = (world) => ({
  name: "a machine that cannot stop its exclusive units keeps its place",
  onCommit: ({ writer, written }) => {
    const machine = world.machines.find(({ daemon }) => daemon?.agent.process === writer);
    if (!machine?.host.hang.isOn || machine.daemon?.ending !== undefined) return undefined;
    const { options, guard, systemd } = machine.host;
    const isGone = written.some(({ key, after }) => key === `machine/${options.machineID}` && !after);
    const unit = [...guard.units].find((each) => systemd.isActive(each));
    return isGone && unit !== undefined ? `${options.name} gives up its place while ${unit} runs there` : undefined;
  },
});
