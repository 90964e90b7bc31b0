import type { MachineRecord } from "@flotilla/model";
import type { Lease, MachineRegistry } from "@flotilla/registry";
import { persist, type PersistOptions } from "../persist.ts";

export interface KeepRecordOptions extends Omit<PersistOptions, "what" | "onFailure"> {
  readonly machine: MachineRecord;
  readonly machines: Pick<MachineRegistry, "register" | "untilLost">;
  /** Told when the record was written again: what else the machine has in the store may have been changed, too. */
  readonly onRestored?: () => void;
}

/** Between two writes of the record, milliseconds: whoever keeps deleting the record sets no faster pace. */
const PAUSE_MS = 1_000;

/**
 * Writes the machine's record again whenever somebody has deleted or overwritten it in the store. Resolves when another
 * daemon's record stands in its place.
 * @throws the signal's reason; what `persist` throws.
 */
export async function keepRecord(options: KeepRecordOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { machine, machines, clock, log } = options;
  for (;;) {
    await persist({ ...options, what: "following the machine's record" }, signal, (either) =>
      machines.untilLost(machine.id, lease.id, either),
    );
    const { registered } = await persist({ ...options, what: "registering the machine again" }, signal, (either) =>
      machines.register(machine, lease, either),
    );
    if (!registered) return;
    log.error("the machine's record in the store was deleted or overwritten by another hand; it is written again", {
      machine: machine.id,
    });
    options.onRestored?.();
    await clock.sleep(PAUSE_MS, signal);
  }
}
