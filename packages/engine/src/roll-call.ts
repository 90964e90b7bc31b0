import type { Hold, MachineID, Attendance } from "@flotilla/model";
import {
  type ClusterChange,
  type ClusterView,
  type Leadership,
  LeadershipLostError,
  type AttendanceRegistry,
} from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import { takeAttendance, type MassLossRules } from "@flotilla/schedule";
import type { EngineObserver } from "./options.ts";

export interface RollCallOptions extends Pick<EngineObserver, "onHold"> {
  readonly attendance: AttendanceRegistry;
  readonly rules: MassLossRules;
  readonly leadership: Leadership;
  readonly heardSince: () => number | undefined;
  readonly clock: Clock;
  /** In [0, 1); for who is asked about. */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * How long a daemon takes at most to be back in the cluster once the store is, milliseconds: the pauses between its
 * tries and gRPC's, and the time limit of a request.
 */
const RETURN_MS = 6_000;

/**
 * Of many machines so many are asked about that, if the share for a hold were lost, this number of lost ones would be
 * among them. When it is fewer than a quarter, no such share is lost: one in a million times that would be chance.
 */
const EXPECTED_IN_SAMPLE = 32;

/**
 * One leader's watch over who is there. Nothing is decided upon machines whose loss is not on the attendance yet.
 *
 * How long a machine has been missed, or a hold has lasted, is counted from when this leader first saw it: a new
 * leader begins to count anew, rather than trust another machine's clock.
 */
export class RollCall {
  readonly #options: RollCallOptions;
  readonly #missedSince = new Map<MachineID, number>();
  #held: { readonly since: number; readonly seenAt: number } | undefined;
  #overdue: ReadonlySet<MachineID> = new Set();
  /** As long as nobody comes or goes, all who are on the attendance are there. */
  #allThere = false;

  constructor(options: RollCallOptions) {
    this.#options = options;
  }

  note(changes: readonly ClusterChange[]): void {
    if (changes.some(({ kind }) => kind === "machine" || kind === "hold")) this.#allThere = false;
  }

  /** Whether the attendance in the view is as it should be, so that the view may be decided upon. */
  isCalled(view: ClusterView): boolean {
    if (this.#allThere) return true;
    this.#miss(view);
    const attendance = this.#called(view);
    const isCalled = isSame(view.attendance, attendance);
    this.#allThere = isCalled && this.#missedSince.size === 0 && attendance.missing.length === 0 && !attendance.hold;
    return isCalled;
  }

  /**
   * Calls the attendance and writes it. Resolves to the revision of the write.
   * @throws LeadershipLostError when another leads; the store's errors; the signal's reason.
   */
  async call(view: ClusterView, signal: AbortSignal): Promise<number> {
    this.#miss(view);
    const isLoss = this.#missedSince.size > 0 || view.attendance.hold;
    this.#overdue = isLoss ? await this.#askForHeartbeats(view, signal) : new Set();
    // The view may have moved on meanwhile.
    this.#miss(view);
    const [before, attendance] = [view.attendance, this.#called(view)];
    const revision = await this.#options.attendance.write(
      this.#options.leadership,
      view.storedAttendance,
      attendance,
      signal,
    );
    if (revision === undefined)
      throw new LeadershipLostError("Another engine leads by now: this one stops and stands for leader again.");
    this.#tell(before.hold, attendance.hold);
    if (attendance.awaited && !before.awaited)
      this.#options.log.warn("the store was out of reach: machines that are away are awaited before their units move", {
        machines: attendance.awaited.length,
      });
    return revision;
  }

  /** Asks for the heartbeats of machines whose missing them holds others up. Do it once a pass. */
  async refresh(view: ClusterView, signal: AbortSignal): Promise<void> {
    this.#options.onHold?.(view.attendance.hold);
    if (this.#overdue.size > 0) this.#overdue = await this.#askForHeartbeats(view, signal);
  }

  async #askForHeartbeats(view: ClusterView, signal: AbortSignal): Promise<ReadonlySet<MachineID>> {
    const { attendance, rules, random } = this.#options;
    const all = suspects(view);
    const every = Math.floor((all.size * rules.share) / EXPECTED_IN_SAMPLE);
    if (every < 2) return attendance.overdue(all, signal);
    const from = Math.floor(random() * every);
    const sample = new Map([...all].filter((_, index) => index % every === from));
    const overdue = await attendance.overdue(sample, signal);
    return overdue.size < EXPECTED_IN_SAMPLE / 4 ? overdue : attendance.overdue(all, signal);
  }

  #called(view: ClusterView): Attendance {
    const { clock, rules } = this.#options;
    const now = clock.monotonic();
    const settledAt = this.#settledAt;
    const attendance = {
      machines: view.machines,
      departed: view.departed,
      overdue: this.#overdue,
      released: view.released,
      settling: now < settledAt,
      missedFor: (id: MachineID) => Math.max(0, now - Math.max(this.#missedSince.get(id) ?? now, settledAt)),
      heldFor: ({ since }: Hold) => (this.#held?.since === since ? now - this.#held.seenAt : 0),
    };
    return takeAttendance(view.attendance, attendance, rules, clock.wall());
  }

  /** When all who were cut off from the store together with this machine have had their time to be back. */
  get #settledAt(): number {
    const { heardSince, rules } = this.#options;
    return (heardSince() ?? Number.NEGATIVE_INFINITY) + Math.max(RETURN_MS, rules.windowMs);
  }

  #miss({ attendance, machines }: ClusterView): void {
    const now = this.#options.clock.monotonic();
    const known = [...attendance.present, ...attendance.missing, ...(attendance.hold?.machines ?? [])];
    const missed = new Set(known.filter((id) => !machines.has(id)));
    for (const id of missed) if (!this.#missedSince.has(id)) this.#missedSince.set(id, now);
    for (const id of this.#missedSince.keys()) if (!missed.has(id)) this.#missedSince.delete(id);
    const since = attendance.hold?.since;
    if (since !== this.#held?.since) this.#held = since === undefined ? undefined : { since, seenAt: now };
  }

  #tell(before: Hold | undefined, hold: Hold | undefined): void {
    const { log, onHold } = this.#options;
    onHold?.(hold);
    if (hold && before?.since !== hold.since) {
      const reason = `${hold.machines.length} of ${hold.of} machines vanished together`;
      log.error("the units of machines that vanished are not moved; fleetctl release-hold lets them move", { reason });
    }
    if (before && !hold) log.warn("units of machines that vanished are moved again");
  }
}

/** During a hold those that it names; before one all, for any may be about to vanish. */
function suspects(view: ClusterView): Map<MachineID, string> {
  const leases = new Map<MachineID, string>();
  for (const id of view.attendance.hold?.machines ?? view.machines.keys()) {
    const lease = view.machines.has(id) ? view.leaseOf(id) : undefined;
    if (lease !== undefined) leases.set(id, lease);
  }
  return leases;
}

function isSame(one: Attendance, other: Attendance): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
