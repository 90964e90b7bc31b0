import type { MakeInvariant } from "../world/world.ts";

/**
 * No daemon deletes the record of a machine whose systemd hangs while exclusive units run there, because nothing can
 * stop them.
 */
export const placeKept: MakeInvariant = (world) => ({
  name: "a machine that cannot stop its exclusive units keeps its record",
  onCommit: ({ writer, written }) => {
    const machine = world.machines.find(({ daemon }) => daemon?.agent.process === writer);
    if (!machine?.host.hang.isOn || machine.daemon?.ending !== undefined) return undefined;
    const { options, guard, systemd } = machine.host;
    const isGone = written.some(({ key, after }) => key === `machine/${options.machineID}` && !after);
    const unit = [...guard.units].find((each) => systemd.isActive(each));
    return isGone && unit !== undefined ? `${options.name} deletes its record while ${unit} runs there` : undefined;
  },
});
