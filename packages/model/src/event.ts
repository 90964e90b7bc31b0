import type { MachineID } from "./machine.ts";

/** The kinds of events. Later versions may add kinds, so readers accept any text. */
export const EVENT_KINDS = [
  /** A person or a program asked for a change through the API. */
  "act",
  "placed",
  "moved",
  "unplaced",
  /** The unit stays where it is, with another file, desired state or secret, or it restarts. */
  "updated",
  /** No machine can take the unit. */
  "unplaceable",
  /** systemd has given the unit up where it is, or its machine was lost right after the start. */
  "failing",
  /** A copy on a machine that had been lost is no longer needed. */
  "copy-ended",
  /** An assignment that nobody could read was written again, or deleted. */
  "repaired",
  "failed",
  "recovered",
  "finished",
  "machine-joined",
  "machine-returned",
  "machine-lost",
  "machine-left",
  "hold-begins",
  "hold-ends",
  "leader",
  /** So many events were left out, because there were too many at one time. */
  "left-out",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/**
 * Something that happened in the cluster, with its reason.
 *
 * `fact` names what the event reports, and `cause` names the fact that caused it. So an event can name its cause before
 * that cause is written, and by whichever server.
 */
export interface NewEvent {
  readonly kind: EventKind;
  readonly unit?: string | undefined;
  /** The machine that the event is about; of a move, the new one. */
  readonly machine?: MachineID | undefined;
  /** The earlier machine of a move. */
  readonly from?: MachineID | undefined;
  /** What happened and why, for people, as one line: the same as in the log. */
  readonly sentence: string;
  readonly fact?: string | undefined;
  readonly cause?: string | undefined;
}

/** An event as it is kept. */
export interface ClusterEvent extends Omit<NewEvent, "kind"> {
  readonly kind: string;
  /** When it happened; of several equal events, when the last one did. Milliseconds since the epoch. */
  readonly time: number;
  /** How many equal events this one stands for, if there are several. */
  readonly count?: number | undefined;
  /** When the first of several equal events happened, milliseconds since the epoch. */
  readonly first?: number | undefined;
}

/** Takes events in. Recording never waits and never throws. */
export interface EventRecorder {
  record(event: NewEvent): void;
}

/** Records nothing: for parts that are used without events. */
export const noEvents: EventRecorder = { record() {} };

/** The names of facts, by which an event names its cause. */
export const facts = {
  /** A write of a unit, by the revision of the store. */
  unit: (unit: string, revision: number) => `unit ${unit} ${revision}`,
  /** What the facts of such writes begin with. */
  unitWrites: "unit ",
  destroyed: (unit: string) => `destroyed ${unit}`,
  failed: (unit: string, machine: MachineID) => `failed ${unit} ${machine}`,
  /** The machine is in the cluster, for the first time or again. */
  joined: (machine: MachineID) => `joined ${machine}`,
  /** The machine is no longer in the cluster, whether it was lost or left. */
  gone: (machine: MachineID) => `gone ${machine}`,
  /** A person removed the machine. */
  removed: (machine: MachineID) => `removed ${machine}`,
  /** A person cordoned or drained the machine, or ended that. */
  upkeep: (machine: MachineID) => `upkeep ${machine}`,
  metadata: (machine: MachineID) => `metadata ${machine}`,
  holdReleased: "hold released",
} as const;
