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
  /** Returns a new identity if the current one is due, or not the wanted one any more; else undefined. */
  readonly renew: (
    current: MachineIdentity,
    signal: AbortSignal,
    isSaved: boolean,
  ) => Promise<MachineIdentity | undefined>;
  readonly saved: Pick<SavedIdentity, "save">;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

/** Told the new identity and the one before. */
export type IdentityListener = (identity: MachineIdentity, former: MachineIdentity) => void;

/**
 * The identity of this machine, which renews itself. Connections keep the certificate that they began with; new ones
 * use the new certificate. The earlier certificate stays valid until its end.
 */
export class IdentityKeeper {
  readonly #options: IdentityKeeperOptions;
  readonly #listeners = new Set<IdentityListener>();
  #current: MachineIdentity;
  #isSaved = true;
  #isNudged = false;
  #pause: AbortController | undefined;

  constructor(options: IdentityKeeperOptions) {
    this.#options = options;
    this.#current = options.identity;
  }

  get current(): MachineIdentity {
    return this.#current;
  }

  /** Calls `listener` after each renewal. */
  onRenewed(listener: IdentityListener): void {
    this.#listeners.add(listener);
  }

  /** Checks the identity at once: the cluster may have another authority. */
  nudge(): void {
    this.#isNudged = true;
    this.#pause?.abort();
  }

  /**
   * Checks every hour whether the identity is due, and more often if its certificate is short; retries a failed renewal
   * sooner. Checks a new identity once more at once, which shows to a server that this machine has it. Resolves when
   * `signal` aborts.
   * @throws a recurring internal error (see RecoveryLimit).
   */
  async run(signal: AbortSignal): Promise<void> {
    const { renew, clock, random, log } = this.#options;
    const backoff = new Backoff({ first: 10_000, most: RENEWAL_CHECK_MS, random });
    const recoveries = new RecoveryLimit({ clock, log });
    let isFresh = false;
    while (!signal.aborted) {
      let retryMs = RENEWAL_CHECK_MS;
      this.#isNudged = false;
      try {
        if (!this.#isSaved) this.#save();
        const renewed = await renew(this.#current, signal, this.#isSaved);
        if (renewed) this.#take(renewed);
        backoff.reset();
        if (renewed && !isFresh) {
          isFresh = true;
          continue;
        }
      } catch (error) {
        if (signal.aborted) return;
        const message = "cannot renew this machine's certificate; retrying";
        if (isProgrammingError(error)) recoveries.note(message, error);
        else if (backoff.failures === 0) log.warn(message, { error: messageOf(error) });
        retryMs = backoff.next();
      }
      isFresh = false;
      await this.#sleep(Math.min(retryMs, checkPauseMs(this.#current.cert)), signal);
    }
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isNudged) return;
    const pause = new AbortController();
    this.#pause = pause;
    await this.#options.clock.sleep(ms, AbortSignal.any([signal, pause.signal])).catch(() => {});
    this.#pause = undefined;
  }

  #take(identity: MachineIdentity): void {
    const { log } = this.#options;
    const former = this.#current;
    this.#current = identity;
    this.#save();
    if (identity.cert !== former.cert) log.info("renewed this machine's certificate");
    if (identity.ca !== former.ca) log.info("took the authorities that the cluster trusts now");
    for (const listener of this.#listeners) listener(identity, former);
  }

  #save(): void {
    const { saved, log } = this.#options;
    try {
      saved.save(this.#current);
      this.#isSaved = true;
    } catch (error) {
      if (this.#isSaved)
        logFailure(log, "cannot save the machine's certificate; the next start renews it again", error);
      this.#isSaved = false;
    }
  }
}
