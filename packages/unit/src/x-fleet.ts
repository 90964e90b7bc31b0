export const X_FLEET_SECTION = "X-Fleet";

/** Each option of [X-Fleet] with the spellings that came before it and are still accepted. */
export const X_FLEET_OPTIONS = {
  MachineID: ["X-ConditionMachineID", "X-ConditionMachineBootID"],
  MachineOf: ["X-ConditionMachineOf"],
  MachineMetadata: ["X-ConditionMachineMetadata"],
  Conflicts: ["X-Conflicts"],
  Global: [],
  Replaces: [],
  MoveOnFailure: [],
  Exclusive: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type XFleetOption = keyof typeof X_FLEET_OPTIONS;

/** The option that a name means, in the current spelling or in an old one; undefined for other names. */
export function currentSpellingOf(name: string): XFleetOption | undefined {
  return SPELLINGS.get(name);
}

const SPELLINGS: ReadonlyMap<string, XFleetOption> = new Map(
  (Object.keys(X_FLEET_OPTIONS) as XFleetOption[]).flatMap((option) =>
    [option, ...X_FLEET_OPTIONS[option]].map((spelling) => [spelling, option] as const),
  ),
);
