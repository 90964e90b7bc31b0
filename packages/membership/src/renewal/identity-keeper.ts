import {
  Backoff,
  type Clock,
  isProgrammingError,
  logFailure,
  type Logger,
  messageOf,
  RecoveryLimit,
} from "@flotilla/runtime";
import { checkPauseMs, RENEWAL_CHECK_MS } from "../certificates/certificate-life.ts";
import type { MachineIdentity } from "../certificates/identity.ts";
import type { SavedIdentity } from "../certificates/saved-identity.ts";

export interface IdentityKeeperOptions {
  readonly identity: MachineIdentity;
  /** Returns a new identity if the current one is due, else undefined. */
  readonly renew: (current: MachineIdentity, signal: AbortSignal) => Promise<MachineIdentity | undefined>;
  readonly saved: Pick<SavedIdentity, "save">;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * The identity of this machine, which renews itself. Connections keep the certificate that they began with; new ones
 * use the new certificate. The earlier certificate stays valid until its end.
 */
export class IdentityKeeper {
  readonly #options: IdentityKeeperOptions;
  readonly #listeners = new Set<(identity: MachineIdentity) => void>();
  #current: MachineIdentity;

  constructor(options: IdentityKeeperOptions) {
    this.#options = options;
    this.#current = options.identity;
  }

  get current(): MachineIdentity {
    return this.#current;
  }

  /** Calls `listener` after each renewal. */
  onRenewed(listener: (identity: MachineIdentity) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Checks every hour whether the identity is due, and more often if its certificate is short; retries a failed renewal
   * sooner. Resolves when `signal` aborts.
   * @throws a recurring internal error (see RecoveryLimit).
   */
  async run(signal: AbortSignal): Promise<void> {
    const { renew, clock, random, log } = this.#options;
    const backoff = new Backoff({ first: 10_000, most: RENEWAL_CHECK_MS, random });
    const recoveries = new RecoveryLimit({ clock, log });
    while (!signal.aborted) {
      let retryMs = RENEWAL_CHECK_MS;
      try {
        const renewed = await renew(this.#current, signal);
        if (renewed) this.#take(renewed);
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        const message = "cannot renew this machine's certificate; retrying";
        if (isProgrammingError(error)) recoveries.note(message, error);
        else if (backoff.failures === 0) log.warn(message, { error: messageOf(error) });
        retryMs = backoff.next();
      }
      await clock.sleep(Math.min(retryMs, checkPauseMs(this.#current.cert)), signal).catch(() => {});
    }
  }

  #take(identity: MachineIdentity): void {
    const { saved, log } = this.#options;
    try {
      saved.save(identity);
    } catch (error) {
      logFailure(log, "cannot save the machine's certificate; the next start renews it again", error);
    }
    this.#current = identity;
    log.info("renewed this machine's certificate");
    for (const listener of this.#listeners) listener(identity);
  }
}
