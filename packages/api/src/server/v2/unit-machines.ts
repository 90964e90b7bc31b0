import {
  attemptsOf,
  type ClusterSnapshot,
  type FailedAttempt,
  type MachineNames,
  machinesNamed,
} from "@flotilla/model";
import { parseUnitName } from "@flotilla/unit";
import { assignmentsToInspect } from "../cluster-reads.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { unitIn } from "../unknown-unit.ts";
import { ambiguous } from "./meant-machine.ts";

export interface MachineChoice {
  /** Names a machine: see `machinesNamed`. */
  readonly wanted: string | undefined;
  /** Whether `wanted` may name a machine on which the unit failed before it moved. Default false. */
  readonly past?: boolean;
}

/** Returns the machines of a unit, or the machine that `wanted` names. */
export async function machinesOf(
  context: ApiContext,
  name: string,
  { wanted, past = false }: MachineChoice,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await readCluster(context, signal, (snapshot) => {
    const unit = unitIn(snapshot, name);
    if (wanted !== undefined) {
      const before = past ? attemptsOf(unit, snapshot) : [];
      return [machineLike(snapshot, name, wanted, before)];
    }
    const places = assignmentsToInspect(snapshot, name);
    const isLeft = places.every(({ leaving, machineID }) => leaving && !snapshot.machines.has(machineID));
    if (!isLeft) return places.map(({ machineID }) => machineID);
    if (unit.desired === "inactive") throw new RequestError("not-placed", whyInactive(name));
    return [];
  });
  if (found.length > 0) return found;
  const reasons = (await context.explain([name], signal)).get(name) ?? [];
  throw new RequestError(
    "not-placed",
    `unit ${name} is on no machine${reasons.length > 0 ? "" : " yet; try again in a moment"}`,
    reasons,
  );
}

function whyInactive(name: string): string {
  return parseUnitName(name).isTemplate
    ? `template ${name} is on no machine; name an instance, such as ${name.replace("@.", "@1.")}`
    : `unit ${name} is on no machine: its desired state is inactive; load or start it first`;
}

function machineLike(
  snapshot: ClusterSnapshot,
  name: string,
  wanted: string,
  before: readonly FailedAttempt[],
): string {
  const places = [...(snapshot.assignments.get(name)?.keys() ?? [])];
  const all = new Set([...places, ...before.map(({ machineID }) => machineID)]);
  const matching = machinesNamed<MachineNames>(
    [...all].map((id) => snapshot.machines.get(id) ?? { id }),
    wanted,
  );
  const [only, ...more] = matching;
  if (only === undefined)
    throw new RequestError(
      "machine-not-found",
      `unit ${name} is on no machine ${wanted}; the unit is on: ${places.join(", ") || "none"}`,
    );
  if (more.length > 0) throw ambiguous(wanted, matching);
  return only.id;
}
