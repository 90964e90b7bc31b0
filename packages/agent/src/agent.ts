import type { Lease } from "@flotilla/registry";
import type { UnitState } from "@flotilla/model";
import { logFailure, Nudge } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "@flotilla/systemd";
import type { AgentOptions } from "./agent-options.ts";
import { GuardRenewer } from "./guard/guard-renewer.ts";
import { Membership, type MembershipStatus } from "./membership/membership.ts";
import { retry } from "./retry.ts";
import { type LivenessOptions, untilResponsive, untilHung } from "./membership/systemd-liveness.ts";
import { Provenance } from "./launch/provenance.ts";
import { Reconciler } from "./reconciler.ts";
import { SecretKeeper } from "./secrets/secret-keeper.ts";
import { MemorySecretCopies } from "./secrets/memory-secret-copies.ts";
import { SecretError } from "./secrets/secret-source.ts";
import { fileInPlace, isUp } from "./unit/situation.ts";
import { StatePublisher } from "./state-publisher.ts";

/** Interval of the passes that catch missed signals, in milliseconds. */
const PASS_INTERVAL_MS = 10_000;

const NO_ANSWER = "systemd on this machine does not answer";

/** Counts for metrics. */
export interface AgentCounts {
  readonly assigned: number;
  /** Units of the cluster on this machine, assigned or not. */
  readonly present: number;
  /** Units with tasks under way. */
  readonly working: number;
  /** Units for which a task keeps failing. */
  readonly failing: number;
  /** Units whose latest state is not in the store yet. */
  readonly unpublished: number;
}

