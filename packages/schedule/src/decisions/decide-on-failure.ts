import {
  type Assignment,
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  shortMachineID,
  type Unit,
} from "@flotilla/model";
import { withAttempts } from "../history/attempts.ts";
import type { Moment } from "../history/moment.ts";
import type { Plan } from "../incremental/plan.ts";
import type { RuleSet } from "../placement/rule-set.ts";
import type { Decision } from "./decision.ts";
import { basedOn, basedOnUnit } from "./writes.ts";

/** Records that a unit's machine cannot run the unit, and deletes a record that no longer counts. */
export function decideOnFailure(name: string, { placement: { snapshot, rules }, moment }: Plan): Decision[] {
  const unit = snapshot.units.get(name);
  const known = snapshot.attempts.get(name);
  const failure = unit && newFailure(unit, rules, snapshot, moment);
  const decisions = failure ? [note(unit, failure.place, failure.attempt, snapshot)] : [];
  const isOutdated = known !== undefined && known.unitRevision !== unit?.revision && !failure;
  if (isOutdated || (known && moment.recovered.has(name))) decisions.push(forget(name, unit?.revision ?? 0));
  return decisions;
}

function newFailure(
  unit: Unit,
  rules: RuleSet,
  snapshot: ClusterSnapshot,
  { now }: Moment,
): { readonly place: Assignment; readonly attempt: FailedAttempt } | undefined {
  const { moveOnFailure, global } = unit.requirements;
  if (!moveOnFailure || global || rules.namesMachine(unit) || unit.desired !== "launched") return undefined;
  for (const state of snapshot.states.get(unit.name)?.values() ?? []) {
    const { machineID, hash, load, gaveUp, launched, restarted, problem } = state;
    // A unit may do better after a restart that is still pending.
    const isTried = (launched && restarted >= unit.restart) || load === "error";
    const place = snapshot.assignments.get(unit.name)?.get(machineID);
    // The state must be that of the unit's present file and place.
    if (!gaveUp || !isTried || hash !== unit.hash || !place || place.leaving || !snapshot.machines.has(machineID))
      continue;
    if (attemptsOf(unit, snapshot).some(({ since }) => since === place.since)) continue;
    return { place, attempt: { machineID, since: place.since, at: now, reason: problem } };
  }
  return undefined;
}

function note(unit: Unit, place: Assignment, attempt: FailedAttempt, snapshot: ClusterSnapshot): Decision {
  return {
    kind: "note",
    unit: unit.name,
    on: place.machineID,
    reason: { code: "keeps-failing" },
    sentence: `${unit.name} keeps failing on machine ${shortMachineID(place.machineID)}: ${attempt.reason}`,
    writes: [{ action: "note-attempts", unit: unit.name, attempts: withAttempts(unit, [attempt], snapshot) }],
    basis: [basedOnUnit(unit), basedOn(place)],
  };
}

function forget(name: string, revision: number): Decision {
  return {
    kind: "forget",
    unit: name,
    reason: { code: "attempts-outdated" },
    sentence: `the failed attempts of ${name} no longer count`,
    writes: [{ action: "forget-attempts", unit: name }],
    basis: [{ unit: name, revision }],
  };
}
