import type { MachineRecord } from "@flotilla/model";
import { type Clock, logFailure, type Logger, messageOf } from "@flotilla/runtime";
import type { Lease, MachineRegistry } from "@flotilla/registry";
import { keepRecord } from "./keep-record.ts";
import { type LeaseSource, obtainLease } from "./machine-lease.ts";
import { persist } from "../persist.ts";
import type { SavedLease } from "./saved-lease.ts";

export interface MembershipOptions {
  readonly machine: MachineRecord;
  /** How long the machine's record outlives its last heartbeat, milliseconds (fleet's agent_ttl). */
  readonly ttlMs: number;
  readonly leases: LeaseSource;
  readonly savedLease: SavedLease;
  readonly machines: Pick<MachineRegistry, "register" | "untilGone" | "untilLost" | "remove" | "moveLease">;
  /** Resolves when the machine can do its work: it does not join before. */
  readonly untilFit?: (signal: AbortSignal) => Promise<void>;
  /** Told of each change of `status`. */
  readonly onStatus?: (status: MembershipStatus) => void;
  /** See `KeepRecordOptions`. */
  readonly onRestored?: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Whether the machine has its place in the cluster; if not, a sentence that says why. */
export type MembershipStatus =
  | { readonly joined: true }
  /** `unfit`: for what is amiss on the machine itself. */
  | { readonly joined: false; readonly reason: string; readonly unfit?: true };

/** fleet's own words, which people's alerts look for. */
const MONITOR_LINE = "Server monitor triggered: Monitor timed out before successful heartbeat";

/** How the reason begins while the store or another daemon keeps the machine from its place. */
const NOT_YET = "The daemon cannot join the cluster yet";
const LOST = "The machine has lost its place in the cluster";

class UnfitError extends Error {}

/** The machine's place in the cluster: its record, under a lease that its heartbeat renews. */
export class Membership {
  readonly #options: MembershipOptions;
  /** Aborts when the machine is to leave: from then on it does not join again. */
  readonly #leaving = new AbortController();
  #lease: Lease | undefined;
  #vacated = new AbortController();
  /** That it is a loss is said until the place is held again, whatever stands in the way meanwhile. */
  #trouble = NOT_YET;
  #status: MembershipStatus = { joined: false, reason: "The daemon is joining the cluster." };

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  get status(): MembershipStatus {
    return this.#status;
  }

  /**
   * Holds the machine's place until `signal` aborts; resolves then, with the lease left to run out so
   * that a next process can go on with it.
   * @param whileJoined runs for as long as the place is held without a break; its signal aborts with the lease.
   */
  async run(whileJoined: (lease: Lease, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const joining = AbortSignal.any([signal, this.#leaving.signal]);
    try {
      while (!joining.aborted) {
        await this.#options.untilFit?.(joining);
        this.#lease = await this.#persist("obtaining the machine's lease", joining, (either) =>
          obtainLease({ ...this.#options, machineID: this.#options.machine.id }, either),
        );
        await this.#hold(this.#lease, whileJoined, signal);
      }
    } catch (error) {
      if (!joining.aborted) throw error;
    }
  }

  /** Gives the place up for a reason that lies on this machine, and takes it again once the machine is fit. */
  vacate(reason: string): void {
    this.#vacated.abort(new UnfitError(reason));
  }

  /** Takes the record away at once, so that the machine's units are placed elsewhere; keeps the lease. */
  async withdraw(signal?: AbortSignal): Promise<void> {
    this.#become({ joined: false, reason: "The machine is leaving the cluster." });
    this.#leaving.abort();
    if (this.#lease) await this.#options.machines.remove(this.#options.machine.id, this.#lease, signal);
  }

  /** Ends the lease, and all that was published under it. For after `run` has ended. */
  async end(signal?: AbortSignal): Promise<void> {
    await this.#lease?.revoke(signal);
    // If the store could not be told, a next process goes on with the lease rather than wait for its end.
    this.#options.savedLease.clear();
  }

  async #hold(
    lease: Lease,
    whileJoined: (lease: Lease, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#vacated = new AbortController();
    const ceded = new AbortController();
    // mutation: machine's lease
    const over = AbortSignal.any([signal, lease.lost, this.#vacated.signal, ceded.signal]);
    const joining = AbortSignal.any([over, this.#leaving.signal]);
    try {
      await this.#persist("registering the machine", joining, (either) => this.#takePlace(lease, either));
      this.#trouble = NOT_YET;
      this.#become({ joined: true });
      this.#options.log.info("the machine is in the cluster", { machine: this.#options.machine.id });
      await Promise.all([whileJoined(lease, over), this.#keepRecord(lease, joining, ceded)]);
    } catch (error) {
      if (!joining.aborted) throw error;
    }
    if (lease.lost.aborted) this.#loseLease(lease);
    else if (signal.aborted) lease.release();
    else if (this.#vacated.signal.aborted) await this.#giveUp(lease, signal);
    else if (ceded.signal.aborted) await this.#endLease(lease, signal);
    else lease.release();
  }

  /** @param ceded aborted when another daemon has taken the machine's place. */
  async #keepRecord(lease: Lease, signal: AbortSignal, ceded: AbortController): Promise<void> {
    try {
      await keepRecord(this.#options, lease, signal);
      ceded.abort();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #giveUp(lease: Lease, signal: AbortSignal): Promise<void> {
    const reason = messageOf(this.#vacated.signal.reason);
    this.#options.log.error("the machine gives up its place in the cluster", { error: reason });
    this.#become({ joined: false, reason: `${LOST}: ${reason}`, unfit: true });
    await this.#endLease(lease, signal);
  }

  /** The lease goes with the record, or the units would wait for its end. */
  async #endLease(lease: Lease, signal: AbortSignal): Promise<void> {
    await lease.revoke(signal).catch((error: unknown) => {
      logFailure(this.#options.log, "the machine's lease could not be ended; it runs out by itself", error);
    });
  }

  #loseLease(lease: Lease): void {
    if (this.#leaving.signal.aborted) return;
    const error = messageOf(lease.lost.reason);
    if (this.#status.joined) {
      this.#options.log.error(MONITOR_LINE, { error });
      this.#trouble = LOST;
    }
    this.#become({ joined: false, reason: `${this.#trouble}: ${error}` });
  }

  /** Registers as soon as no other daemon holds the place. */
  async #takePlace(lease: Lease, signal: AbortSignal): Promise<void> {
    const { machines, machine, log } = this.#options;
    for (;;) {
      const registration = await machines.register(machine, lease, signal);
      if (registration.registered) return;
      const reason =
        `Another daemon with machine ID ${machine.id} is registered. Two machines with one /etc/machine-id ` +
        "cannot both be in the cluster: give this one another ID, or stop the other daemon.";
      if (this.#status.joined || this.#status.reason !== reason) log.error(reason);
      this.#become({ joined: false, reason });
      await machines.untilGone(machine.id, registration.heldAt, signal);
    }
  }

  #become(status: MembershipStatus): void {
    this.#status = status;
    this.#options.onStatus?.(status);
  }

  #persist<T>(what: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const onFailure = (message: string): void => {
      if (!this.#status.joined) this.#become({ joined: false, reason: `${this.#trouble}: ${message}` });
    };
    return persist({ ...this.#options, what, onFailure }, signal, work);
  }
}
