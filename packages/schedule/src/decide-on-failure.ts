import {
  type Assignment,
  type Attempts,
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  isStarted,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import type { Decision, Moment } from "./decision.ts";
import { basedOn, basedOnUnit } from "./ground.ts";

/** Failed attempts that are kept of one unit. */
const MOST_KEPT = 10;

/** What is to be kept in mind of a unit whose machine cannot run it. */
export function decideOnFailure(name: string, snapshot: ClusterSnapshot, moment: Moment): Decision[] {
  const unit = snapshot.units.get(name);
  const known = snapshot.attempts.get(name);
  const failure = unit && newFailure(unit, snapshot, moment);
  const decisions = failure ? [note(unit, failure.place, failure.attempt, snapshot)] : [];
  const isStale = known !== undefined && known.unitRevision !== unit?.revision && !failure;
  if (isStale || (known && moment.recovered.has(name))) decisions.push(forget(name, unit?.revision ?? 0));
  return decisions;
}

/**
 * The attempt that has failed where the unit is now, if it is on record, and if the unit does not run there by now. That
 * the machine was lost is no failure of the unit in the place that it has there again.
 */
export function failureHere(unit: Unit, snapshot: ClusterSnapshot): FailedAttempt | undefined {
  const last = attemptsOf(unit, snapshot).at(-1);
  const place = last && snapshot.assignments.get(unit.name)?.get(last.machineID);
  if (!place || last.lost || place.leaving || place.since !== last.since) return undefined;
  const state = snapshot.states.get(unit.name)?.get(last.machineID);
  return state && isStarted(state) ? undefined : last;
}

function newFailure(
  unit: Unit,
  snapshot: ClusterSnapshot,
  { now }: Moment,
): { readonly place: Assignment; readonly attempt: FailedAttempt } | undefined {
  const { moveOnFailure, global, machineID: pinned } = unit.requirements;
  if (!moveOnFailure || global || pinned !== undefined || unit.desired !== "launched") return undefined;
  for (const state of snapshot.states.get(unit.name)?.values() ?? []) {
    const { machineID, hash, load, gaveUp, launched, restarted, problem } = state;
    // What is to be restarted may do better then.
    const isTried = (launched && restarted >= unit.restart) || load === "error";
    const place = snapshot.assignments.get(unit.name)?.get(machineID);
    // Of an older file, or an older place, it says nothing.
    if (!gaveUp || !isTried || hash !== unit.hash || !place || place.leaving || !snapshot.machines.has(machineID))
      continue;
    if (attemptsOf(unit, snapshot).some(({ since }) => since === place.since)) continue;
    return { place, attempt: { machineID, since: place.since, at: now, reason: problem } };
  }
  return undefined;
}

function note(unit: Unit, place: Assignment, attempt: FailedAttempt, snapshot: ClusterSnapshot): Decision {
  const failed = [...attemptsOf(unit, snapshot), attempt].slice(-MOST_KEPT);
  const attempts: Attempts = { unitRevision: unit.revision, failed };
  return {
    kind: "note",
    unit: unit.name,
    on: place.machineID,
    reason: { code: "keeps-failing" },
    sentence: `${unit.name} keeps failing on machine ${shortMachineID(place.machineID)}: ${attempt.reason}`,
    writes: [{ action: "note-attempts", unit: unit.name, attempts }],
    basis: [basedOnUnit(unit), basedOn(place)],
  };
}

function forget(name: string, revision: number): Decision {
  return {
    kind: "forget",
    unit: name,
    reason: { code: "begins-anew" },
    sentence: `the failed attempts of ${name} are forgotten`,
    writes: [{ action: "forget-attempts", unit: name }],
    basis: [{ unit: name, revision }],
  };
}
