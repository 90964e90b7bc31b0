import type { AwayMachineEntity, HoldEntity, MachineEntity } from "../contract/v2/entities.ts";
import type { JournalFilter, JournalOutput } from "@flotilla/unit";

/** All matching items, with the revision of the list. A watch from the next revision on misses nothing. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly revision: number;
}

/** The machines of the cluster, present and away. */
export interface Members {
  readonly machines: readonly MachineEntity[];
  readonly away: readonly AwayMachineEntity[];
  readonly hold: HoldEntity | undefined;
}

export interface Written {
  /** The store's revision of the write. */
  readonly revision: number;
}

export interface JournalQuery extends JournalFilter {
  /** The number of last lines. Default 10. */
  readonly lines?: number;
  readonly follow?: boolean;
  readonly output?: JournalOutput;
  /** Replaces `lines`: all entries after the entry with this `__CURSOR`. */
  readonly cursor?: string | undefined;
  /** A machine's ID or a prefix of the ID. */
  readonly machine?: string;
}
