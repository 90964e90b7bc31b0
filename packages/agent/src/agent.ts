import { logFailure } from "@flotilla/runtime";
import type { Lease, OwnAssignments } from "@flotilla/registry";
import { UnitManagerUnavailableError } from "@flotilla/systemd";
import { GuardKeeper, type GuardKeeperOptions } from "./guard/guard-keeper.ts";
import type { LaunchRecords } from "./launch/launch-record.ts";
import { Membership, type MembershipOptions, type MembershipStatus } from "./membership/membership.ts";
import { persist } from "./persist.ts";
import { type PulseOptions, untilAnswered, untilSilent } from "./membership/pulse.ts";
import { Provenance } from "./launch/provenance.ts";
import { Reconciler } from "./reconciler.ts";
import type { ReconcilerOptions } from "./reconciler-options.ts";
import { isUp } from "./unit/situation.ts";
import { StatePublisher, type StatePublisherOptions } from "./state-publisher.ts";

export interface AgentOptions
  extends
    Omit<MembershipOptions, "untilFit" | "onRestored">,
    Omit<StatePublisherOptions, "isBusy">,
    Omit<ReconcilerOptions, "machineID" | "onState" | "onSettled" | "launches"> {
  readonly launches: LaunchRecords;
  readonly assignments: Pick<
    OwnAssignments,
    "all" | "synced" | "unreadable" | "fresh" | "onChange" | "run" | "origin" | "revision"
  >;
  /** How long a lease has left, for the guard. */
  readonly leaseTime?: GuardKeeperOptions["leaseTime"];
  /** Resolves when systemd answers; a machine whose systemd does not is as good as lost. Without, it always does. */
  readonly ping?: PulseOptions["ping"];
}

/** What a signal missed is caught within so long, milliseconds. */
const PASS_INTERVAL_MS = 10_000;

const SILENT = "systemd on this machine does not answer.";

/** For metrics. */
export interface AgentCounts {
  readonly assigned: number;
  /** Units of the cluster on this machine, whether assigned or not. */
  readonly present: number;
  /** Units that are being worked on. */
  readonly working: number;
  /** Units that the agent cannot make as they should be. */
  readonly failing: number;
  /** Units whose states the store has yet to be told. */
  readonly unpublished: number;
}

