import { TOKEN_ID } from "@flotilla/access";
import { isMachineID } from "@flotilla/model";
import { isSecretName, isUnitName } from "@flotilla/unit";

/**
 * The layout of the store (docs/registry-keys.md). Names and machine IDs contain no slash, so a key can be split into
 * its parts.
 */
export const keys = {
  file: (digest: string) => `file/${digest}`,
  unit: (name: string) => `unit/${name}`,
  assignment: (machineID: string, unit: string) => `assignment/${machineID}/${unit}`,
  assignmentsOf: (machineID: string) => `assignment/${machineID}/`,
  mirror: (machineID: string, unit: string) => `mirror/${machineID}/${unit}`,
  mirrorsOf: (machineID: string) => `mirror/${machineID}/`,
  attempts: (unit: string) => `attempts/${unit}`,
  runs: (unit: string) => `runs/${unit}`,
  machine: (id: string) => `machine/${id}`,
  member: (machineID: string) => `member/${machineID}`,
  removedMember: (machineID: string) => `member-removed/${machineID}`,
  members: "member/",
  machineSettings: (id: string) => `machine-settings/${id}`,
  state: (machineID: string, unit: string) => `state/${machineID}/${unit}`,
  statesOf: (machineID: string) => `state/${machineID}/`,
  publisher: (machineID: string) => `publisher/${machineID}`,
  server: (machineID: string) => `server/${machineID}`,
  servers: "server/",
  rotation: (machineID: string) => `rotation/${machineID}`,
  rotations: "rotation/",
  departure: (machineID: string) => `departure/${machineID}`,
  leader: "engine/leader",
  attendance: "engine/roll",
  attendanceEntry: (machineID: string) => `roll/${machineID}`,
  release: "hold/release",
  events: (machineID: string, number: string) => `event/${machineID}/${number}`,
  eventFloor: "engine/events",
  secret: (name: string) => `secret/${name}`,
  authority: "identity/ca",
  identity: "identity/cluster",
  token: (id: string) => `token/${id}`,
  tokens: "token/",
  tokenUse: (id: string) => `token-use/${id}`,
  tokenUses: "token-use/",
  base: "store/base",
  move: "store/move",
  secretsKey: "identity/secrets",
} as const;

/** The key whose value tells this store from any other: the witness of watches. */
export const IDENTITY_KEY = keys.identity;

/** The prefixes under which each agent watches its own keys. */
export const SHARED_FAMILIES = ["assignment/", "machine/", "mirror/"] as const;

type KindOfMachine =
  | "machine"
  | "machine-settings"
  | "member"
  | "removed-member"
  | "server"
  | "rotation"
  | "departure"
  | "publisher";

export type ParsedKey =
  | { readonly kind: "file"; readonly digest: string }
  | { readonly kind: "unit" | "attempts" | "runs"; readonly unit: string }
  | { readonly kind: "assignment" | "state" | "mirror"; readonly machineID: string; readonly unit: string }
  | {
      readonly kind: KindOfMachine;
      readonly machineID: string;
    }
  | { readonly kind: "token" | "token-use"; readonly id: string }
  | { readonly kind: "leader" | "authority" | "identity" | "secrets-key" | "base" | "move" | "event-floor" }
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "events"; readonly machineID: string; readonly number: number }
  | KeyOfAttendance;

/** The keys of the attendance: the leader's, and an operator's request to end a hold. */
export type KeyOfAttendance =
  | { readonly kind: "attendance" | "release" }
  | { readonly kind: "attendance-entry"; readonly machineID: string };

/** `unknown`: a kind of key that this version does not know. `malformed`: a known kind with invalid parts. */
export type KeyReading = ParsedKey | "unknown" | "malformed";

type Reader = (parts: readonly string[]) => ParsedKey | undefined;

const ofUnit =
  (kind: "unit" | "attempts" | "runs"): Reader =>
  ([unit = "", ...rest]) =>
    rest.length === 0 && isUnitName(unit) ? { kind, unit } : undefined;

