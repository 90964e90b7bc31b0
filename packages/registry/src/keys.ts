/**
 * The layout of the store (docs/registry-keys.md). A unit's name holds no slash, and neither does a
 * machine's ID, so the parts of a key can be told apart again.
 */
export const keys = {
  file: (digest: string) => `file/${digest}`,
  unit: (name: string) => `unit/${name}`,
  assignment: (machineID: string, unit: string) => `assignment/${machineID}/${unit}`,
  assignmentsOf: (machineID: string) => `assignment/${machineID}/`,
  attempts: (unit: string) => `attempts/${unit}`,
  machine: (id: string) => `machine/${id}`,
  machineSettings: (id: string) => `machine-settings/${id}`,
  state: (machineID: string, unit: string) => `state/${machineID}/${unit}`,
  statesOf: (machineID: string) => `state/${machineID}/`,
  publisher: (machineID: string) => `publisher/${machineID}`,
  departure: (machineID: string) => `departure/${machineID}`,
  leader: "engine/leader",
  roll: "engine/roll",
  rollEntry: (machineID: string) => `roll/${machineID}`,
  release: "hold/release",
  identity: "identity/ca",
} as const;

export type ParsedKey =
  | { readonly kind: "file"; readonly digest: string }
  | { readonly kind: "unit" | "attempts"; readonly unit: string }
  | { readonly kind: "assignment" | "state"; readonly machineID: string; readonly unit: string }
  | { readonly kind: "machine" | "machine-settings" | "departure"; readonly machineID: string }
  | { readonly kind: "leader" }
  | KeyOfRoll;

/** What the leader and an operator say of who is there. */
export type KeyOfRoll =
  | { readonly kind: "roll" | "release" }
  | { readonly kind: "roll-entry"; readonly machineID: string };

/** What a key is about; undefined for keys that no snapshot shows. */
export function parseKey(key: string): ParsedKey | undefined {
  const [head, first, second] = key.split("/", 3);
  if (key === keys.leader) return { kind: "leader" };
  if (key === keys.roll) return { kind: "roll" };
  if (key === keys.release) return { kind: "release" };
  if (!head || !first) return undefined;
  switch (head) {
    case "file":
      return { kind: "file", digest: first };
    case "unit":
    case "attempts":
      return { kind: head, unit: first };
    case "machine":
    case "machine-settings":
    case "departure":
      return { kind: head, machineID: first };
    case "roll":
      return { kind: "roll-entry", machineID: first };
    case "assignment":
    case "state":
      return second ? { kind: head, machineID: first, unit: second } : undefined;
    default:
      return undefined;
  }
}
