import type { MachineRecord } from "@flotilla/model";
import type { Lease, MachineRegistry } from "@flotilla/registry";
import { retry, type RetryOptions } from "../retry.ts";

export interface KeepRecordOptions extends Omit<RetryOptions, "what" | "onFailure"> {
  readonly machine: MachineRecord;
  readonly machines: Pick<MachineRegistry, "register" | "untilLost">;
  /** Called after the record was written again: the machine's other keys may have been changed, too. */
  readonly onRestored?: () => void;
}

/** Minimum pause between two writes of the record, in milliseconds: repeated deletions must not cause more load. */
const PAUSE_MS = 1_000;

/**
 * Writes the machine's record again whenever another client has deleted or overwritten it in the store. Resolves when
 * another daemon's record is in its place.
 *
 * @throws the signal's reason; the errors of `retry`.
 */
export async function keepRecord(options: KeepRecordOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { machine, machines, clock, random, log } = options;
  for (;;) {
    await retry({ clock, random, log, what: "following the machine's record" }, signal, (either) =>
      machines.untilLost(machine.id, lease.id, either),
    );
    const { registered } = await retry(
      { clock, random, log, what: "registering the machine again" },
      signal,
      (either) => machines.register(machine, lease, either),
    );
    if (!registered) return;
    log.error("the machine's record in the store was deleted or overwritten by another client; writing it again", {
      machine: machine.id,
    });
    options.onRestored?.();
    await clock.sleep(PAUSE_MS, signal);
  }
}
