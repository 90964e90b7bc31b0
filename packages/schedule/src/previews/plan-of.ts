import type { ClusterSnapshot, Machine } from "@flotilla/model";
import type { Steps } from "../effort.ts";
import { NO_TIME } from "../history/moment.ts";
import { Changes } from "../incremental/changes.ts";
import { makePlan } from "../incremental/make-plan.ts";
import type { Pace } from "../incremental/pace.ts";
import { Plan } from "../incremental/plan.ts";
import { RuleSet } from "../placement/rule-set.ts";
import { RULES } from "../rules/rules.ts";

/** A plan of its own for one question. Nothing is kept, so the whole cluster is examined. */
export function* planOf(snapshot: ClusterSnapshot, pace?: Pace): Steps<Plan> {
  const plan = new Plan(new RuleSet(RULES), snapshot, "spread");
  if (pace) plan.pace = pace;
  const changes = new Changes();
  changes.noteAll(snapshot);
  yield* makePlan(changes, snapshot, NO_TIME, plan);
  return plan;
}

/** The snapshot with one machine as it might be. */
export function withMachine(snapshot: ClusterSnapshot, machine: Machine): ClusterSnapshot {
  const machines = new Map(snapshot.machines).set(machine.id, machine);
  // A live view has getters, which a spread would not copy.
  return new Proxy(snapshot, {
    get: (target, name) => (name === "machines" ? machines : (Reflect.get(target, name, target) as unknown)),
  });
}
