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
