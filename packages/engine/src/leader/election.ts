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
import type { EngineObserver } from "../options.ts";

export interface CampaignOptions {
  readonly seat: LeaderSeat;
  readonly machineID: string;
  readonly grantLease: (ttlMs: number, signal: AbortSignal) => Promise<Lease>;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly observer: Pick<EngineObserver, "onLead">;
  /** The leader's work. Its signal aborts when the term is over. When it returns, the engine gives the seat back. */
  readonly lead: (leadership: Leadership, signal: AbortSignal) => Promise<void>;
}

/** The longest pause before an engine tries to take the seat, because every engine sees at the same moment that it is empty. */
const TAKE_PAUSE_MS = 200;

/**
 * The pause after a programming error, milliseconds. It is longer than any other engine waits before it takes an empty
 * seat. The other engine may run a version without the bug.
 */
const FAULT_PAUSE_MS = 5_000;

/**
 * Makes most pauses nearly as long as the longest. The fewer pauses are short, the fewer engines try before they learn
 * that another has taken the seat. Of ten thousand engines, the first tries after 63 ms and eight more within the next
 * 20 ms. With evenly spread pauses, a thousand would try.
 */
const LATENESS = 8;

/**
 * Stands for leader whenever the seat is empty, and leads while the lease lasts. On abort, a leader resigns at once, so
 * that its successor need not wait for the end of the lease. Resolves when aborted.
 * @throws a programming error, if several terms in a row end with one (see RecoveryLimit). Each term starts without
 * state from the previous one. After such an error, this engine waits, so that another machine can become the leader.
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
        recoveries.note("the engine ended with an internal error (please report it); standing for leader again", error);
        await clock.sleep(FAULT_PAUSE_MS, signal).catch(() => {});
        continue;
      }
      if (backoff.failures === 0) log.warn("standing for leader failed; retrying", { error: messageOf(error) });
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}

async function stand(options: CampaignOptions, signal: AbortSignal): Promise<void> {
  const lease = await options.grantLease(options.ttlMs, signal);
  try {
    if (await options.seat.clearUnheld(signal))
      options.log.error("the leader's key had no lease, so no engine could lead; deleted the key");
    const leadership = await options.seat.take(options.machineID, lease, signal);
    // mutation: leader's lease
    if (leadership) await serve(options, leadership, AbortSignal.any([signal, lease.lost]));
  } finally {
    await resign(lease, options.log);
  }
}

async function serve(
  { lead, log, observer }: CampaignOptions,
  leadership: Leadership,
  signal: AbortSignal,
): Promise<void> {
  log.info("this engine leads", { term: leadership.term });
  observer.onLead?.(true);
  try {
    await lead(leadership, signal);
  } finally {
    observer.onLead?.(false);
    log.info("this engine no longer leads", {
      term: leadership.term,
      cause: signal.aborted ? messageOf(signal.reason) : undefined,
    });
  }
}

/** Revokes the lease, which deletes the leader's key. While the store is out of reach, the key stays until the lease ends. */
async function resign(lease: Lease, log: Logger): Promise<void> {
  if (lease.lost.aborted) return;
  await lease
    .revoke()
    .catch((error: unknown) =>
      logFailure(log, "the leader's seat could not be given back; it stays taken until its lease ends", error),
    );
}
