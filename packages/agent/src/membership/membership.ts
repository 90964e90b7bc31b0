import type { MachineRecord } from "@flotilla/model";
import { type Clock, logFailure, type Logger, messageOf } from "@flotilla/runtime";
import type { Lease, MachineRegistry } from "@flotilla/registry";
import { keepRecord } from "./keep-record.ts";
import { type LeaseSource, obtainLease } from "./machine-lease.ts";
import { retry } from "../retry.ts";
import type { SavedLease } from "./saved-lease.ts";

export interface MembershipOptions {
  readonly machine: MachineRecord;
  /** How long the machine's record outlives its last heartbeat, in milliseconds (fleet's agent_ttl). */
  readonly ttlMs: number;
  readonly leases: LeaseSource;
  readonly savedLease: SavedLease;
  readonly machines: Pick<MachineRegistry, "register" | "untilGone" | "untilLost" | "remove" | "moveLease">;
  /** Resolves when the machine is ready for units: it does not join before. */
  readonly untilReady?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Called for each change of `status`. */
  readonly onStatus?: ((status: MembershipStatus) => void) | undefined;
  /** See `KeepRecordOptions`. */
  readonly onRestored?: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Whether the machine is in the cluster; if not, a sentence with the reason. */
export type MembershipStatus =
  | { readonly joined: true }
  /** `notReady`: the reason is a fault of the machine itself. */
  | { readonly joined: false; readonly reason: string; readonly notReady?: true };

/** fleet's exact words, which alerts look for. */
const MONITOR_LINE = "Server monitor triggered: Monitor timed out before successful heartbeat";

/** Heading of the reason while the store or another daemon keeps the machine out of the cluster. */
const NOT_YET = "cannot join the cluster yet";
const LOST = "lost the machine's membership in the cluster";

class NotReadyError extends Error {}

/** The machine's membership in the cluster: its record, under a lease that its heartbeat renews. */
export class Membership {
  readonly #options: MembershipOptions;
  /** Aborts when the machine leaves: it does not join again. */
  readonly #leaving = new AbortController();
  /** Aborts when the machine was removed: nothing more is written. */
  readonly #dismissed = new AbortController();
  #lease: Lease | undefined;
  #suspended = new AbortController();
  /** The heading of the reason: once the lease is lost, LOST stays until the machine has joined again. */
  #trouble = NOT_YET;
  #status: MembershipStatus = { joined: false, reason: "joining the cluster" };

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  get status(): MembershipStatus {
    return this.#status;
  }

