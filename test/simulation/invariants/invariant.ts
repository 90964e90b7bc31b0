import type { Asked } from "../world/bus.ts";
import type { Commit } from "../world/ledger.ts";
import type { Host } from "../world/host.ts";
import type { World } from "../world/world.ts";

/** What must hold at every moment of every history. Each callback returns what is wrong, in a sentence. */
export interface Invariant {
  readonly name: string;
  /** After each change of the store. */
  readonly onCommit?: (commit: Commit) => string | undefined;
  /** Before an agent has systemd do something. */
  readonly onAsked?: (asked: Asked) => string | undefined;
  /** After systemd shows something new of a unit. */
  readonly onUnit?: (unit: string, host: Host) => string | undefined;
  /** A cause for starting a unit again, as a reboot. */
  readonly onCause?: (cause: Cause) => void;
  /** After each step, and each second while the cluster settles. */
  readonly onStep?: () => string | undefined;
}

/** What may have a unit started once more on a host; without a unit, any. */
export interface Cause {
  readonly host: string;
  readonly unit?: string;
}

export type MakeInvariant = (world: World) => Invariant;
