import type { LeaderSeat, Leadership, Lease } from "@flotilla/registry";
import { Backoff, type Clock, type Logger, messageOf } from "@flotilla/runtime";
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

/**
 * Most pauses are nearly as long as they may be. The fewer are short, the fewer of thousands try before they learn that
 * the first one has the seat: of ten thousand the first tries after 63 ms, and eight more within the 20 ms that follow. With
 * equal chances it would be a thousand.
 */
const LATENESS = 8;

/**
 * Stands for leader whenever the seat is empty, and leads while the lease lasts. On abort a leader
 * resigns at once, so that the next one need not wait for the lease to end. Resolves when aborted.
 */
export async function campaign(options: CampaignOptions, signal: AbortSignal): Promise<void> {
  const { seat, clock, random, log } = options;
  const backoff = new Backoff({ first: 200, most: 2_000, random });
  while (!signal.aborted) {
    try {
      await seat.untilEmpty((filled) => clock.sleep(TAKE_PAUSE_MS * random() ** (1 / LATENESS), filled), signal);
      await stand(options, signal);
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (backoff.failures === 0)
        log.warn("the leader's seat cannot be stood for and will be tried again", { error: messageOf(error) });
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}

async function stand(options: CampaignOptions, signal: AbortSignal): Promise<void> {
  const lease = await options.grantLease(options.ttlMs, signal);
  try {
    const leadership = await options.seat.take(options.machineID, lease, signal);
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
  await lease.revoke().catch((error: unknown) =>
    log.warn("the leader's seat could not be given back and stays taken until its lease ends", {
      error: messageOf(error),
    }),
  );
}
