import type { Readable } from "node:stream";
import type { ClusterSnapshot } from "@flotilla/model";
import type { ClusterChange } from "@flotilla/registry";
import { FlotillaError } from "@flotilla/runtime";

/** The live copy of the cluster that answers are made from; ClusterFeed is one. */
export interface ClusterReader {
  /**
   * The cluster with everything in it that anyone had written before this call. A live view: read
   * what is needed of it before the next await, or while it `isWhole`.
   */
  fresh(signal: AbortSignal): Promise<ClusterSnapshot>;
  /** The same, but perhaps a little behind: for one whose write tells whether it was right. */
  latest(signal: AbortSignal): Promise<ClusterSnapshot>;
  /** False while a listing is being taken in: then the view mixes two states. */
  readonly isWhole: boolean;
  /** Every change from revision `from` on. */
  follow(from: number, signal: AbortSignal): AsyncIterable<readonly ClusterChange[]>;
}

/** Lends the live copy for as long as somebody is asking; a daemon that nobody asks keeps none. */
export interface ClusterSource {
  with<T>(use: (reader: ClusterReader) => Promise<T>): Promise<T>;
}

export interface JournalRequest {
  readonly lines: number;
  readonly follow: boolean;
  /** journalctl(1), --output=. */
  readonly output: string;
  /** In place of `lines`: begin after the entry that has this `__CURSOR`. */
  readonly cursor?: string | undefined;
}

/** Exit code of `systemctl status` for a unit whose state is unknown (LSB, systemctl(1)). */
export const STATUS_UNKNOWN = 4;

/** What `systemctl status` said. */
export interface StatusReport {
  /** systemctl's exit code. */
  readonly code: number;
  readonly text: string;
}

/**
 * Looks at a unit on a machine, this one or another.
 * @throws MachineUnreachableError when the machine does not answer.
 */
export interface UnitInspector {
  status(machineID: string, unit: string, signal: AbortSignal): Promise<StatusReport>;
  /** The stream ends when the journal does, or with an error; whoever destroys it ends the reading. */
  journal(machineID: string, unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable>;
}

/** What can be done to a unit where it runs, in systemctl's words. */
export type UnitAction =
  | { readonly kind: "kill"; readonly signal: number; readonly whom: "main" | "control" | "all" }
  | { readonly kind: "reset-failed" | "reload" | "restart" };

export interface ActionReport {
  readonly ok: boolean;
  /** Why not; or what there is to add. */
  readonly message: string;
}

/**
 * Acts on a unit of the cluster on a machine, this one or another; a unit that is not the cluster's there is refused.
 * @throws MachineUnreachableError when the machine does not answer.
 */
export interface UnitOperator {
  act(machineID: string, unit: string, action: UnitAction, signal: AbortSignal): Promise<ActionReport>;
}

/** Another machine's daemon could not be asked. */
export class MachineUnreachableError extends FlotillaError {
  readonly code = "machine-unreachable";
}
