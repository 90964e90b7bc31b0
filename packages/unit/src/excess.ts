import { X_FLEET_BOUNDS } from "./bounds.ts";
import type { Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";

/** @throws RequirementsError naming the option of [X-Fleet] that holds more than {@link X_FLEET_BOUNDS} allow. */
export function refuseExcess(requirements: Requirements): void {
  const lists = entriesOf(requirements);
  for (const [option, entries] of lists) {
    refuseMany(option, entries);
    refuseLong(option, entries);
  }
  const characters = lists.flatMap(([, entries]) => entries).reduce((sum, entry) => sum + entry.length, 0);
  if (characters <= X_FLEET_BOUNDS.characters) return;
  throw new RequirementsError(
    `[X-Fleet] holds ${characters} characters in its names, globs and metadata: at most ${X_FLEET_BOUNDS.characters} are allowed. ` +
      "Write globs in place of lists of names.",
  );
}

type Entries = readonly [option: string, entries: readonly string[]];

function entriesOf({ machineID, machineOf, metadata, conflicts, replaces }: Requirements): readonly Entries[] {
  return [
    ["MachineID", machineID === undefined ? [] : [machineID]],
    ["MachineOf", machineOf],
    ["MachineMetadata", metadata.flatMap(({ key, values }) => values.map((value) => `${key}=${value}`))],
    ["Conflicts", conflicts],
    ["Replaces", replaces],
  ];
}

function refuseMany(option: string, entries: readonly string[]): void {
  if (entries.length <= X_FLEET_BOUNDS.entries) return;
  throw new RequirementsError(
    `${option}= in [X-Fleet] has ${entries.length} entries: at most ${X_FLEET_BOUNDS.entries} are allowed. ` +
      (option === "MachineMetadata"
        ? "Give the machines one key for them all."
        : "Write a glob such as web@*.service."),
  );
}

function refuseLong(option: string, entries: readonly string[]): void {
  const long = entries.find((entry) => entry.length > X_FLEET_BOUNDS.entryCharacters);
  if (long === undefined) return;
  throw new RequirementsError(
    `${option}= in [X-Fleet] has an entry of ${long.length} characters, ${JSON.stringify(`${long.slice(0, 60)}…`)}: ` +
      `at most ${X_FLEET_BOUNDS.entryCharacters} are allowed.`,
  );
}
