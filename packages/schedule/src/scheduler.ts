import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import { arrange } from "./arrange/arrange.ts";
import { Arrangement } from "./arrange/arrangement.ts";
import { type Decision, type Moment, NO_TIME } from "./decision.ts";
import { LOOK, runToEnd, type Steps } from "./effort.ts";
import { Decisions } from "./decisions.ts";
import { explainIn } from "./explain.ts";
import { lossAt } from "./losses.ts";
import { type Touch, Touched } from "./touched.ts";

/** What has to change, and for which units it could not be. */
export interface Decided {
  /** Those that make room first, then those that come. */
  readonly toWrite: readonly Decision[];
  /** All units that no machine can take, by name. */
  readonly refused: ReadonlyMap<string, Decision>;
  /** The units that were looked at: all that was refused before and is not among them is as it was. */
  readonly lookedAt: ReadonlySet<string>;
  /** Units that could not be decided on, by what was thrown. */
  readonly setAside: ReadonlyMap<string, unknown>;
}

/**
 * Decides on a cluster again and again, at the cost of what has changed since the last time, for which it keeps what
 * it worked out then. The decisions are the same as those of one who looks at all for the first time.
 */
export class Scheduler {
  #touched = new Touched();
  readonly #decisions = new Decisions();
  #arrangement: Arrangement | undefined;
  #moment: Moment = NO_TIME;
  /** Global units that are not started on every machine at once. */
  #suspects: ReadonlySet<string> = new Set();

  /** Something in the cluster is another now. Whatever changes in the snapshot has to be told. */
  note(touch: Touch): void {
    this.#touched.note(touch);
  }

  /** @param snapshot the cluster: the same as the last time but for what was noted since. */
  decide(snapshot: ClusterSnapshot, moment: Moment = NO_TIME): Decided {
    return runToEnd(this.steps(snapshot, moment));
  }

  /** The same in steps of some milliseconds each; the snapshot must stand still until the last one. */
  *steps(snapshot: ClusterSnapshot, moment: Moment): Steps<Decided> {
    const touched = this.#takeTouched(snapshot, moment);
    const arrangement = (this.#arrangement ??= new Arrangement(snapshot));
    yield* arrange(touched, snapshot, moment, arrangement);
    const isTouched = (name: string): boolean => touched.units.has(name);
    const globals = this.#globalsToRevise(isTouched, arrangement);
    const lookedAt = touched.units;
    for (const name of globals) lookedAt.add(name);
    for (const names of [touched.known, arrangement.concerned, arrangement.choices.keys(), this.#decisions.pending])
      for (const name of names) lookedAt.add(name);
    const { effort } = arrangement.plan;
    for (const name of lookedAt) {
      effort.spend(LOOK);
      this.#decisions.revise(name, arrangement, moment);
      if (effort.isStepOver()) yield;
    }
    for (const name of globals) {
      this.#decisions.reviseAllPlaces(name, arrangement);
      if (effort.isStepOver()) yield;
    }
    yield* this.#revisePlaces(touched.machines, arrangement);
    const { setAside } = arrangement;
    return { toWrite: this.#decisions.inOrder(), refused: this.#decisions.refused, lookedAt, setAside };
  }

  /** Whether one that is on trial, or that machines were lost after, may be on a machine depends on the others. */
  #globalsToRevise(isTouched: (name: string) => boolean, { plan, moment }: Arrangement): readonly string[] {
    const before = this.#suspects;
    const names = [...plan.global.keys()];
    const { snapshot } = plan;
    const isLost = (name: string): boolean =>
      moment.lastStarts.keys().some((machineID) => {
        const place = snapshot.assignments.get(name)?.get(machineID);
        return place !== undefined && lossAt(place, snapshot, moment);
      });
    this.#suspects = new Set(
      names.filter((name) => moment.onTrial.has(name) || snapshot.attempts.has(name) || isLost(name)),
    );
    return names.filter((name) => isTouched(name) || before.has(name) || this.#suspects.has(name));
  }

  /** See `explain`, of the moment at which was decided last. */
  explain(name: string): readonly string[] {
    return this.#arrangement ? explainIn(this.#arrangement, name) : [];
  }

  /** What time alone has brought about counts as touched as well. */
  #takeTouched(snapshot: ClusterSnapshot, moment: Moment): Touched {
    const touched = this.#touched;
    if (!this.#arrangement) touched.noteAll(snapshot);
    const before = this.#moment;
    const lost = new Set([...before.lastStarts.keys(), ...moment.lastStarts.keys()]);
    for (const machineID of lost)
      if (before.lastStarts.get(machineID) !== moment.lastStarts.get(machineID))
        touched.note({ kind: "machine", machineID });
    for (const machineID of differing(before.gone, moment.gone)) touched.note({ kind: "machine", machineID });
    for (const unit of differing(before.rested, moment.rested)) touched.note({ kind: "attempts", unit });
    for (const unit of differing(before.recovered, moment.recovered)) touched.note({ kind: "attempts", unit });
    for (const unit of differing(before.onTrial, moment.onTrial)) touched.note({ kind: "unit", unit });
    for (const unit of differing(before.steady, moment.steady)) touched.note({ kind: "attempts", unit });
    this.#touched = new Touched();
    this.#moment = moment;
    return touched;
  }

  /** Of global units: those on machines that were looked at, each by itself. */
  *#revisePlaces(machines: ReadonlySet<MachineID>, arrangement: Arrangement): Steps<void> {
    const { plan, touched } = arrangement;
    if (plan.global.size === 0) return;
    const looked = new Set(machines);
    for (const { machine } of touched) looked.add(machine.id);
    for (const id of looked) {
      for (const name of plan.global.keys()) this.#decisions.revisePlace(name, id, arrangement);
      if (plan.effort.isStepOver()) yield;
    }
  }
}

function differing(one: ReadonlySet<string>, other: ReadonlySet<string>): Iterable<string> {
  return one.symmetricDifference(other);
}
