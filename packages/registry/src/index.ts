export {
  AssignmentRegistry,
  type AssignmentStep,
  type AssignmentWrite,
  type Basis,
  fits,
  MAX_FILES,
  type StepResult,
} from "./assignment-registry.ts";
export type { ClusterChange } from "./cluster-change.ts";
export { ClusterFeed, type ClusterFeedOptions, type ClusterListener } from "./cluster-feed.ts";
export { ClusterView } from "./cluster-view.ts";
export { IdentityRegistry } from "./identity-registry.ts";
export { LeaderSeat, type Leadership } from "./leadership.ts";
export { MachineRegistry, type Registration } from "./machine-registry.ts";
export { MachineSettingsRegistry, type MetadataEdit } from "./machine-settings-registry.ts";
export { OwnAssignments, type OwnAssignmentsOptions } from "./own-assignments.ts";
export type { AssignmentRecord, IdentityRecord, StateRecord, UnitRecord } from "./records.ts";
export { ConflictError, LeadershipLostError, SlowReaderError, StatesTakenOverError } from "./registry-error.ts";
export { RollRegistry } from "./roll-registry.ts";
export { type StateClaim, StateRegistry } from "./state-registry.ts";
export { type StoredUnit, type UnitEdit, UnitRegistry } from "./unit-registry.ts";
export { CompactedError, type Lease, type LeaseId, type LeaseTime } from "@flotilla/store";
