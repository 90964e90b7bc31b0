import type { Backup } from "@flotilla/api/client";

/**
 * What a cluster has in another form than a backup: a line each, sorted by name. What only one of the two has is no
 * difference.
 */
export function differences(wanted: Backup, present: Backup): readonly string[] {
  const units = new Map(present.units.map((unit) => [unit.name, unit]));
  const machines = new Map(present.machines.map((machine) => [machine.id, machine.metadata]));
  return [
    ...wanted.units.flatMap((unit) => {
      const known = units.get(unit.name);
      if (!known) return present.unreadable.includes(unit.name) ? [`${unit.name}: cannot be read there`] : [];
      if (known.file !== unit.file) return [`${unit.name}: its file`];
      if (known.desiredState === unit.desiredState) return [];
      return [`${unit.name}: it is to be ${known.desiredState} there, ${unit.desiredState} in the backup`];
    }),
    ...wanted.machines.flatMap(({ id, metadata }) => {
      const known = machines.get(id) ?? {};
      const keys = Object.keys(metadata).filter((key) => key in known && known[key] !== metadata[key]);
      return keys.sort().map((key) => `machine ${id}: metadata ${key}`);
    }),
  ];
}
