export { AssignmentRegistry, fits, MAX_FILES } from "./assignment-registry.ts";
export type { ClusterChange } from "./cluster-change.ts";
export { ClusterFeed, type ClusterFeedOptions, type FeedClaim } from "./cluster-feed.ts";
export type { BrokenAssignment } from "./assignment-table.ts";
export { ClusterReplica } from "./cluster-replica.ts";
export type { ClusterView } from "./cluster-view.ts";
export { continued } from "./continued.ts";
export { CopyDiffersError, StoreMoveRefusedError } from "./copy/copy-error.ts";
export { copyStore } from "./copy/copy-store.ts";
export { type StoreMove, StoreMoves } from "./store-moves.ts";
export { type KnownServer, ServerDirectory } from "./server-directory.ts";
export { AuthorityMirror } from "./authority-mirror.ts";
export { AuthorityRegistry, type StoredAuthority } from "./authority-registry.ts";
export { type CertifiedMachines, RotationRegistry } from "./rotation-registry.ts";
export { eventIDText, type EventID, isAfter, parseEventID } from "./events/event-id.ts";
export { EventRegistry, MOST_DELETED_BATCHES } from "./events/event-registry.ts";
export type { KeptEvents, StoredEvents } from "./events/event-table.ts";
export { EventWriter } from "./events/event-writer.ts";
export { type EventFilter, type FoundEvent, selectEvents, selectFacts } from "./events/select-events.ts";
export { IDENTITY_KEY, readKey, SHARED_FAMILIES } from "./keys.ts";
export { LeaderSeat, type Leadership } from "./leadership.ts";
export { MachineRegistry } from "./machine-registry.ts";
export {
  MachineSettingsRegistry,
  type UpkeepEdit,
  MOST_EDITED_BYTES,
  MOST_SETTINGS_BYTES,
} from "./machine-settings-registry.ts";
export { MembershipMirror, type MembershipMirrorOptions } from "./membership-mirror.ts";
export {
  type KnownMachine,
  type ListedMember,
  MembershipRegistry,
  REMOVAL_KNOWN_MS,
  type Removal,
} from "./membership-registry.ts";
export { OneAtATime } from "./one-at-a-time.ts";
export { OwnAssignments } from "./own-assignments.ts";
export { decode } from "./records.ts";
export type {
  ApiTokenRecord,
  AssignmentRecord,
  AuthorityRecord,
  FormerAuthority,
  JoinTokenRecord,
  MemberRecord,
  SecretRecord,
  TokenRecord,
} from "./records.ts";
export { AuthorityUnusableError, ConflictError, LeadershipLostError } from "./registry-error.ts";
export { AttendanceRegistry } from "./attendance-registry.ts";
export { MAX_HISTORIES, RunRegistry } from "./run-registry.ts";
export { MachineRights } from "./rights.ts";
export { type ListedToken, MOST_TOKENS, newTokenSecret, type StoredToken, TokenRegistry } from "./token-registry.ts";
export { type SecretDecision, type SecretEdit, SecretRegistry, type SecretsKey } from "./secret-registry.ts";
export type { StoredFile } from "./stored-file.ts";
export { type StateClaim, StateRegistry } from "./state-registry.ts";
export {
  type EditAlong,
  type EditWithOthers,
  nextRestart,
  type StoredUnit,
  type UnitDecision,
  type UnitEdit,
  UnitRegistry,
} from "./unit-registry.ts";
export { type LiveToken, TokenMirror } from "./token-mirror.ts";
export { type Lease, type LeaseId, type LeaseTime } from "@flotilla/store";
export { OwnMirrors } from "./own-mirrors.ts";
