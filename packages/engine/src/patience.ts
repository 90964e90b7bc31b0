import { isStarted, type MachineID, type Unit } from "@flotilla/model";
import type { ClusterChange, ClusterView } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import { failureHere, type Moment, pauseAfter, type Span, STEADY_MS } from "@flotilla/schedule";

/** A unit that runs so long has got over its failed attempts, milliseconds. */
const RECOVERED_AFTER_MS = 3_600_000;

/** A machine that is lost so soon after it was asked to start a unit may have been lost for that, milliseconds. */
const RIGHT_AFTER_MS = 10_000;

/** A unit that runs on a machine so long after it was asked of it has not taken the machine down, milliseconds. */
const OUTLIVED_MS = 3_000;

/** The store may tell of a lease's end so much late: etcd looks for ended leases twice a second, and counts seconds. */
const SEEN_LATE_MS = 1_000;

export interface PatienceOptions {
  readonly clock: Clock;
  /** How long a machine has to be away for its guard to have stopped its exclusive units, milliseconds. */
  readonly exclusiveMs: number;
  /** How long a machine's lease outlives its last heartbeat, milliseconds. */
  readonly machineTtlMs: number;
}

/** How a unit with failed attempts is now. */
interface Stay {
  readonly is: "failing" | "running" | "neither";
  /** The attempt that failed last. */
  readonly since: number;
  readonly seenAt: number;
  /** After so long in this state something follows from it, milliseconds. */
  readonly untilMs: number;
}

/** One run without a break that was seen. */
interface Run {
  /** The assignment's `since`. */
  readonly since: number;
  readonly seenAt: number;
}

