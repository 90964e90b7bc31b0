import type { ClusterSnapshot } from "@flotilla/model";
import { type Backup, BACKUP_VERSION } from "../../contract/v2/requests.ts";
import type { Outcome } from "../answer.ts";

/** All intent, sorted so that two backups can be compared. */
export function backupOf({ units, settings, unreadable, revision }: ClusterSnapshot): Outcome {
  const json: Backup = {
    version: BACKUP_VERSION,
    units: [...units.values()].map(({ name, desired, file }) => ({ name, desiredState: desired, file: file.text })),
    machines: [...settings]
      .map(([id, { metadata }]) => ({ id, metadata }))
      // All that was set for it may have been reset since.
      .filter(({ metadata }) => Object.keys(metadata).length > 0),
    unreadable: [...unreadable].sort(),
  };
  json.units.sort((a, b) => (a.name < b.name ? -1 : 1));
  json.machines.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { status: 200, json, revision };
}
