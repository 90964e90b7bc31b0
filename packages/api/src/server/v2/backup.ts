import type { ClusterSnapshot, Unit } from "@flotilla/model";
import { type Backup, BACKUP_VERSION } from "../../contract/v2/requests.ts";
import type { Outcome } from "../answer.ts";
import { longList } from "../long-list.ts";

/** Returns all units and machine settings, sorted so that two backups can be compared. */
export function backupOf({ units, settings, unreadable, revision }: ClusterSnapshot): Outcome {
  const items = [...units.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const machines = [...settings]
    .map(([id, { metadata }]) => ({ id, metadata }))
    // A machine whose settings were all reset may still have a record.
    .filter(({ metadata }) => Object.keys(metadata).length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const rest: Omit<Backup, "units"> = { version: BACKUP_VERSION, machines, unreadable: [...unreadable].sort() };
  const entityOf = ({ name, desired, file }: Unit): Backup["units"][number] => ({
    name,
    desiredState: desired,
    file: file.text,
  });
  return { status: 200, list: longList({ field: "units", items, entityOf, rest }), revision };
}
