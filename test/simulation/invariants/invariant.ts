import type { Asked } from "../world/bus.ts";
import type { Commit } from "../world/ledger.ts";
import type { Call } from "@flotilla/store/memory";
import type { Host } from "../world/host.ts";
import type { Process } from "../world/process.ts";

/** A condition that must hold at every moment of every history. Each callback returns what is wrong, if anything. */
export interface Invariant {
  readonly name: string;
  /** Called after each commit in the store. */
  readonly onCommit?: (commit: Commit) => string | undefined;
  /** Called before a process sends a call to the store, and before each delivery of a watch. */
  readonly onCall?: (process: Process, call: Call) => string | undefined;
  /** Called before an agent's request reaches systemd. */
  readonly onAsked?: (asked: Asked) => string | undefined;
  /** Called after a unit has changed in systemd. */
  readonly onUnit?: (unit: string, host: Host) => string | undefined;
  /** Called when there is a cause to start a unit again, such as a reboot. */
  readonly onCause?: (cause: Cause) => void;
  /** Called after each step, and each second while the cluster settles. */
  readonly onStep?: () => string | undefined;
}

/** An event after which a host may start a unit once more. Without a unit, it applies to all units. */
export interface Cause {
  readonly host: string;
  readonly unit?: string;
}
