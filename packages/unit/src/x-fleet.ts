export const X_FLEET_SECTION = "X-Fleet";

/** The options of [X-Fleet], each with its old spellings, which are still accepted. */
export const X_FLEET_OPTIONS = {
  MachineID: ["X-ConditionMachineID", "X-ConditionMachineBootID"],
  MachineOf: ["X-ConditionMachineOf"],
  MachineMetadata: ["X-ConditionMachineMetadata"],
  Conflicts: ["X-Conflicts"],
  Global: [],
  Replaces: [],
  MoveOnFailure: [],
  Exclusive: [],
  OnSecretChange: [],
  CPUReserve: [],
  MemoryReserve: [],
  DiskReserve: [],
  Strategy: [],
  Prefers: [],
  Avoids: [],
  SpreadBy: [],
  MaxPerMachine: [],
  Priority: [],
  Preempts: [],
  NeverMoves: [],
  MinAvailable: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type XFleetOption = keyof typeof X_FLEET_OPTIONS;

/** Returns the option that a current or old spelling names; undefined for other names. */
export function currentSpellingOf(name: string): XFleetOption | undefined {
  return SPELLINGS.get(name);
}

const SPELLINGS: ReadonlyMap<string, XFleetOption> = new Map(
  (Object.keys(X_FLEET_OPTIONS) as XFleetOption[]).flatMap((option) =>
    [option, ...X_FLEET_OPTIONS[option]].map((spelling) => [spelling, option] as const),
  ),
);
