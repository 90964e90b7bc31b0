import type { LeaderSeat, Leadership, Lease } from "@flotilla/registry";
import {
  Backoff,
  type Clock,
  isProgrammingError,
  logFailure,
  type Logger,
  messageOf,
  RecoveryLimit,
} from "@flotilla/runtime";
import type { EngineObserver } from "./options.ts";

export interface CampaignOptions extends Pick<EngineObserver, "onLead"> {
  readonly seat: LeaderSeat;
  readonly machineID: string;
  readonly grantLease: (ttlMs: number, signal: AbortSignal) => Promise<Lease>;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** What a leader does. Its signal aborts when the term is over; when it returns, the seat is given back. */
  readonly lead: (leadership: Leadership, signal: AbortSignal) => Promise<void>;
}

/** Upper bound of the pause before the seat is tried for: an empty seat calls on every machine at one moment. */
const TAKE_PAUSE_MS = 200;

/** Longer than any other machine waits before it takes an empty seat, milliseconds: it may run another version. */
const FAULT_PAUSE_MS = 5_000;

/**
 * Most pauses are nearly as long as they may be. The fewer are short, the fewer of thousands try before they learn that
 * the first one has the seat: of ten thousand the first tries after 63 ms, and eight more within the 20 ms that follow. With
 * equal chances it would be a thousand.
 */
const LATENESS = 8;

/**
 * Stands for leader whenever the seat is empty, and leads while the lease lasts. On abort a leader
 * resigns at once, so that the next one need not wait for the lease to end. Resolves when aborted.
 * @throws an error in the program that terms keep ending with (see RecoveryLimit). Each term begins with nothing kept
 *   from the one before, and after such an end another machine gets the chance to lead first.
 */
export async function campaign(options: CampaignOptions, signal: AbortSignal): Promise<void> {
  const { seat, clock, random, log } = options;
  const backoff = new Backoff({ first: 200, most: 2_000, random });
  const recoveries = new RecoveryLimit({ clock, log });
  while (!signal.aborted) {
    try {
      await seat.untilEmpty((filled) => clock.sleep(TAKE_PAUSE_MS * random() ** (1 / LATENESS), filled), signal);
      await stand(options, signal);
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (isProgrammingError(error)) {
        recoveries.note("the engine ended with an error in the program; it stands for leader again", error);
        await clock.sleep(FAULT_PAUSE_MS, signal).catch(() => {});
        continue;
      }
      if (backoff.failures === 0)
        log.warn("standing for leader failed; it is tried again", { error: messageOf(error) });
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}

async function stand(options: CampaignOptions, signal: AbortSignal): Promise<void> {
  const lease = await options.grantLease(options.ttlMs, signal);
  try {
    if (await options.seat.clearUnheld(signal))
      options.log.error("the leader's key stood in the store without a lease, so no engine led; it was deleted");
    const leadership = await options.seat.take(options.machineID, lease, signal);
    // mutation: leader's lease
    if (leadership) await serve(options, leadership, AbortSignal.any([signal, lease.lost]));
  } finally {
    await resign(lease, options.log);
  }
}

async function serve(
  { lead, log, onLead }: CampaignOptions,
  leadership: Leadership,
  signal: AbortSignal,
): Promise<void> {
  log.info("this engine leads", { term: leadership.term });
  onLead?.(true);
  try {
    await lead(leadership, signal);
  } finally {
    onLead?.(false);
    log.info("this engine leads no more", {
      term: leadership.term,
      cause: signal.aborted ? messageOf(signal.reason) : undefined,
    });
  }
}

/** The leader's key goes with the lease; if the store is away it goes when the lease runs out. */
async function resign(lease: Lease, log: Logger): Promise<void> {
  if (lease.lost.aborted) return;
  await lease
    .revoke()
    .catch((error: unknown) =>
      logFailure(log, "the leader's seat could not be given back and stays taken until its lease ends", error),
    );
}