/**
 * Makes this machine match its assignments, and reports what runs.
 *
 * It acts only while it holds the machine's place and has read its assignments since it got it;
 * without, whatever runs goes on running.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #membership: Membership;
  readonly #publisher: StatePublisher;
  readonly #provenance: Provenance;
  readonly #reconciler: Reconciler;
  readonly #over = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    this.#options = options;
    const pulse = pulseOf(options);
    const untilFit = pulse && ((signal: AbortSignal) => untilAnswered(pulse, signal));
    this.#membership = new Membership({
      ...options,
      ...(untilFit && { untilFit }),
      onRestored: () => this.#publisher.readAgain(),
    });
    this.#publisher = new StatePublisher({ ...options, isBusy: () => this.#reconciler.isBusy });
    this.#provenance = new Provenance(options);
    this.#reconciler = new Reconciler({
      ...options,
      launches: this.#provenance,
      machineID: options.machine.id,
      onState: (unit, state) => this.#publisher.set(unit, state),
      onSettled: () => this.#publisher.settled(),
    });
  }

  /** Whether the machine has its place in the cluster; if not, why, for the API to tell. */
  get status(): MembershipStatus {
    return this.#membership.status;
  }

  get counts(): AgentCounts {
    return {
      assigned: this.#options.assignments.all.size,
      present: this.#options.manager.list().size,
      working: this.#reconciler.working,
      failing: this.#reconciler.failing,
      unpublished: this.#publisher.backlog,
    };
  }

  /**
   * Runs until `signal` aborts, and leaves units, states and the machine's lease as they are then: a
   * next process goes on with them. To be called once.
   */
  run(signal: AbortSignal): Promise<void> {
    this.#running = this.#runUntil(AbortSignal.any([signal, this.#over.signal]));
    return this.#running;
  }

  /**
   * Takes the machine out of the cluster: its record at once, its units as fast as they stop, then its
   * lease with all that was published under it. Ends `run`.
   * @param limitMs how long the units may take to stop, milliseconds; what runs then is left to the host.
   */
  async leave(limitMs: number): Promise<void> {
    const { log } = this.#options;
    log.info("leaving the cluster", { units: this.#options.manager.list().size });
    const withdrawn = this.#membership.withdraw().catch((error: unknown) => {
      logFailure(log, "the machine's record could not be removed; it goes when the lease runs out", error);
    });
    this.#reconciler.aim("clearing");
    await this.#untilCleared(limitMs);
    await withdrawn;
    this.#over.abort();
    // If it has failed, whoever called `run` knows.
    await this.#running.catch(() => {});
    await this.#endLease().catch((error: unknown) => {
      logFailure(log, "the machine's lease could not be ended; it runs out by itself", error);
    });
  }

  /** What has not stopped in time must not outlive the lease: only when the guard knows that can it end. */
  async #endLease(): Promise<void> {
    this.#options.guard?.holdOff(0);
    await this.#membership.end();
  }

  async #runUntil(signal: AbortSignal): Promise<void> {
    const { assignments, manager } = this.#options;
    const unsubscribe = [
      assignments.onChange((units, replaced) => {
        if (replaced) this.#provenance.disown();
        else this.#provenance.adopt(units);
        this.#reconciler.assignmentsChanged(units);
      }),
      manager.onChange((units) => this.#reconciler.unitsChanged(units)),
    ];
    try {
      await Promise.all([
        assignments.run(signal),
        this.#membership.run((lease, joined) => this.#serve(lease, joined), signal),
        this.#passes(signal),
      ]);
    } finally {
      this.#over.abort();
      for (const end of unsubscribe) end();
      this.#reconciler.stop();
    }
  }

  async #serve(lease: Lease, signal: AbortSignal): Promise<void> {
    await Promise.all([this.#work(lease, signal), this.#followPulse(signal)]);
  }

  /** Assignments that were read before the place was ours may be of the time before it was lost. */
  async #work(lease: Lease, signal: AbortSignal): Promise<void> {
    const { assignments, manager } = this.#options;
    await persist({ ...this.#options, what: "reaching systemd" }, signal, async () => {
      if (!manager.connected) throw new UnitManagerUnavailableError("systemd cannot be reached over D-Bus.");
    });
    // mutation: assignments read after joining
    await persist({ ...this.#options, what: "reading the assignments" }, signal, (either) => assignments.fresh(either));
    this.#provenance.survey();
    this.#reconciler.aim("acting");
    try {
      await Promise.all([this.#publisher.run(lease.id, signal), this.#keeper()?.run(lease, signal)]);
    } finally {
      this.#reconciler.aim("holding");
    }
  }

  /**
   * Units are to move off a machine whose systemd hangs, for nobody starts them again there or sees them fail. But
   * nobody can stop them there either: exclusive ones keep the machine in its place.
   */
  async #followPulse(signal: AbortSignal): Promise<void> {
    const { guard, log } = this.#options;
    const pulse = pulseOf(this.#options);
    for (let stays = false; pulse && !signal.aborted; stays = true) {
      await untilSilent(pulse, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (signal.aborted) return;
      // mutation: place kept for exclusive units
      if (!guard || guard.units.size === 0) return this.#membership.vacate(SILENT);
      if (!stays) log.error("the machine keeps its place for its exclusive units", { error: SILENT });
    }
  }

  #keeper(): GuardKeeper | undefined {
    const { guard, leaseTime, assignments, manager } = this.#options;
    if (!guard || !leaseTime) return undefined;
    return new GuardKeeper({
      ...this.#options,
      guard,
      leaseTime,
      isNeeded: () => guard.units.size > 0 || [...assignments.all.values()].some(({ exclusive }) => exclusive),
      isUp: (unit) => isUp(manager.list().get(unit)),
      // It is started again as if it had never been.
      onStopped: (unit) => this.#provenance.delete(unit),
      onHeldOff: () => this.#reconciler.examineGuarded(),
    });
  }

  async #passes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(PASS_INTERVAL_MS, signal).catch(() => {});
      if (!signal.aborted) this.#reconciler.pass();
    }
  }

  async #untilCleared(limitMs: number): Promise<void> {
    const limit = new AbortController();
    const done = new AbortController();
    const timer = this.#options.clock.sleep(limitMs, done.signal).then(
      () => limit.abort(),
      () => {},
    );
    await this.#reconciler.untilIdle(limit.signal);
    done.abort();
    await timer;
    const left = this.#reconciler.working;
    if (left > 0) {
      this.#options.log.warn("some units have not stopped in time and are left to the host", { units: left });
    }
  }
}

function pulseOf({ ping, ttlMs, clock }: AgentOptions): PulseOptions | undefined {
  return ping && { ping, ttlMs, clock };
}