/**
 * Makes this machine match its assignments, and publishes unit states.
 *
 * The agent acts only while the machine is registered and its assignments have been read since the registration.
 * Otherwise units keep running unchanged.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #membership: Membership;
  readonly #publisher: StatePublisher;
  readonly #provenance: Provenance;
  readonly #reconciler: Reconciler;
  readonly #secrets: SecretKeeper;
  readonly #over = new AbortController();
  /** Poked when assignments change, since the guard may become necessary. */
  readonly #guardMayBeNeeded = new Nudge();
  #running: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    this.#options = options;
    const { machine, ttlMs, leases, savedLease, machines, onStatus } = options;
    const { assignments, mirrors, states, texts, manager, launches, guard, clock, random, log } = options;
    const liveness = livenessOf(options);
    this.#membership = new Membership({
      machine,
      ttlMs,
      leases,
      savedLease,
      machines,
      untilReady: liveness && ((signal) => untilResponsive(liveness, signal)),
      onStatus,
      onRestored: () => this.#publisher.readAgain(),
      clock,
      random,
      log,
    });
    this.#publisher = new StatePublisher({
      states,
      isBusy: () => this.#reconciler.isBusy,
      onTakenOver: (published) => this.#reconciler.takeOver(published),
      clock,
      random,
      log,
    });
    this.#secrets = new SecretKeeper({ source: undefined, copies: new MemorySecretCopies(), ...options.secrets, log });
    this.#provenance = new Provenance({ launches, assignments, log });
    this.#reconciler = new Reconciler({
      machineID: machine.id,
      assignments,
      mirrors,
      texts,
      manager,
      launches: this.#provenance,
      secrets: this.#secrets,
      stamps: options.stamps,
      guard,
      clock,
      random,
      log,
      onState: (unit, state) => this.#publisher.set(unit, state),
      onIdle: () => this.#publisher.flushIfIdle(),
    });
  }

  /** Whether the machine is in the cluster; if not, the reason, for the API. */
  get status(): MembershipStatus {
    return this.#membership.status;
  }

  /** The latest states of this machine's units, published or not. */
  get states(): ReadonlyMap<string, UnitState> {
    return this.#publisher.wanted;
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
   * Returns a secret for a unit that systemd is about to start.
   * @throws SecretError if the unit is not assigned here, or its file does not name the secret; an OutageError if there
   *   is no copy and no server answers.
   */
  async credential(unit: string, name: string, signal: AbortSignal): Promise<Buffer> {
    const { assignments, manager } = this.#options;
    const { secrets } = fileInPlace(unit, manager.list().get(unit)?.text ?? "") ?? {};
    // Right after its start, and while no server answers, the agent does not know its assignments. A unit whose file is
    // here was assigned then, and a server checks each secret without a copy.
    const isAssigned = !assignments.synced || assignments.all.has(unit);
    if (!isAssigned || secrets?.names.includes(name) !== true)
      throw new SecretError(`no unit ${unit} of the cluster on this machine names secret ${name}`);
    return this.#secrets.read(unit, name, signal);
  }

  /**
   * Runs until `signal` aborts. Units, states and the lease stay for the next process. Must be called only once.
   */
  run(signal: AbortSignal): Promise<void> {
    this.#running = this.#runUntil(AbortSignal.any([signal, this.#over.signal]));
    return this.#running;
  }

  /**
   * Takes the machine out of the cluster: first its record, then its units as fast as they stop, then its lease with
   * everything published under it. Ends `run`.
   *
   * @param limitMs how long units may take to stop, in milliseconds; units that still run then are left to the host.
   */
  async leave(limitMs: number): Promise<void> {
    const { log } = this.#options;
    log.info("leaving the cluster", { units: this.#options.manager.list().size });
    const withdrawn = this.#membership.withdraw().catch((error: unknown) => {
      logFailure(log, "cannot remove the machine's record; it expires with the lease", error);
    });
    this.#reconciler.setMode("draining");
    await this.#untilDrained(limitMs);
    await withdrawn;
    this.#over.abort();
    // The caller of `run` handles its error.
    await this.#running.catch(() => {});
    await this.#endLease().catch((error: unknown) => {
      logFailure(log, "cannot revoke the machine's lease; it expires by itself", error);
    });
  }

  /**
   * Stops all units of a machine that was removed from the cluster. `run` goes on, so that units which do not stop at once
   * are not forgotten, but the machine does not join again.
   * @param reason a sentence for the status.
   */
  dismiss(reason: string): void {
    this.#options.log.warn("this machine was removed from the cluster; stopping its units", {
      units: this.#options.manager.list().size,
      reason,
    });
    this.#membership.dismiss(reason);
    this.#reconciler.setMode("draining");
  }

  /** The guard stops the units that have not stopped in time, since a unit must not outlive the lease. */
  async #endLease(): Promise<void> {
    this.#options.guard?.setDeadline(0);
    await this.#membership.end();
  }

  async #runUntil(signal: AbortSignal): Promise<void> {
    const { assignments, mirrors, manager } = this.#options;
    const unsubscribe = [
      mirrors?.onChange((units) => this.#reconciler.assignmentsChanged(units)),
      assignments.onChange((units, replaced) => {
        if (replaced) this.#provenance.orphanUnassigned();
        else this.#provenance.adopt(units);
        this.#guardMayBeNeeded.poke();
        this.#reconciler.assignmentsChanged(units);
      }),
      manager.onChange((units) => this.#reconciler.unitsChanged(units)),
    ];
    try {
      await Promise.all([
        assignments.run(signal),
        mirrors?.run(signal),
        this.#membership.run((lease, joined) => this.#serve(lease, joined), signal),
        this.#passes(signal),
      ]);
    } finally {
      this.#over.abort();
      for (const end of unsubscribe) end?.();
      this.#reconciler.stop();
    }
  }

  async #serve(lease: Lease, signal: AbortSignal): Promise<void> {
    await Promise.all([this.#work(lease, signal), this.#watchLiveness(signal)]);
  }

  /** Assignments read before the registration may be from before the machine lost its lease. */
  async #work(lease: Lease, signal: AbortSignal): Promise<void> {
    const { assignments, manager, clock, random, log } = this.#options;
    await retry({ clock, random, log, what: "reaching systemd" }, signal, async () => {
      if (!manager.connected) throw new UnitManagerUnavailableError("cannot reach systemd over D-Bus");
    });
    // mutation: assignments read after joining
    await retry({ clock, random, log, what: "reading the assignments" }, signal, (either) => assignments.fresh(either));
    this.#provenance.markOrphans();
    this.#reconciler.setMode("reconciling");
    try {
      await Promise.all([this.#publisher.run(lease.id, signal), this.#renewer()?.run(lease, signal)]);
    } finally {
      this.#reconciler.setMode("paused");
    }
  }

  /**
   * Units must move off a machine whose systemd hangs, since nothing restarts them there. Exclusive units cannot be
   * stopped there, so a machine with exclusive units stays registered.
   */
  async #watchLiveness(signal: AbortSignal): Promise<void> {
    const { guard, log } = this.#options;
    const liveness = livenessOf(this.#options);
    for (let stays = false; liveness && !signal.aborted; stays = true) {
      await untilHung(liveness, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (signal.aborted) return;
      // mutation: place kept for exclusive units
      if (!guard || guard.units.size === 0) return this.#membership.suspend(NO_ANSWER);
      if (!stays)
        log.error("systemd does not answer; the machine stays in the cluster because of its exclusive units", {
          error: NO_ANSWER,
        });
    }
  }

  #renewer(): GuardRenewer | undefined {
    const { guard, leaseTime, assignments, manager, clock, random, log } = this.#options;
    if (!guard || !leaseTime) return undefined;
    return new GuardRenewer({
      guard,
      leaseTime,
      isNeeded: () => guard.units.size > 0 || [...assignments.all.values()].some(({ exclusive }) => exclusive),
      // Units are put on the guard's list only while an exclusive unit is assigned here.
      mayBeNeeded: this.#guardMayBeNeeded,
      isUp: (unit) => isUp(manager.list().get(unit)),
      // The unit starts again as if it had never run.
      onStopped: (unit) => this.#provenance.delete(unit),
      onRenewed: () => this.#reconciler.examineGuarded(),
      clock,
      random,
      log,
    });
  }

  async #passes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(PASS_INTERVAL_MS, signal).catch(() => {});
      if (!signal.aborted) this.#reconciler.pass();
    }
  }

  async #untilDrained(limitMs: number): Promise<void> {
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
      this.#options.log.warn("some units did not stop in time and are left to the host", { units: left });
    }
  }
}

function livenessOf({ ping, ttlMs, clock }: AgentOptions): LivenessOptions | undefined {
  return ping && { ping, ttlMs, clock };
}
