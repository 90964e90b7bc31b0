import { X_FLEET_LIMITS } from "./limits.ts";
import type { MetadataExpression } from "./metadata/expression.ts";
import type { Requirements } from "./requirements.ts";
import { RequirementsError } from "./requirements-error.ts";
import type { UnitOption } from "./unit-file.ts";
import { currentSpellingOf, X_FLEET_SECTION } from "./x-fleet.ts";
import { shortened } from "./wording.ts";

/** @throws RequirementsError naming the option of [X-Fleet] that exceeds {@link X_FLEET_LIMITS}. */
export function refuseExcess(requirements: Requirements): void {
  const lists = entriesOf(requirements);
  for (const [option, entries] of lists) {
    refuseMany(option, entries);
    refuseLong(option, entries);
  }
  refuseGlobs([...requirements.conflicts, ...requirements.replaces, ...requirements.avoids]);
  const characters = lists.flatMap(([, entries]) => entries).reduce((sum, entry) => sum + entry.length, 0);
  if (characters <= X_FLEET_LIMITS.characters) return;
  throw new RequirementsError(
    `[X-Fleet] has ${characters} characters in names, globs and metadata: at most ${X_FLEET_LIMITS.characters} are allowed; ` +
      "replace lists of names by globs",
  );
}

/**
 * Checks the length of each option as written. This check comes before the values are split into entries, which would
 * be expensive for a long text.
 *
 * @throws RequirementsError naming the option of [X-Fleet] that is too long.
 */
export function refuseExcessiveText(options: readonly UnitOption[]): void {
  const lengths = new Map<string, number>();
  for (const { section, name, value } of options) {
    const option = section === X_FLEET_SECTION ? currentSpellingOf(name) : undefined;
    if (option !== undefined) lengths.set(option, (lengths.get(option) ?? 0) + value.length);
  }
  for (const [option, length] of lengths) {
    if (length <= X_FLEET_LIMITS.writtenCharacters) continue;
    throw new RequirementsError(
      `${option}= in [X-Fleet] has ${length} characters: at most ${X_FLEET_LIMITS.writtenCharacters} are allowed; ` +
        "replace lists of names by globs",
    );
  }
}

type Entries = readonly [option: string, entries: readonly string[]];

function entriesOf(requirements: Requirements): readonly Entries[] {
  const { machineID, machineOf, metadata, conflicts, replaces, prefers, avoids, spreadBy } = requirements;
  return [
    ["MachineID", machineID === undefined ? [] : [machineID]],
    ["MachineOf", machineOf],
    ["MachineMetadata", metadata.flatMap(entriesIn)],
    ["Prefers", prefers.flatMap(({ expressions }) => expressions.flatMap(entriesIn))],
    ["Avoids", avoids],
    ["SpreadBy", spreadBy],
    ["Conflicts", conflicts],
    ["Replaces", replaces],
  ];
}

function entriesIn({ key, operator, values }: MetadataExpression): readonly string[] {
  return values.length === 0 ? [`${key} ${operator}`] : values.map((value) => `${key}=${value}`);
}

function refuseMany(option: string, entries: readonly string[]): void {
  const most = MOST[option] ?? X_FLEET_LIMITS.entries;
  if (entries.length <= most) return;
  throw new RequirementsError(
    `${option}= in [X-Fleet] has ${entries.length} entries: at most ${most} are allowed; ${REMEDIES[option] ?? "remove some"}`,
  );
}

/** The options with limits of their own. */
const MOST: Readonly<Record<string, number>> = {
  MachineOf: X_FLEET_LIMITS.companions,
  Prefers: X_FLEET_LIMITS.preferences,
  SpreadBy: X_FLEET_LIMITS.spreadKeys,
};

const REMEDIES: Readonly<Record<string, string>> = {
  MachineOf: "name one unit that the others follow too",
  MachineMetadata: "give the machines one key that covers all values",
  Conflicts: "write a glob such as web@*.service",
  Replaces: "write a glob such as web@*.service",
  Avoids: "write a glob such as web@*.service",
  Prefers: "give the machines one key that covers all values",
};

function refuseGlobs(globs: readonly string[]): void {
  const count = globs.filter((glob) => /[*?[\\]/.test(glob)).length;
  if (count > X_FLEET_LIMITS.globs)
    throw new RequirementsError(
      `Conflicts=, Replaces= and Avoids= in [X-Fleet] have ${count} globs: at most ${X_FLEET_LIMITS.globs} are allowed; ` +
        "replace several globs by one",
    );
  const costly = globs.filter((glob) => /[?[\\]/.test(glob)).length;
  if (costly > X_FLEET_LIMITS.costlyGlobs)
    throw new RequirementsError(
      `Conflicts=, Replaces= and Avoids= in [X-Fleet] have ${costly} globs with "?", a class or a backslash: ` +
        `at most ${X_FLEET_LIMITS.costlyGlobs} are allowed; write "*" instead, as in web@*.service`,
    );
  const characters = globs.reduce((sum, glob) => sum + glob.length, 0);
  if (characters <= X_FLEET_LIMITS.globCharacters) return;
  throw new RequirementsError(
    `Conflicts=, Replaces= and Avoids= in [X-Fleet] have ${characters} characters: at most ${X_FLEET_LIMITS.globCharacters} are allowed; ` +
      "replace lists of names by globs such as web@*.service",
  );
}

function refuseLong(option: string, entries: readonly string[]): void {
  const long = entries.find((entry) => entry.length > X_FLEET_LIMITS.entryCharacters);
  if (long === undefined) return;
  throw new RequirementsError(
    `${option}= in [X-Fleet] has an entry of ${long.length} characters, ${JSON.stringify(shortened(long))}: ` +
      `at most ${X_FLEET_LIMITS.entryCharacters} are allowed; shorten it`,
  );
}
