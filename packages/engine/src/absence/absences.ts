import type { Attendance, Hold, MachineID } from "@flotilla/model";
import type { ClusterChange, ClusterView } from "@flotilla/registry";
import type { Observed, Span } from "@flotilla/schedule";
import type { Now } from "../controller/now.ts";
import { KnownMachines } from "./known-machines.ts";
import { lastStartsOf } from "./last-starts.ts";
import { machinesOf } from "./machines-of.ts";

export interface AbsencesOptions {
  /** Since when this machine's heartbeats have reached the store; see EngineOptions. */
  readonly heardSince: () => number | undefined;
  /** The time that other daemons need to return to the cluster after an outage of the store, milliseconds. */
  readonly settleMs: number;
  /** How long a machine's lease outlives its last heartbeat, milliseconds. */
  readonly machineTtlMs: number;
}

/** The parts of the view from which absences follow. */
type Seen = Pick<
  ClusterView,
  "machines" | "assignmentsOn" | "departed" | "left" | "removed" | "released" | "attendance"
>;

/** A machine that is not in the cluster, but in the attendance or in an assignment. Times are monotonic milliseconds. */
export interface Absence {
  /** When this leader first saw that the machine is absent. */
  readonly since: number;
  /** Equals `since`, except for a machine that leaves on purpose: then the time when its units have stopped. */
  readonly silentSince: number | undefined;
  /** The span, by the wall clock, in which a start order came right before the machine's end; see `lastStartsOf`. */
  readonly lastStarts: Span;
}

/**
 * Measures each machine's absence once, for all controllers.
 *
 * Times count from when this leader first saw an absent machine or a hold. A new leader starts from zero, because it
 * does not trust another machine's clock.
 */
export class Absences {
  readonly #options: AbsencesOptions;
  readonly #absences = new Map<MachineID, Absence>();
  readonly #known = new KnownMachines();
  #hold: { readonly since: number; readonly seenAt: number } | undefined;
  #departed: ReadonlySet<MachineID> = new Set();
  /** Live, unlike the others: a removal is final, so a later one does no harm to a decision on an earlier snapshot. */
  #removed: ReadonlySet<MachineID> = new Set();
  #released: number | undefined;
  #now: Now = { monotonic: 0, wall: 0 };
  /** Machines that are in the cluster, but missed a heartbeat when this leader last asked. */
  overdue: ReadonlySet<MachineID> = new Set();

  constructor(options: AbsencesOptions) {
    this.#options = options;
  }

  /** @see Controller.note */
  note(change: ClusterChange): void {
    this.#known.note(change);
    if (change.kind === "machine" && change.value) this.#absences.delete(change.machineID);
  }

  /** Updates the absences. Examines only the changed and the absent machines. */
  update(view: Seen, now: Now): void {
    this.#now = now;
    this.#departed = new Set(view.departed);
    this.#removed = view.removed;
    this.#released = view.released;
    const { hold } = view.attendance;
    if (hold?.since !== this.#hold?.since) this.#hold = hold && { since: hold.since, seenAt: now.monotonic };
    for (const id of this.#known.takeChanged(view)) this.#look(id, view);
    for (const [id, absence] of this.#absences) this.#updateSilence(id, absence);
  }

  /** The absent machines. */
  get all(): ReadonlyMap<MachineID, Absence> {
    return this.#absences;
  }

  /** Whether the machine was removed from the cluster, and so does not return. */
  isRemoved(id: MachineID): boolean {
    return this.#removed.has(id);
  }

  /** Whether a machine of the attendance is absent. */
  anyOf(attendance: Attendance): boolean {
    if (this.#absences.size === 0) return false;
    return machinesOf(attendance).some((id) => this.#absences.has(id));
  }

  /** The facts from which the attendance is decided. */
  observed({ machines }: Pick<ClusterView, "machines">): Observed {
    const { monotonic: now } = this.#now;
    return {
      machines,
      departed: this.#departed,
      overdue: this.overdue,
      released: this.#released,
      settling: now < this.settledAt,
      missedFor: (id) => Math.max(0, now - Math.max(this.#absences.get(id)?.since ?? now, this.settledAt)),
      heldFor: ({ since }: Hold) => (this.#hold?.since === since ? now - this.#hold.seenAt : 0),
    };
  }

  /** When the machines that lost the store together with this one should have returned. */
  get settledAt(): number {
    return (this.#options.heardSince() ?? Number.NEGATIVE_INFINITY) + this.#options.settleMs;
  }

  /** When this leader first saw the present hold. */
  get heldSince(): number | undefined {
    return this.#hold?.seenAt;
  }

  #look(id: MachineID, view: Seen): void {
    if (view.machines.has(id) || !this.#known.has(id, view)) this.#absences.delete(id);
    else if (!this.#absences.has(id)) {
      const since = this.#now.monotonic;
      const lastStarts = lastStartsOf({
        isLeaving: view.left.has(id),
        now: this.#now.wall,
        ttlMs: this.#options.machineTtlMs,
      });
      this.#absences.set(id, { since, silentSince: since, lastStarts });
    }
  }

  #updateSilence(id: MachineID, absence: Absence): void {
    const silentSince = this.#departed.has(id) ? undefined : (absence.silentSince ?? this.#now.monotonic);
    if (silentSince !== absence.silentSince) this.#absences.set(id, { ...absence, silentSince });
  }
}
