import type { ClusterSnapshot, Unit } from "@flotilla/model";
import type { planningRoutes } from "../../contract/v2/planning-routes.ts";
import type { Explanation } from "../../contract/v2/planning.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { unitIn } from "../unknown-unit.ts";
import type { Checked } from "../v2/bound-route.ts";
import { machineNameOf } from "./machine-names.ts";
import type { Weighing } from "./planner.ts";

/** Handles GET /units/{name}/explanation. */
export async function explainUnit(
  context: ApiContext,
  { params: { name }, signal }: Checked<typeof planningRoutes.explainUnit>,
): Promise<Outcome> {
  await readCluster(context, signal, (snapshot) => unitIn(snapshot, name));
  const weighing = (await context.planner.weigh(name, signal)) ?? { passing: [], rejected: [] };
  const reasons = (await context.explain([name], signal)).get(name) ?? [];
  return readCluster(context, signal, (snapshot) => ({
    status: 200,
    json: explanationOf(unitIn(snapshot, name), weighing, reasons, snapshot),
    revision: snapshot.revision,
  }));
}

function explanationOf(
  { name, desired }: Unit,
  { passing, rejected }: Weighing,
  reasons: readonly string[],
  snapshot: ClusterSnapshot,
): Explanation {
  const nameOf = (id: string) => machineNameOf(snapshot, id);
  const told = ({ machineID, texts }: Weighing["passing"][number]) => ({ ...nameOf(machineID), scores: [...texts] });
  const fix = reasons.findLast((line) => line.startsWith(NEAREST))?.slice(NEAREST.length);
  return {
    name,
    desiredState: desired,
    machines: passing.filter(({ isPlace }) => isPlace).map(told),
    reasons: [...reasons],
    ...(fix !== undefined && { fix }),
    able: passing.filter(({ isPlace }) => !isPlace).map(told),
    ruledOut: rejected.map((group) => ({ ...group, machines: group.machines.map(nameOf) })),
  };
}

/** How the scheduler begins its line with the fix. */
const NEAREST = "the nearest fix: ";
