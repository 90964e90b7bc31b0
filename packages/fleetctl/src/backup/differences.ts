import type { Backup } from "@flotilla/api/client";

/**
 * The differences between a backup and a cluster, one line each, sorted by name. A unit or machine that only one side
 * has is no difference.
 */
export function differences(wanted: Backup, present: Backup): readonly string[] {
  const units = new Map(present.units.map((unit) => [unit.name, unit]));
  const machines = new Map(present.machines.map((machine) => [machine.id, machine.metadata]));
  return [
    ...wanted.units.flatMap((unit) => {
      const known = units.get(unit.name);
      if (!known) return present.unreadable.includes(unit.name) ? [`unit ${unit.name}: unreadable in the cluster`] : [];
      if (known.file !== unit.file) return [`unit ${unit.name}: another file`];
      if (known.desiredState === unit.desiredState) return [];
      return [
        `unit ${unit.name}: desired state ${known.desiredState} in the cluster, ${unit.desiredState} in the backup`,
      ];
    }),
    ...wanted.machines.flatMap(({ id, metadata }) => {
      const known = machines.get(id) ?? {};
      const keys = Object.keys(metadata).filter((key) => key in known && known[key] !== metadata[key]);
      return keys.sort().map((key) => `machine ${id}: another value of metadata ${key}`);
    }),
  ];
}