const ofMachine =
  (kind: KindOfMachine | "attendance-entry"): Reader =>
  ([machineID = "", ...rest]) =>
    rest.length === 0 && isMachineID(machineID) ? { kind, machineID } : undefined;

const ofUnitOnMachine =
  (kind: "assignment" | "state" | "mirror"): Reader =>
  ([machineID = "", unit = "", ...rest]) =>
    rest.length === 0 && isMachineID(machineID) && isUnitName(unit) ? { kind, machineID, unit } : undefined;

const ofToken =
  (kind: "token" | "token-use"): Reader =>
  ([id = "", ...rest]) =>
    rest.length === 0 && TOKEN_ID.test(id) ? { kind, id } : undefined;

const ofEvents: Reader = ([machineID = "", number = "", ...rest]) =>
  rest.length === 0 && isMachineID(machineID) && EVENTS_NUMBER.test(number)
    ? { kind: "events", machineID, number: Number(number) }
    : undefined;

type NamedKind =
  | "leader"
  | "attendance"
  | "release"
  | "authority"
  | "identity"
  | "secrets-key"
  | "base"
  | "move"
  | "event-floor";

const named =
  (names: Readonly<Record<string, NamedKind>>): Reader =>
  (parts) => {
    const name = parts.join("/");
    const kind = Object.hasOwn(names, name) ? names[name] : undefined;
    return kind && { kind };
  };

/** The reader of a key's other parts, by its first part. */
const readers = new Map<string, Reader>([
  [
    "file",
    ([digest = "", ...rest]) => (rest.length === 0 && DIGEST.test(digest) ? { kind: "file", digest } : undefined),
  ],
  [
    "secret",
    ([secret = "", ...rest]) => (rest.length === 0 && isSecretName(secret) ? { kind: "secret", secret } : undefined),
  ],
  ["unit", ofUnit("unit")],
  ["attempts", ofUnit("attempts")],
  ["runs", ofUnit("runs")],
  ["machine", ofMachine("machine")],
  ["machine-settings", ofMachine("machine-settings")],
  ["member", ofMachine("member")],
  ["member-removed", ofMachine("removed-member")],
  ["server", ofMachine("server")],
  ["rotation", ofMachine("rotation")],
  ["departure", ofMachine("departure")],
  ["publisher", ofMachine("publisher")],
  ["roll", ofMachine("attendance-entry")],
  ["assignment", ofUnitOnMachine("assignment")],
  ["state", ofUnitOnMachine("state")],
  ["event", ofEvents],
  ["mirror", ofUnitOnMachine("mirror")],
  ["token", ofToken("token")],
  ["token-use", ofToken("token-use")],
  ["engine", named({ leader: "leader", roll: "attendance", events: "event-floor" })],
  ["hold", named({ release: "release" })],
  ["store", named({ base: "base", move: "move" })],
  ["identity", named({ ca: "authority", cluster: "identity", secrets: "secrets-key" })],
]);

/** When a batch of events was written, milliseconds since the epoch. */
const EVENTS_NUMBER = /^[1-9]\d{0,14}$/;

/** SHA-256 in hexadecimal digits. */
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Returns what a key is about. A key with an extra part or an invalid name or ID is malformed.
 */
export function readKey(key: string): KeyReading {
  const [head = "", ...parts] = key.split("/");
  const reader = readers.get(head);
  return reader ? (reader(parts) ?? "malformed") : "unknown";
}

/** As `readKey`, but undefined for unknown and malformed keys. */
export function parseKey(key: string): ParsedKey | undefined {
  const reading = readKey(key);
  return typeof reading === "string" ? undefined : reading;
}

export function isOfAttendance(key: ParsedKey | undefined): key is KeyOfAttendance {
  return key?.kind === "attendance" || key?.kind === "attendance-entry" || key?.kind === "release";
}
