export { type Assignment, type AssignmentContent, type AssignmentOrder, contentOf } from "./assignment.ts";
export type { AssignmentStep, AssignmentWrite, Basis } from "./assignment-step.ts";
export { type Attempts, attemptsOf, type FailedAttempt } from "./attempts.ts";
export { currentState, placeOf, placesOf } from "./current-state.ts";
export {
  type Capabilities,
  type Capacity,
  effectiveMetadata,
  isMachineID,
  MACHINE_ID,
  type Machine,
  type MachineID,
  type MachineRecord,
  type MachineSettings,
  metadataOf,
  metadataValuesOf,
  MOST_MACHINE_ID_CHARACTERS,
  reservable,
  type Resources,
  shortMachineID,
} from "./machine.ts";
export { describeMachine, describeMachines, type MachineNames, machinesNamed } from "./machines-named.ts";
export {
  type ClusterEvent,
  EVENT_KINDS,
  type EventKind,
  type EventRecorder,
  facts,
  type NewEvent,
  noEvents,
} from "./event.ts";
export { EMPTY_ATTENDANCE, type Hold, isHeld, type Attendance } from "./attendance.ts";
export { exitCodeOf, isSameRun, LOST, type Run, type UnitHistory, type UnitRun, UNKNOWN } from "./run.ts";
export type { Secret } from "./secret.ts";
export { type Cordon, type Drain, type Upkeep, upkeepOf } from "./upkeep.ts";
export type { ClusterSnapshot } from "./snapshot.ts";
export { snapshotWith } from "./snapshot-with.ts";
export { TROUBLE_KINDS, type Trouble, troublesOf } from "./trouble.ts";
export { type DesiredState, desiredStates, type Unit, type UnitMove } from "./unit.ts";
export { hasFailed, hasRestarted, isDown, isOver, isRunning, isStarted, type UnitState } from "./unit-state.ts";
export { parseCores, parseSize, type Strategy } from "@flotilla/unit";
export { type Mirror, type MirroredState, mirroredStates, type Need } from "./mirror.ts";