/**
 * How long units that failed have been where they are, and machines away. Counted by this leader's own clock from when
 * it first saw them so: a new leader begins to count anew, rather than trust another machine's clock.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #exclusiveMs: number;
  readonly #machineTtlMs: number;
  readonly #stays = new Map<string, Stay>();
  /** Units with a copy left to run elsewhere that run in their place. */
  readonly #runs = new Map<string, Run>();
  /** Machines that are away and have assignments, with when that was seen first; not while they leave on purpose. */
  readonly #away = new Map<MachineID, number | undefined>();
  /** What was asked of a machine within this span, by the wall clock, was asked right before the machine was lost. */
  readonly #lastStarts = new Map<MachineID, Span>();
  /** Global units of which no machine has outlived the start yet, with when one was first seen to have been asked. */
  readonly #onTrial = new Map<string, number | undefined>();
  /** What is to be looked at again; undefined for all. */
  #changed: { readonly units: Set<string>; readonly machines: Set<MachineID> } | undefined;

  constructor({ clock, exclusiveMs, machineTtlMs }: PatienceOptions) {
    this.#clock = clock;
    this.#exclusiveMs = exclusiveMs;
    this.#machineTtlMs = machineTtlMs;
  }

  note(changes: readonly ClusterChange[]): void {
    for (const change of changes) {
      if ("unit" in change) this.#changed?.units.add(change.unit);
      if ("machineID" in change && change.kind !== "state") this.#changed?.machines.add(change.machineID);
    }
  }

  moment(view: ClusterView): Moment {
    const { units, machines } = this.#changed ?? {
      units: new Set([...view.attempts.keys(), ...view.assignments.keys(), ...view.units.keys()]),
      machines: view.assignmentsOn.keys(),
    };
    for (const name of units) {
      this.#lookAtUnit(name, view);
      this.#lookAtCopies(name, view);
      if (view.units.get(name)?.requirements.global && !this.#onTrial.has(name)) this.#onTrial.set(name, undefined);
    }
    for (const name of this.#onTrial.keys()) this.#lookAtTrial(name, view);
    for (const id of machines) this.#lookAtMachine(id, view);
    this.#changed = { units: new Set(), machines: new Set() };
    const now = this.#clock.monotonic();
    const due = [...this.#stays].filter(([, { seenAt, untilMs }]) => now - seenAt >= untilMs);
    const namesOf = (is: Stay["is"]): Set<string> =>
      new Set(due.filter(([, stay]) => stay.is === is).map(([name]) => name));
    return {
      now: this.#clock.wall(),
      rested: namesOf("failing"),
      recovered: namesOf("running"),
      steady: new Set([...this.#runs].filter(([, { seenAt }]) => now - seenAt >= STEADY_MS).map(([name]) => name)),
      gone: this.#gone(view, now),
      onTrial: new Set(this.#onTrial.keys()),
      lastStarts: new Map(this.#lastStarts),
    };
  }

  #lookAtUnit(name: string, view: ClusterView): void {
    const failed = view.attempts.get(name)?.failed;
    const unit = view.units.get(name);
    if (!failed || !unit) {
      this.#stays.delete(name);
      return;
    }
    const since = failed.at(-1)?.since ?? 0;
    const is = failureHere(unit, view) ? "failing" : isRunning(name, view) ? "running" : "neither";
    const known = this.#stays.get(name);
    if (known?.is === is && known.since === since) return;
    const untilMs = is === "failing" ? pauseAfter(failed) : RECOVERED_AFTER_MS;
    this.#stays.set(name, { is, since, seenAt: this.#clock.monotonic(), untilMs });
  }

  #lookAtCopies(name: string, { assignments, states }: ClusterView): void {
    const places = assignments.get(name);
    const isCopied = places !== undefined && places.size > 1 && [...places.values()].some(({ leaving }) => leaving);
    const place = isCopied ? [...places.values()].find(({ leaving }) => !leaving) : undefined;
    const state = place && states.get(name)?.get(place.machineID);
    if (!place || !state || !isStarted(state)) this.#runs.delete(name);
    else if (this.#runs.get(name)?.since !== place.since)
      this.#runs.set(name, { since: place.since, seenAt: this.#clock.monotonic() });
  }

  /** The wall clock of who asked counts too, so that a new leader does not try anew what has been there for long. */
  #lookAtTrial(name: string, view: ClusterView): void {
    const unit = view.units.get(name);
    if (!unit?.requirements.global || unit.desired !== "launched") {
      this.#onTrial.delete(name);
      return;
    }
    const asked = currentPlaces(unit, view);
    const now = this.#clock.monotonic();
    const since = asked.length === 0 ? undefined : (this.#onTrial.get(name) ?? now);
    const longest = Math.max(
      ...asked.map(({ askedAt }) => this.#clock.wall() - askedAt),
      since === undefined ? 0 : now - since,
    );
    if (longest >= (asked.some(({ runs }) => runs) ? OUTLIVED_MS : RIGHT_AFTER_MS)) this.#onTrial.delete(name);
    else this.#onTrial.set(name, since);
  }

  /**
   * That a machine leaves on purpose is seen at once. The end of its lease is seen a TTL after its last sign of life,
   * which it would have followed by another a third of the TTL later: what is asked of it after that it never gets.
   */
  #lookAtMachine(id: MachineID, { assignmentsOn, machines, left }: ClusterView): void {
    if (machines.has(id) || !assignmentsOn.has(id)) {
      this.#away.delete(id);
      this.#lastStarts.delete(id);
    } else if (!this.#away.has(id)) {
      const now = this.#clock.wall();
      const lastSign = left.has(id) ? now : now - this.#machineTtlMs;
      const end = left.has(id) ? now : lastSign + this.#machineTtlMs / 3 + SEEN_LATE_MS;
      this.#away.set(id, undefined);
      this.#lastStarts.set(id, { from: lastSign - RIGHT_AFTER_MS, to: end });
    }
  }

  /** A machine that leaves on purpose is away once its units have had their time to stop, and its lease has ended. */
  #gone({ departed }: ClusterView, now: number): Set<MachineID> {
    const gone = new Set<MachineID>();
    for (const [id, seenAt] of this.#away) {
      const since = departed.has(id) ? undefined : (seenAt ?? now);
      if (since !== seenAt) this.#away.set(id, since);
      // mutation: time for the guard
      if (since !== undefined && now - since >= this.#exclusiveMs) gone.add(id);
    }
    return gone;
  }
}

/** Where the unit has been asked to start as it is wanted now, of machines that are there. */
function currentPlaces(
  { name, hash }: Unit,
  { assignments, machines, states }: ClusterView,
): { readonly askedAt: number; readonly runs: boolean }[] {
  const places = [...(assignments.get(name)?.values() ?? [])].filter(
    (place) => place.hash === hash && place.desired === "launched" && !place.leaving && machines.has(place.machineID),
  );
  return places.map(({ machineID, askedAt }) => {
    const state = states.get(name)?.get(machineID);
    return { askedAt, runs: state?.hash === hash && isStarted(state) };
  });
}

function isRunning(name: string, { states }: ClusterView): boolean {
  for (const state of states.get(name)?.values() ?? []) if (isStarted(state)) return true;
  return false;
}