  /**
   * Keeps the machine registered until `signal` aborts. Resolves then without revoking the lease, so that the next
   * process can resume it.
   *
   * @param whileJoined runs while the machine stays registered; its signal aborts with the lease.
   */
  async run(whileJoined: (lease: Lease, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { machine, ttlMs, leases, savedLease, machines, log } = this.#options;
    const joining = AbortSignal.any([signal, this.#leaving.signal]);
    try {
      while (!joining.aborted) {
        await this.#options.untilReady?.(joining);
        this.#lease = await this.#retry("obtaining the machine's lease", joining, (either) =>
          obtainLease({ machineID: machine.id, ttlMs, leases, savedLease, machines, log }, either),
        );
        await this.#hold(this.#lease, whileJoined, signal);
      }
    } catch (error) {
      if (!joining.aborted) throw error;
    }
  }

  /** Leaves the cluster because of a fault of this machine, and joins again once the machine is ready. */
  suspend(reason: string): void {
    this.#suspended.abort(new NotReadyError(reason));
  }

  /**
   * Ends the membership of a machine that was removed from the cluster, without the store, which refuses the machine: its
   * record is gone, and its lease expires.
   * @param reason a sentence for the status.
   */
  dismiss(reason: string): void {
    this.#become({ joined: false, reason });
    this.#leaving.abort();
    this.#dismissed.abort();
    // The lease is of no use any more: a later membership must not continue with keys of this one.
    this.#lease = undefined;
    this.#options.savedLease.clear();
  }

  /** Removes the record at once, so that the machine's units are placed elsewhere; keeps the lease. */
  async withdraw(signal?: AbortSignal): Promise<void> {
    this.#become({ joined: false, reason: "leaving the cluster" });
    this.#leaving.abort();
    if (this.#lease) await this.#options.machines.remove(this.#options.machine.id, this.#lease, signal);
  }

  /** Revokes the lease with everything published under it. Must be called after `run` has ended. */
  async end(signal?: AbortSignal): Promise<void> {
    await this.#lease?.revoke(signal);
    // If the store is unreachable, the next process resumes the lease rather than waiting for its end.
    this.#options.savedLease.clear();
  }

  async #hold(
    lease: Lease,
    whileJoined: (lease: Lease, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#suspended = new AbortController();
    const ceded = new AbortController();
    // mutation: machine's lease
    const over = AbortSignal.any([signal, lease.lost, this.#suspended.signal, ceded.signal, this.#dismissed.signal]);
    const joining = AbortSignal.any([over, this.#leaving.signal]);
    try {
      await this.#retry("registering the machine", joining, (either) => this.#takePlace(lease, either));
      this.#trouble = NOT_YET;
      this.#become({ joined: true });
      this.#options.log.info("the machine is in the cluster", { machine: this.#options.machine.id });
      await Promise.all([whileJoined(lease, over), this.#keepRecord(lease, joining, ceded)]);
    } catch (error) {
      if (!joining.aborted) throw error;
    }
    if (lease.lost.aborted) this.#loseLease(lease);
    else if (signal.aborted) lease.release();
    else if (this.#suspended.signal.aborted) await this.#giveUp(lease, signal);
    else if (ceded.signal.aborted) await this.#endLease(lease, signal);
    else lease.release();
  }

  /** @param ceded aborted when another daemon has replaced this machine's record. */
  async #keepRecord(lease: Lease, signal: AbortSignal, ceded: AbortController): Promise<void> {
    try {
      await keepRecord(this.#options, lease, signal);
      ceded.abort();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #giveUp(lease: Lease, signal: AbortSignal): Promise<void> {
    const reason = messageOf(this.#suspended.signal.reason);
    this.#options.log.error("leaving the cluster until the machine is ready again", { error: reason });
    this.#become({ joined: false, reason: `${LOST}: ${reason}`, notReady: true });
    await this.#endLease(lease, signal);
  }

  /** Revoked together with the record: otherwise the units would wait for the lease to expire. */
  async #endLease(lease: Lease, signal: AbortSignal): Promise<void> {
    await lease.revoke(signal).catch((error: unknown) => {
      if (!signal.aborted)
        logFailure(this.#options.log, "cannot revoke the machine's lease; it expires by itself", error);
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

  /** Registers as soon as no other daemon with this machine ID is registered. */
  async #takePlace(lease: Lease, signal: AbortSignal): Promise<void> {
    const { machines, machine, log } = this.#options;
    for (;;) {
      const registration = await machines.register(machine, lease, signal);
      if (registration.registered) return;
      const reason =
        `another daemon with machine ID ${machine.id} is registered; two machines with one /etc/machine-id ` +
        "cannot both be in the cluster: give this machine another ID, or stop the other daemon";
      if (this.#status.joined || this.#status.reason !== reason) log.error(reason);
      this.#become({ joined: false, reason });
      await machines.untilGone(machine.id, registration.heldAt, signal);
    }
  }

  #become(status: MembershipStatus): void {
    if (this.#dismissed.signal.aborted) return;
    this.#status = status;
    this.#options.onStatus?.(status);
  }

  #retry<T>(what: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, random, log } = this.#options;
    const onFailure = (message: string): void => {
      if (!this.#status.joined) this.#become({ joined: false, reason: `${this.#trouble}: ${message}` });
    };
    return retry({ clock, random, log, what, onFailure }, signal, work);
  }
}
